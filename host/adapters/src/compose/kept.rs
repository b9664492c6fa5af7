//! Containers of a project that were kept as they were found, and how they come back.

use super::ComposeProgram;
use super::conflicts::MOVED;
use crate::docker::{ListedContainer, kept_of};
use deployhost_policy::Diagnostic;
use deployhost_policy::short_id::short_digest;
use deployhost_runtime::capability::compose::{ContainerId, KeptContainer, Project, ServiceName};
use deployhost_runtime::capability::error::{CapabilityError, OfKind};

impl ComposeProgram {
    pub(super) async fn granted_kept(
        &self,
        project: &Project,
    ) -> Result<Vec<KeptContainer>, CapabilityError> {
        let listed = self.docker.listed().await?;
        self.granted_kept_of(&listed, project).await
    }

    /// The same, of a list that was just taken.
    pub(super) async fn granted_kept_of(
        &self,
        listed: &[ListedContainer],
        project: &Project,
    ) -> Result<Vec<KeptContainer>, CapabilityError> {
        let mut kept = kept_of(listed, project.name.as_str());
        kept.retain(|it| project.granted(&it.service).is_ok());
        let mut granted = Vec::new();
        for it in kept {
            let stands = self.docker.stands_as_kept(&it, listed).await?;
            granted.push(KeptContainer {
                id: it.id,
                service: it.service,
                name: it.name,
                running: it.running,
                stands,
            });
        }
        Ok(granted)
    }

    /// The name of a container in a service's place, which may go because it was kept.
    pub(super) async fn removable_name(
        &self,
        project: &Project,
        service: &ServiceName,
        container: &ContainerId,
    ) -> Result<String, CapabilityError> {
        let conflict = self.conflict(project, service, container.as_str()).await?;
        let taken = conflict.filter(|it| it.allowed || it.kind == MOVED);
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
        let listed = self.docker.listed().await?;
        let kept = kept_of(&listed, project.name.as_str());
        let mut wanted = Vec::new();
        for id in containers {
            let found = kept
                .iter()
                .find(|it| it.id.starts_with(id.as_str()) && it.service == service.as_str());
            let Some(found) = found else {
                let short = short_digest(id.as_str());
                let message = format!("container {short} of {service} was not kept");
                return Err(Diagnostic::new("compose.container-not-kept", message)
                    .parameter("container", short)
                    .other());
            };
            wanted.push(found);
        }
        let own = self.own(project, service).await?.into_iter();
        let mut gone: Vec<String> = own.map(|it| it.container.id).collect();
        for it in &wanted {
            // The first Compose leaves the one before aside where the next one does not start.
            gone.push(it.id.clone());
            // Half of an earlier attempt may stand there under the name.
            gone.extend(
                self.docker
                    .put_back_already(it, &listed)
                    .await?
                    .map(|it| it.id),
            );
        }
        for id in gone {
            self.docker.remove_container(&id).await?;
        }
        for it in wanted {
            self.docker.put_back(it).await?;
        }
        Ok(())
    }
}
