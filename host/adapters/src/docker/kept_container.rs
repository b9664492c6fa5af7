//! How a container was made, kept as a container that is never started.
//!
//! The engine holds all of it: environment, ports, volumes. Nothing of it comes into our own state,
//! and the image and the volumes stay for as long as it is there. It carries no label of Compose, is in
//! no network and lives in no other container, so that nobody minds it; what that leaves out is
//! written in labels of ours. Only people take it away.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::{
    ContainerConfig, ContainerCreateBody, ContainerInspectResponse, NetworkConnectRequest,
    NetworkingConfig,
};
use bollard::query_parameters::{
    CreateContainerOptions, InspectContainerOptions, RemoveContainerOptions, StartContainerOptions,
};

use super::listed::ListedContainer;
use super::recipe::{LABEL, PLACEMENT, Placement, Recipe, body, named_in, renamed};
use super::{Docker, DockerError};
use crate::compose::repository_and_tag;

/// Labels of ours: the id of the container that was kept, and what it is of.
pub const KEPT: &str = "io.github.deployhost.kept";
const PROJECT: &str = "io.github.deployhost.project";
const SERVICE: &str = "io.github.deployhost.service";
/// Networks that nothing can be asked of.
const OF_ENGINE: [&str; 3] = ["bridge", "host", "none"];

/// A container that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptContainer {
    /// The copy's.
    pub copy: String,
    /// Of the container that was kept.
    pub id: String,
    pub service: String,
    pub name: String,
    /// It ran when it was kept.
    pub running: bool,
}

/// A container that was made as one that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutBack {
    pub id: String,
    /// To all its networks, too.
    pub connected: bool,
}

impl Docker {
    /// Keeps how a container was made, once.
    pub async fn keep_container(
        &self,
        id: &str,
        project: &str,
        service: &str,
    ) -> Result<(), DockerError> {
        let listed = self.listed().await?;
        let kept = kept_of(&listed, project);
        if kept.iter().any(|it| it.id == id) {
            return Ok(());
        }
        let found = self.inspected(id).await?;
        let id = found.id.clone().unwrap_or_default();
        for it in &kept {
            // One that was put back is kept already.
            if self.stands_as_kept(it, &listed).await?.as_ref() == Some(&id) {
                return Ok(());
            }
        }
        let recipe = Recipe::of(found, &names_of(&listed));
        let placement = serde_json::to_string(&recipe.placement)
            .map_err(|error| DockerError::Broken(error.to_string()))?;
        let own = recipe.config.labels.iter().flatten();
        let mut labels: HashMap<String, String> = own
            .map(|(name, value)| (format!("{LABEL}{name}"), value.clone()))
            .collect();
        labels.insert(KEPT.to_owned(), id.clone());
        labels.insert(PROJECT.to_owned(), project.to_owned());
        labels.insert(SERVICE.to_owned(), service.to_owned());
        labels.insert(PLACEMENT.to_owned(), placement);
        let mut body = body(
            ContainerConfig {
                labels: Some(labels),
                image: Some(recipe.placement.image_id.clone()),
                ..recipe.config
            },
            recipe.host,
        );
        if let Some(host) = &mut body.host_config {
            host.network_mode = Some("none".to_owned());
            host.auto_remove = None;
        }
        let name = format!("deployhost-kept-{}", &id.get(..12).unwrap_or(&id));
        self.create(&name, body).await.map(drop)
    }

    /// Is there a container of that name, made in just the way that was kept? Its id.
    pub async fn stands_as_kept(
        &self,
        kept: &KeptContainer,
        listed: &[ListedContainer],
    ) -> Result<Option<String>, DockerError> {
        let stands = self.put_back_already(kept, listed).await?;
        Ok(stands.filter(|it| it.connected).map(|it| it.id))
    }

    /// The container that was put back, or half of it.
    pub async fn put_back_already(
        &self,
        kept: &KeptContainer,
        listed: &[ListedContainer],
    ) -> Result<Option<PutBack>, DockerError> {
        let found = match self.inspected(&kept.name).await {
            Err(DockerError::NotFound(_)) => return Ok(None),
            found => found?,
        };
        let id = found.id.clone().unwrap_or_default();
        let Some(wanted) = self.recipe(kept).await? else {
            return Ok(None);
        };
        let is = Recipe::of(found, &names_of(listed));
        let same = is.config == wanted.config
            && is.host == wanted.host
            && is.placement.image_id == wanted.placement.image_id;
        let is_in_place = Placement {
            running: wanted.placement.running,
            ..is.placement
        };
        let connected = is_in_place == wanted.placement;
        Ok(same.then_some(PutBack { id, connected }))
    }

    /// Makes a container as it was kept; it is started where it ran then.
    pub async fn put_back(&self, kept: &KeptContainer) -> Result<(), DockerError> {
        let gone = || DockerError::NotFound(format!("the kept container {}", kept.name));
        let recipe = self.recipe(kept).await?.ok_or_else(gone)?;
        let listed = self.listed().await?.into_iter();
        let ids: HashMap<String, String> = listed.map(|it| (it.name, it.id)).collect();
        let Recipe {
            mut config,
            mut host,
            placement,
        } = recipe;
        config.image = Some(self.named_again(&placement).await?);
        let by_id = |mode: String| named_in(&mode, &ids);
        host.network_mode = placement.network.clone().map(by_id);
        host.ipc_mode = placement.ipc.map(by_id);
        host.pid_mode = placement.pid.map(by_id);
        host.volumes_from = placement.volumes_from.map(|donors| {
            let donors = donors.into_iter().map(|donor| renamed(&donor, &ids));
            donors.collect()
        });
        host.links = placement.links;
        let mode = match placement.network.as_deref() {
            None | Some("" | "default") => "bridge".to_owned(),
            Some(mode) => mode.to_owned(),
        };
        let mut endpoints = placement.endpoints;
        let first = endpoints
            .remove(&mode)
            .filter(|_| !OF_ENGINE.contains(&mode.as_str()));
        let mut body = body(config, host);
        body.networking_config = first.map(|endpoint| NetworkingConfig {
            endpoints_config: Some(HashMap::from([(mode, endpoint)])),
        });
        let id = self.create(&placement.name, body).await?;
        for (network, endpoint) in endpoints {
            let request = NetworkConnectRequest {
                container: id.clone(),
                endpoint_config: Some(endpoint),
            };
            self.ask(Duration::ZERO, |api| async move {
                api.connect_network(&network, request).await
            })
            .await?;
        }
        if placement.running {
            let id = id.as_str();
            self.ask(Duration::ZERO, |api| async move {
                api.start_container(id, None::<StartContainerOptions>).await
            })
            .await?;
        }
        Ok(())
    }

    /// Its volumes stay. One that is gone is well, too.
    pub async fn remove_container(&self, id: &str) -> Result<(), DockerError> {
        let options = RemoveContainerOptions {
            force: true,
            ..Default::default()
        };
        let asked = self.ask(Duration::ZERO, |api| async move {
            api.remove_container(id, Some(options)).await
        });
        match asked.await {
            Err(DockerError::NotFound(_)) => Ok(()),
            ended => ended,
        }
    }

    async fn recipe(&self, kept: &KeptContainer) -> Result<Option<Recipe>, DockerError> {
        match self.inspected(&kept.copy).await {
            Err(DockerError::NotFound(_)) => Ok(None),
            copy => Ok(Recipe::of_copy(copy?)),
        }
    }

    /// The image by its name, which is given back to it where another image has it.
    async fn named_again(&self, placement: &Placement) -> Result<String, DockerError> {
        let (name, id) = (&placement.image, &placement.image_id);
        if self.image(name).await?.is_some_and(|it| &it.id == id) {
            return Ok(name.clone());
        }
        // One that was asked for by its id has no name.
        let named = !id.contains(name.as_str());
        match repository_and_tag(name).filter(|_| named) {
            Some((repository, tag)) => {
                self.tag(id, repository, tag).await?;
                Ok(name.clone())
            }
            None => Ok(id.clone()),
        }
    }

    async fn create(&self, name: &str, body: ContainerCreateBody) -> Result<String, DockerError> {
        let options = CreateContainerOptions {
            name: Some(name.to_owned()),
            ..Default::default()
        };
        let asked = self.ask(Duration::ZERO, |api| async move {
            api.create_container(Some(options), body).await
        });
        Ok(asked.await?.id)
    }

    /// All that the engine says of a container, by its id or name.
    pub(super) async fn inspected(
        &self,
        id: &str,
    ) -> Result<ContainerInspectResponse, DockerError> {
        self.ask(Duration::ZERO, |api| async move {
            api.inspect_container(id, None::<InspectContainerOptions>)
                .await
        })
        .await
    }
}

/// Of a list, the copies of what was found for a project.
pub fn kept_of(listed: &[ListedContainer], project: &str) -> Vec<KeptContainer> {
    let kept = listed.iter().filter_map(|it| {
        let label = |name: &str| it.labels.get(name);
        let placement: Placement = serde_json::from_str(label(PLACEMENT)?).ok()?;
        (label(PROJECT)? == project).then_some(KeptContainer {
            copy: it.id.clone(),
            id: label(KEPT)?.clone(),
            service: label(SERVICE)?.clone(),
            name: placement.name,
            running: placement.running,
        })
    });
    kept.collect()
}

/// By id.
fn names_of(listed: &[ListedContainer]) -> HashMap<String, String> {
    let names = listed.iter().map(|it| (it.id.clone(), it.name.clone()));
    names.collect()
}
