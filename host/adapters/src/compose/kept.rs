//! Containers of a project that were kept as they were found, and how they come back.

use super::ComposeProgram;
use crate::docker;
use deployhost_policy::Diagnostic;
use deployhost_runtime::capability::compose::{ContainerId, KeptContainer, Project, ServiceName};
use deployhost_runtime::capability::error::{CapabilityError, OfKind};

impl ComposeProgram {
    pub(super) async fn granted_kept(
        &self,
        project: &Project,
    ) -> Result<Vec<KeptContainer>, CapabilityError> {
        let mut kept = Vec::new();
        for it in self.docker.kept_containers(project.name.as_str()).await? {
            if project.granted(&it.service).is_err() {
                continue;
            }
            let stands = self.docker.stands_as_kept(&it).await?;
            kept.push(KeptContainer {
                id: it.id,
                service: it.service,
                name: it.name,
                running: it.running,
                stands,
            });
        }
        Ok(kept)
    }

    /// The name of a container in a service's place, which may go because it was kept.
    pub(super) async fn removable_name(
        &self,
        project: &Project,
        service: &ServiceName,
        container: &ContainerId,
    ) -> Result<String, CapabilityError> {
        let conflict = self.conflict(project, service, container.as_str()).await?;
        let taken = conflict.filter(|it| it.allowed || it.kind == "moved");
        let Some(taken) = taken else {
            let message = format!("this container does not stand in the place of {service}");
            return Err(Diagnostic::new("compose.container-not-granted", message)
                .help("name it in `take_over`")
                .parameter("service", service.as_str())
                .denied());
        };
        let name = project.name.as_str();
        let mut kept = self.granted_kept(project).await?.into_iter();
        if kept.any(|it| it.id == taken.id || it.stands.as_ref() == Some(&taken.id)) {
            return Ok(taken.name);
        }
        let message = format!("{} was not kept, and could not be put back", taken.name);
        Err(Diagnostic::new("compose.container-not-kept", message)
            .parameter("container", taken.name)
            .parameter("project", name)
            .denied())
    }

    /// What stands there goes; its volumes stay.
    pub(super) async fn put_back_kept(
        &self,
        project: &Project,
        service: &ServiceName,
        containers: &[ContainerId],
    ) -> Result<(), CapabilityError> {
        let kept = self.docker.kept_containers(project.name.as_str()).await?;
        let mut wanted: Vec<docker::KeptContainer> = Vec::new();
        for id in containers {
            let found = kept
                .iter()
                .find(|it| it.id.starts_with(id.as_str()) && it.service == service.as_str());
            let Some(found) = found else {
                let short: String = id.as_str().chars().take(12).collect();
                let message = format!("container {short} of {service} was not kept");
                return Err(Diagnostic::new("compose.container-not-kept", message)
                    .parameter("container", short)
                    .other());
            };
            wanted.push(found.clone());
        }
        let own = self.own(project, service).await?.into_iter();
        let mut gone: Vec<String> = own.map(|it| it.container.id).collect();
        for it in &wanted {
            // The first Compose leaves the one before aside where the next one does not start.
            gone.push(it.id.clone());
            // Half of an earlier attempt may stand there under the name.
            gone.extend(self.docker.put_back_already(it).await?.map(|it| it.id));
        }
        for id in gone {
            self.docker.remove_container(&id).await?;
        }
        for it in &wanted {
            self.docker.put_back(it).await?;
        }
        Ok(())
    }
}
