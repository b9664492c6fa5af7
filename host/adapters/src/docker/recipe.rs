//! All that makes a container, as it can be asked of the engine again.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{
    ContainerConfig, ContainerCreateBody, ContainerInspectResponse, EndpointSettings, HostConfig,
    MountPoint,
};
use serde::{Deserialize, Serialize};

use super::container::plain_name;

/// Of a copy: what it leaves out, as JSON.
pub(super) const PLACEMENT: &str = "io.github.deployhost.placement";
/// Before each of the container's own labels.
pub(super) const LABEL: &str = "io.github.deployhost.label.";
/// How the modes begin that name another container.
const OTHER: &str = "container:";

/// All that makes a container, with other containers by their names.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recipe {
    pub config: ContainerConfig,
    pub host: HostConfig,
    pub placement: Placement,
}

/// What a copy does not have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Placement {
    pub name: String,
    pub running: bool,
    /// As it was asked for, and the id that this stood for.
    pub image: String,
    pub image_id: String,
    pub network: Option<String>,
    pub ipc: Option<String>,
    pub pid: Option<String>,
    pub volumes_from: Option<Vec<String>>,
    pub links: Option<Vec<String>>,
    /// By the network's name: what was asked for there.
    pub endpoints: BTreeMap<String, EndpointSettings>,
}

impl Recipe {
    /// `names`: of every container, by id.
    pub fn of(found: ContainerInspectResponse, names: &HashMap<String, String>) -> Self {
        let mut config = found.config.unwrap_or_default();
        let mut host = found.host_config.unwrap_or_default();
        let id = found.id.unwrap_or_default();
        own_hostname(&mut config, &id);
        let mode = host.network_mode.clone().unwrap_or_default();
        if mode.starts_with(OTHER) || mode == "host" {
            // These are the other container's, or the machine's.
            config.hostname = None;
            config.exposed_ports = None;
        }
        name_volumes(&mut host, found.mounts.unwrap_or_default());
        let by_name = |mode: String| named_in(&mode, names);
        let connected = found.network_settings.and_then(|it| it.networks);
        let connected = connected.into_iter().flatten();
        let endpoints = connected.map(|(network, it)| (network, asked_for(it, &id)));
        let donors = host.volumes_from.take().map(|donors| {
            let donors = donors.into_iter().map(|donor| renamed(&donor, names));
            donors.collect()
        });
        let state = found.state.and_then(|it| it.running);
        let placement = Placement {
            name: plain_name(found.name.as_deref()),
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
            placement,
        }
    }

    /// None: it is no copy of ours.
    pub fn of_copy(copy: ContainerInspectResponse) -> Option<Self> {
        let mut config = copy.config.unwrap_or_default();
        own_hostname(&mut config, &copy.id.unwrap_or_default());
        let labels = config.labels.take().unwrap_or_default();
        let placement = serde_json::from_str(labels.get(PLACEMENT)?).ok()?;
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
            placement,
        })
    }
}

/// A volume without a name of its own is told by the one that the engine gave it, or another would
/// come in its place.
fn name_volumes(host: &mut HostConfig, mounts: Vec<MountPoint>) {
    let from_donors = host.volumes_from.as_ref().is_some_and(|it| !it.is_empty());
    for mount in mounts {
        let (Some(name), Some(at)) = (mount.name, mount.destination) else {
            continue;
        };
        let mut asked = host.mounts.iter_mut().flatten();
        if let Some(asked) = asked.find(|it| it.target.as_deref() == Some(at.as_str())) {
            let unnamed = asked.source.as_ref().is_none_or(String::is_empty);
            asked.source = asked.source.take().filter(|_| !unnamed).or(Some(name));
            continue;
        }
        let mut binds = host.binds.iter().flatten();
        let bound = binds.any(|it| it.split(':').nth(1) == Some(at.as_str()));
        if !bound && !from_donors {
            let access = if mount.rw == Some(false) { "ro" } else { "rw" };
            let bind = format!("{name}:{at}:{access}");
            host.binds.get_or_insert_default().push(bind);
        }
    }
}

/// Each container is named after its own id, unless it was given another name.
fn own_hostname(config: &mut ContainerConfig, id: &str) {
    let given = |name: &String| !name.is_empty() && !id.starts_with(name.as_str());
    config.hostname = config.hostname.take().filter(given);
}

pub(super) fn body(config: ContainerConfig, host: HostConfig) -> ContainerCreateBody {
    ContainerCreateBody {
        hostname: config.hostname,
        exposed_ports: config.exposed_ports,
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
pub(super) fn named_in(mode: &str, words: &HashMap<String, String>) -> String {
    match mode.strip_prefix(OTHER).and_then(|it| words.get(it)) {
        Some(word) => format!("{OTHER}{word}"),
        None => mode.to_owned(),
    }
}

/// `ID:rw`, likewise.
pub(super) fn renamed(donor: &str, words: &HashMap<String, String>) -> String {
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
