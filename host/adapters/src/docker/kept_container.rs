//! How a container was made, kept as a container that is never started.
//!
//! The engine holds all of it: environment, ports, volumes. Nothing of it comes into our own state,
//! and the image and the volumes stay for as long as it is there. It carries no label of Compose, is in
//! no network and lives in no other container, so that nobody minds it; what that leaves out is
//! written in labels of ours. Only people take it away.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bollard::models::{
    ContainerConfig, ContainerCreateBody, ContainerInspectResponse, EndpointSettings, HostConfig,
    NetworkConnectRequest, NetworkingConfig,
};
use bollard::query_parameters::{
    CreateContainerOptions, InspectContainerOptions, ListContainersOptions, RemoveContainerOptions,
    StartContainerOptions,
};
use serde::{Deserialize, Serialize};

use super::{Docker, DockerError};

/// Labels of ours: the id of the container that was kept, and what the copy leaves out, as JSON.
pub const KEPT: &str = "io.github.deployhost.kept";
pub(super) const PROJECT: &str = "io.github.deployhost.project";
const SERVICE: &str = "io.github.deployhost.service";
const PLACE: &str = "io.github.deployhost.place";
/// Before each of the container's own labels.
const LABEL: &str = "io.github.deployhost.label.";
/// How the modes begin that name another container.
const OTHER: &str = "container:";
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

/// All that makes a container, with other containers by their names.
#[derive(Debug, Clone, PartialEq)]
struct Recipe {
    config: ContainerConfig,
    host: HostConfig,
    place: Place,
}

/// What a copy does not have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Place {
    name: String,
    running: bool,
    /// As it was asked for, and the id that this stood for.
    image: String,
    image_id: String,
    network: Option<String>,
    ipc: Option<String>,
    pid: Option<String>,
    volumes_from: Option<Vec<String>>,
    links: Option<Vec<String>>,
    /// By the network's name: what was asked for there.
    endpoints: BTreeMap<String, EndpointSettings>,
}

impl Docker {
    /// Keeps how a container was made, once.
    pub async fn keep_container(
        &self,
        id: &str,
        project: &str,
        service: &str,
    ) -> Result<(), DockerError> {
        let kept = self.kept_containers(project).await?;
        if kept.iter().any(|it| it.id == id) {
            return Ok(());
        }
        let found = self.inspected(id).await?;
        let id = found.id.clone().unwrap_or_default();
        for it in &kept {
            // One that was put back is kept already.
            if self.stands_as_kept(it).await?.as_ref() == Some(&id) {
                return Ok(());
            }
        }
        let recipe = Recipe::of(found, &self.names().await?);
        let place = serde_json::to_string(&recipe.place)
            .map_err(|error| DockerError::Broken(error.to_string()))?;
        let own = recipe.config.labels.iter().flatten();
        let mut labels: HashMap<String, String> = own
            .map(|(name, value)| (format!("{LABEL}{name}"), value.clone()))
            .collect();
        labels.insert(KEPT.to_owned(), id.clone());
        labels.insert(PROJECT.to_owned(), project.to_owned());
        labels.insert(SERVICE.to_owned(), service.to_owned());
        labels.insert(PLACE.to_owned(), place);
        let mut body = body(
            ContainerConfig {
                labels: Some(labels),
                image: Some(recipe.place.image_id.clone()),
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

    /// Those of one project.
    pub async fn kept_containers(&self, project: &str) -> Result<Vec<KeptContainer>, DockerError> {
        let label = format!("{PROJECT}={project}");
        let options = ListContainersOptions {
            all: true,
            filters: Some(HashMap::from([("label".to_owned(), vec![label])])),
            ..Default::default()
        };
        let asked = self.ask(Duration::ZERO, |api| async move {
            api.list_containers(Some(options)).await
        });
        let kept = asked.await?.into_iter().filter_map(|summary| {
            let mut labels = summary.labels?;
            let place: Place = serde_json::from_str(labels.get(PLACE)?).ok()?;
            Some(KeptContainer {
                copy: summary.id?,
                id: labels.remove(KEPT)?,
                service: labels.remove(SERVICE)?,
                name: place.name,
                running: place.running,
            })
        });
        Ok(kept.collect())
    }

    /// Is there a container of that name, made in just the way that was kept? Its id.
    pub async fn stands_as_kept(
        &self,
        kept: &KeptContainer,
    ) -> Result<Option<String>, DockerError> {
        let stands = self.put_back_already(kept).await?;
        Ok(stands.filter(|it| it.connected).map(|it| it.id))
    }

    /// The container that was put back, or half of it.
    pub async fn put_back_already(
        &self,
        kept: &KeptContainer,
    ) -> Result<Option<PutBack>, DockerError> {
        let found = match self.inspected(&kept.name).await {
            Err(DockerError::NotFound(_)) => return Ok(None),
            found => found?,
        };
        let id = found.id.clone().unwrap_or_default();
        let Some(wanted) = self.recipe(kept).await? else {
            return Ok(None);
        };
        let is = Recipe::of(found, &self.names().await?);
        let same = is.config == wanted.config
            && is.host == wanted.host
            && is.place.image_id == wanted.place.image_id;
        let is_in_place = Place {
            running: wanted.place.running,
            ..is.place
        };
        let connected = is_in_place == wanted.place;
        Ok(same.then_some(PutBack { id, connected }))
    }

    /// Makes a container as it was kept; it is started where it ran then.
    pub async fn put_back(&self, kept: &KeptContainer) -> Result<(), DockerError> {
        let gone = || DockerError::NotFound(format!("the kept container {}", kept.name));
        let recipe = self.recipe(kept).await?.ok_or_else(gone)?;
        let ids: HashMap<String, String> = self
            .names()
            .await?
            .into_iter()
            .map(|(id, name)| (name, id))
            .collect();
        let Recipe {
            mut config,
            mut host,
            place,
        } = recipe;
        config.image = Some(self.named_again(&place).await?);
        let by_id = |mode: String| named_in(&mode, &ids);
        host.network_mode = place.network.clone().map(by_id);
        host.ipc_mode = place.ipc.map(by_id);
        host.pid_mode = place.pid.map(by_id);
        host.volumes_from = place.volumes_from.map(|donors| {
            let donors = donors.into_iter().map(|donor| renamed(&donor, &ids));
            donors.collect()
        });
        host.links = place.links;
        let mode = match place.network.as_deref() {
            None | Some("" | "default") => "bridge".to_owned(),
            Some(mode) => mode.to_owned(),
        };
        let mut endpoints = place.endpoints;
        let first = endpoints
            .remove(&mode)
            .filter(|_| !OF_ENGINE.contains(&mode.as_str()));
        let mut body = body(config, host);
        body.networking_config = first.map(|endpoint| NetworkingConfig {
            endpoints_config: Some(HashMap::from([(mode, endpoint)])),
        });
        let id = self.create(&place.name, body).await?;
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
        if place.running {
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
    async fn named_again(&self, place: &Place) -> Result<String, DockerError> {
        let (name, id) = (&place.image, &place.image_id);
        if self.image(name).await?.is_some_and(|it| &it.id == id) {
            return Ok(name.clone());
        }
        let whole = match name.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => Some((repository, tag)),
            _ => Some((name.as_str(), "latest")),
        };
        match whole.filter(|_| !name.contains(['@']) && !id.contains(name.as_str())) {
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

    /// Of every container, by id.
    async fn names(&self) -> Result<HashMap<String, String>, DockerError> {
        let listed = self.listed().await?;
        Ok(listed.into_iter().map(|it| (it.id, it.name)).collect())
    }
}

impl Recipe {
    /// `names`: of every container, by id.
    fn of(found: ContainerInspectResponse, names: &HashMap<String, String>) -> Self {
        let mut config = found.config.unwrap_or_default();
        let mut host = found.host_config.unwrap_or_default();
        let id = found.id.unwrap_or_default();
        own_hostname(&mut config, &id);
        // Volumes without a name of their own are told by the one that the engine gave them.
        let named = host
            .binds
            .iter()
            .flatten()
            .filter_map(|it| it.split(':').nth(1));
        let asked = host
            .mounts
            .iter()
            .flatten()
            .filter_map(|it| it.target.as_deref());
        let known: Vec<String> = named.chain(asked).map(str::to_owned).collect();
        let mut from_donors = host.volumes_from.iter().flatten().peekable();
        if from_donors.peek().is_none() {
            for mount in found.mounts.into_iter().flatten() {
                let (Some(name), Some(at)) = (mount.name, mount.destination) else {
                    continue;
                };
                if !known.contains(&at) {
                    let access = if mount.rw == Some(false) { "ro" } else { "rw" };
                    let bind = format!("{name}:{at}:{access}");
                    host.binds.get_or_insert_default().push(bind);
                }
            }
        }
        let by_name = |mode: String| named_in(&mode, names);
        let connected = found.network_settings.and_then(|it| it.networks);
        let connected = connected.into_iter().flatten();
        let endpoints = connected.map(|(network, it)| (network, asked_for(it, &id)));
        let donors = host.volumes_from.take().map(|donors| {
            let donors = donors.into_iter().map(|donor| renamed(&donor, names));
            donors.collect()
        });
        let state = found.state.and_then(|it| it.running);
        let place = Place {
            name: found
                .name
                .unwrap_or_default()
                .trim_start_matches('/')
                .to_owned(),
            running: state == Some(true),
            image: config.image.take().unwrap_or_default(),
            image_id: found.image.unwrap_or_default(),
            network: host.network_mode.take().map(by_name),
            ipc: host.ipc_mode.take().map(by_name),
            pid: host.pid_mode.take().map(by_name),
            volumes_from: donors,
            links: host.links.take().map(as_asked),
            endpoints: endpoints.collect(),
        };
        Self {
            config,
            host,
            place,
        }
    }

    /// None: it is no copy of ours.
    fn of_copy(copy: ContainerInspectResponse) -> Option<Self> {
        let mut config = copy.config.unwrap_or_default();
        own_hostname(&mut config, &copy.id.unwrap_or_default());
        let labels = config.labels.take().unwrap_or_default();
        let place = serde_json::from_str(labels.get(PLACE)?).ok()?;
        let own = labels.into_iter();
        let own = own.filter_map(|(name, value)| Some((name.strip_prefix(LABEL)?.into(), value)));
        config.labels = Some(own.collect());
        config.image = None;
        let mut host = copy.host_config.unwrap_or_default();
        host.network_mode = None;
        host.ipc_mode = None;
        host.pid_mode = None;
        host.volumes_from = None;
        host.links = None;
        Some(Self {
            config,
            host,
            place,
        })
    }
}

/// Each container is named after its own id, unless it was given another name.
fn own_hostname(config: &mut ContainerConfig, id: &str) {
    let given = |name: &String| !name.is_empty() && !id.starts_with(name.as_str());
    config.hostname = config.hostname.take().filter(given);
}

fn body(config: ContainerConfig, host: HostConfig) -> ContainerCreateBody {
    let mode = host.network_mode.as_deref().unwrap_or_default();
    let (shared, machine) = (mode.starts_with(OTHER), mode == "host");
    ContainerCreateBody {
        // These are the other container's.
        hostname: config.hostname.filter(|_| !shared && !machine),
        exposed_ports: config.exposed_ports.filter(|_| !shared),
        domainname: config.domainname,
        user: config.user,
        attach_stdin: config.attach_stdin,
        attach_stdout: config.attach_stdout,
        attach_stderr: config.attach_stderr,
        tty: config.tty,
        open_stdin: config.open_stdin,
        stdin_once: config.stdin_once,
        env: config.env,
        cmd: config.cmd,
        healthcheck: config.healthcheck,
        args_escaped: config.args_escaped,
        image: config.image,
        volumes: config.volumes,
        working_dir: config.working_dir,
        entrypoint: config.entrypoint,
        network_disabled: config.network_disabled,
        on_build: config.on_build,
        labels: config.labels,
        stop_signal: config.stop_signal,
        stop_timeout: config.stop_timeout,
        shell: config.shell,
        host_config: Some(host),
        networking_config: None,
    }
}

/// What a person asked for of a connection; the rest is the engine's choice.
fn asked_for(endpoint: EndpointSettings, id: &str) -> EndpointSettings {
    let own = |alias: &String| !alias.is_empty() && id.starts_with(alias.as_str());
    let aliases = endpoint.aliases.map(|mut aliases| {
        aliases.retain(|it| !own(it));
        aliases
    });
    EndpointSettings {
        ipam_config: endpoint.ipam_config,
        links: endpoint.links,
        aliases: aliases.filter(|it| !it.is_empty()),
        driver_opts: endpoint.driver_opts,
        ..EndpointSettings::default()
    }
}

/// `container:ID`, with another word for the same container.
fn named_in(mode: &str, words: &HashMap<String, String>) -> String {
    match mode.strip_prefix(OTHER).and_then(|it| words.get(it)) {
        Some(word) => format!("{OTHER}{word}"),
        None => mode.to_owned(),
    }
}

/// `ID:rw`, likewise.
fn renamed(donor: &str, words: &HashMap<String, String>) -> String {
    let (id, access) = donor.split_once(':').unwrap_or((donor, ""));
    let word = words.get(id).map_or(id, String::as_str);
    match access {
        "" => word.to_owned(),
        access => format!("{word}:{access}"),
    }
}

/// The engine shows `/db:/web/alias` for what was asked for as `db:alias`.
fn as_asked(links: Vec<String>) -> Vec<String> {
    let asked = links.into_iter().map(|link| {
        let (to, alias) = link.split_once(':').unwrap_or((&link, &link));
        let alias = alias.rsplit('/').next().unwrap_or(alias);
        format!("{}:{alias}", to.trim_start_matches('/'))
    });
    asked.collect()
}
