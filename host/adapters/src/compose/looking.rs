//! The services of a project that was read, as a plugin is given them.

use super::ComposeProgram;
use super::model::{HealthSource, ServiceModel};
use super::rendering::{LoadedProject, missing};
use super::source::SourceReader;
use deployhost_runtime::capability::compose::{Project, Service};
use deployhost_runtime::capability::error::CapabilityError;

impl ComposeProgram {
    /// The granted services of a project that was read.
    pub(super) async fn look(
        &self,
        ready: &LoadedProject,
        project: &Project,
    ) -> Result<Vec<Service>, CapabilityError> {
        let model = self.model(ready, project).await?;
        let images = self.present_images(&model, project).await?;
        for name in project.services.iter().flatten() {
            if !model.services.contains_key(name.as_str()) {
                return Err(missing(project, name.as_str()));
            }
        }
        self.refuse_unchangeable(&model, project).await?;
        self.last_seen.put(&project.name, &model, &ready.view);
        let granted = |name: &str| project.granted(name).is_ok();
        let sources =
            SourceReader::of(&model, self.content.as_ref(), project, &ready.view, granted).await;
        let version = &ready.program.version;
        let mut services = Vec::new();
        for (name, entry) in &model.services {
            if !granted(name) {
                continue;
            }
            let mut service = service(name, entry, version, &sources).await;
            let image = images.get(name).and_then(Option::as_ref);
            service.health |=
                entry.health == HealthSource::Image && image.is_some_and(|image| image.health);
            service.image_id = image.map(|image| image.id.clone());
            services.push(service);
        }
        Ok(services)
    }
}

/// As it is wanted, but for what its image says.
async fn service(
    name: &str,
    entry: &ServiceModel,
    version: &str,
    sources: &SourceReader<'_>,
) -> Service {
    let build = match &entry.build {
        Some(build) => Some(sources.context(build).await),
        None => None,
    };
    let mut mounts = Vec::new();
    for mount in &entry.mounts {
        mounts.push(sources.mount(mount).await);
    }
    let build_configuration = entry
        .build
        .as_ref()
        .map(|build| build.configuration.clone());
    Service {
        name: name.to_owned(),
        configuration: entry.configuration.digest.clone(),
        configuration_but_commit: entry.configuration.but_commit.clone(),
        compose_version: version.to_owned(),
        replicas: entry.replicas,
        image: entry.image.clone(),
        image_id: None,
        build_configuration: build_configuration.unwrap_or_default(),
        build,
        mounts,
        restart: entry.restart.clone(),
        health: entry.health == HealthSource::File,
        depends_on: entry.depends_on.clone(),
        shares: entry.shares.clone(),
        volumes_from: entry.volumes_from.clone(),
        networks: entry.networks.clone(),
    }
}
