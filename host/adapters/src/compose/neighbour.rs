//! What else a project's files have made: containers of services that are not looked after.

use std::sync::Arc;

use super::ComposeProgram;
use super::rendering::read;
use deployhost_runtime::capability::compose::{Neighbour, Project};
use deployhost_runtime::capability::containers::same_files;
use deployhost_runtime::capability::error::CapabilityError;

impl ComposeProgram {
    /// Containers of services that are not granted, or that the files have no more.
    pub async fn look_beside(&self, project: &Project) -> Result<Vec<Neighbour>, CapabilityError> {
        let sources = read(project, &Arc::default()).await?;
        let mut neighbours = Vec::new();
        for found in self.docker.found(&project.name).await? {
            let container = found.container;
            let defined = sources.has(&container.service);
            let granted = project.granted(&container.service).is_ok();
            let own = same_files(&project.files, &container.config_files);
            if own && !found.one_off && !(defined && granted) {
                neighbours.push(Neighbour {
                    service: container.service,
                    container: container.name,
                    running: container.state == "running",
                    defined,
                    shares: container.shares,
                });
            }
        }
        Ok(neighbours)
    }
}
