//! What the files want of a service's containers, held against one that is there, in words for
//! people. It decides nothing: that a container is another one, the digests tell.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde_yaml_ng::Value;

use super::configuration::{networks, used};
use super::definitions::real_name;
use super::model::dollars;
use crate::docker::{MadeContainer, TakenPort};
use deployhost_policy::display::display_path;
use deployhost_runtime::capability::compose::ProjectName;

/// Where Compose puts secrets.
const SECRETS: &str = "/run/secrets/";
/// Most names that are told of one kind.
const NAMED: usize = 8;

/// Values may be secrets: there is no `Debug`.
#[derive(Clone)]
pub struct WantedContainer {
    /// None: Compose's own.
    name: Option<String>,
    image: String,
    /// None: where nothing is given, it comes from somebody else's environment.
    environment: BTreeMap<String, Option<String>>,
    labels: BTreeMap<String, Option<String>>,
    command: bool,
    entrypoint: bool,
    user: String,
    /// Of the machine.
    pub ports: Vec<TakenPort>,
    /// By the place in the container. None: a volume without a name.
    mounts: BTreeMap<String, Option<String>>,
    /// None: it lives in another container's network, or in the machine's.
    networks: Option<BTreeSet<String>>,
    restart: String,
}

/// How one that is there differs.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// One line each.
    pub told: Vec<String>,
    /// Volumes with data in them, which another one would take the place of: there, wanted.
    pub volumes: Vec<(String, String)>,
}

impl WantedContainer {
    pub fn read(tree: &Value, service: &Value, project: &ProjectName, image: &str) -> Self {
        let text = |key: &str| service.get(key).and_then(Value::as_str).map(dollars);
        let given = |key: &str| {
            let value = service.get(key);
            value.is_some_and(|it| !it.is_null())
        };
        let names = networks(service).into_iter();
        let names = names.map(|name| real_name(tree, project, "networks", name));
        Self {
            name: text("container_name"),
            image: image.to_owned(),
            environment: pairs(service.get("environment")),
            labels: pairs(service.get("labels")),
            command: given("command"),
            entrypoint: given("entrypoint"),
            user: text("user").unwrap_or_default(),
            ports: list(service.get("ports")).filter_map(port).collect(),
            mounts: mounts(tree, service, project),
            networks: (!given("network_mode")).then(|| names.collect()),
            restart: text("restart").unwrap_or_default(),
        }
    }

    /// `image_id`: what the wanted image's name stands for; None: it is not here.
    pub fn differences(&self, found: &MadeContainer, image_id: Option<&str>) -> Differences {
        let mut told = Vec::new();
        if !found.by_compose
            && let Some(name) = self.name.as_ref().filter(|it| **it != found.name)
        {
            told.push(format!("its name {} becomes {name}", found.name));
        }
        if image_id.is_some_and(|id| id != found.image_id) || self.image != found.image {
            let (from, to) = (shown_image(&found.image, &found.image_id), &self.image);
            told.push(match from == *to {
                true => format!("another image is {to} by now"),
                false => format!("image {from} becomes {to}"),
            });
        }
        self.tell_ports(found, &mut told);
        tell_pairs(
            "environment",
            &self.environment,
            &found.environment,
            &mut told,
        );
        tell_pairs("labels", &self.labels, &found.labels, &mut told);
        let volumes = self.tell_mounts(found, &mut told);
        if let Some(networks) = &self.networks {
            let gone = found.networks.difference(networks).cloned().collect();
            let new = networks.difference(&found.networks).cloned().collect();
            tell("network", " no longer connected", gone, &mut told);
            tell("network", " connected", new, &mut told);
        }
        for (what, wanted, there) in [
            ("command", self.command, found.command.is_some()),
            ("entrypoint", self.entrypoint, found.entrypoint.is_some()),
        ] {
            if there && !wanted {
                told.push(format!("its own {what} becomes the image's"));
            }
        }
        if self.user != found.user {
            told.push(format!(
                "user {} becomes {}",
                or_image(&found.user),
                or_image(&self.user)
            ));
        }
        let restart = |word: &str| match word {
            "" | "no" => "no".to_owned(),
            word => word.split(':').next().unwrap_or(word).to_owned(),
        };
        let (there, wanted) = (restart(&found.restart), restart(&self.restart));
        if there != wanted {
            told.push(format!("restart {there} becomes {wanted}"));
        }
        Differences { told, volumes }
    }

    fn tell_ports(&self, found: &MadeContainer, told: &mut Vec<String>) {
        let shown = |port: &TakenPort| match port.on {
            None => format!("{}/{}", port.port, port.protocol),
            Some(on) => format!("{on}:{}/{}", port.port, port.protocol),
        };
        let there: Vec<&TakenPort> = found.ports.values().flatten().collect();
        let gone = there.iter().filter(|it| !self.ports.contains(it));
        let gone = gone.map(|it| shown(it)).collect();
        let new = self.ports.iter().filter(|it| !there.contains(it));
        let new = new.map(shown).collect();
        tell("port", " no longer published", gone, told);
        tell("port", " published", new, told);
    }

    /// The volumes that another one would take the place of.
    fn tell_mounts(&self, found: &MadeContainer, told: &mut Vec<String>) -> Vec<(String, String)> {
        let mut volumes = Vec::new();
        for (at, source) in &found.mounts {
            let anonymous = source.len() == 64 && source.bytes().all(|it| it.is_ascii_hexdigit());
            match self.mounts.get(at) {
                None if anonymous || at.starts_with(SECRETS) => {}
                None => told.push(format!(
                    "{} no longer mounted at {at}",
                    display_path(source)
                )),
                Some(None) => {}
                Some(Some(wanted)) if wanted == source => {}
                Some(Some(wanted)) => {
                    let to = display_path(wanted);
                    told.push(format!("{} at {at} becomes {to}", display_path(source)));
                    if !source.starts_with('/') && !anonymous && !wanted.starts_with('/') {
                        volumes.push((source.clone(), wanted.clone()));
                    }
                }
            }
        }
        let new = self
            .mounts
            .keys()
            .filter(|at| !found.mounts.contains_key(*at));
        tell("mount", "", new.cloned().collect(), told);
        volumes
    }
}

fn or_image(user: &str) -> &str {
    if user.is_empty() {
        "of the image"
    } else {
        user
    }
}

/// An image that has no name any more is told by its id.
fn shown_image(name: &str, id: &str) -> String {
    match name.is_empty() || name.starts_with("sha256:") {
        true => id
            .strip_prefix("sha256:")
            .unwrap_or(id)
            .chars()
            .take(12)
            .collect(),
        false => name.to_owned(),
    }
}

/// "ports 80 and 443 no longer published"
fn tell(what: &str, how: &str, names: Vec<String>, told: &mut Vec<String>) {
    let Some(first) = names.first() else { return };
    let shown = match names.len() {
        1 => first.clone(),
        count if count > NAMED => {
            format!("{} and {} more", names[..NAMED].join(", "), count - NAMED)
        }
        _ => names.join(", "),
    };
    told.push(match (names.len(), how) {
        (1, "") => format!("new {what} {shown}"),
        (_, "") => format!("new {what}s {shown}"),
        (1, how) => format!("{what} {shown}{how}"),
        (_, how) => format!("{what}s {shown}{how}"),
    });
}

/// By name only: a value may be a secret.
fn tell_pairs(
    what: &str,
    wanted: &BTreeMap<String, Option<String>>,
    found: &BTreeMap<String, String>,
    told: &mut Vec<String>,
) {
    let mut parts = Vec::new();
    let mut part = |how: &str, names: Vec<&String>| {
        if !names.is_empty() {
            let shown: Vec<&str> = names.iter().take(NAMED).map(|it| it.as_str()).collect();
            let more = names.len().saturating_sub(NAMED);
            let more = (more > 0).then(|| format!(" and {more} more"));
            parts.push(format!(
                "{how} {}{}",
                shown.join(", "),
                more.unwrap_or_default()
            ));
        }
    };
    part(
        "without",
        found
            .keys()
            .filter(|it| !wanted.contains_key(*it))
            .collect(),
    );
    part(
        "with",
        wanted
            .keys()
            .filter(|it| !found.contains_key(*it))
            .collect(),
    );
    let other = wanted.iter().filter(|(name, value)| {
        value.is_some()
            && found
                .get(*name)
                .is_some_and(|it| Some(it) != value.as_ref())
    });
    part("another value of", other.map(|(name, _)| name).collect());
    if !parts.is_empty() {
        told.push(format!("{what} {}", parts.join(", ")));
    }
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_sequence).into_iter().flatten()
}

/// `{ NAME: value }` or `[NAME=value]`.
fn pairs(value: Option<&Value>) -> BTreeMap<String, Option<String>> {
    let of_list = list(value).filter_map(Value::as_str).map(|it| {
        let (name, value) = match it.split_once('=') {
            Some((name, value)) => (name, Some(dollars(value))),
            None => (it, None),
        };
        (name.to_owned(), value)
    });
    let of_mapping = value.and_then(Value::as_mapping).into_iter().flatten();
    let of_mapping = of_mapping.filter_map(|(name, value)| {
        let text = match value {
            Value::String(text) => Some(dollars(text)),
            Value::Bool(it) => Some(it.to_string()),
            Value::Number(it) => Some(it.to_string()),
            _ => None,
        };
        Some((name.as_str()?.to_owned(), text))
    });
    of_mapping.chain(of_list).collect()
}

/// Ranges, of which the engine chooses, are nobody's for certain.
fn port(value: &Value) -> Option<TakenPort> {
    let (on, published, protocol) = match value.as_str() {
        Some(short) => {
            let (rest, protocol) = short.split_once('/').unwrap_or((short, "tcp"));
            let (rest, _target) = rest.rsplit_once(':')?;
            let (on, published) = rest.rsplit_once(':').unwrap_or(("", rest));
            (
                on.trim_matches(['[', ']']).to_owned(),
                published.to_owned(),
                protocol.to_owned(),
            )
        }
        None => {
            let text = |key: &str| match value.get(key)? {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            };
            let protocol = text("protocol").unwrap_or_else(|| "tcp".to_owned());
            (
                text("host_ip").unwrap_or_default(),
                text("published")?,
                protocol,
            )
        }
    };
    let on: Option<IpAddr> = on.parse().ok();
    Some(TakenPort {
        on: on.filter(|it| !it.is_unspecified()),
        port: published.parse().ok().filter(|it| *it != 0)?,
        protocol,
    })
}

fn mounts(
    tree: &Value,
    service: &Value,
    project: &ProjectName,
) -> BTreeMap<String, Option<String>> {
    let mut mounts = BTreeMap::new();
    for volume in list(service.get("volumes")) {
        let text = |key: &str| volume.get(key).and_then(Value::as_str).map(dollars);
        let (source, target) = match volume.as_str().map(dollars) {
            Some(short) => match short.split_once(':') {
                Some((source, rest)) => {
                    let target = rest.split(':').next().unwrap_or(rest);
                    (Some(source.to_owned()), Some(target.to_owned()))
                }
                None => (None, Some(short)),
            },
            None if text("type").as_deref() == Some("tmpfs") => continue,
            None => (text("source"), text("target")),
        };
        let Some(target) = target else { continue };
        let source = source.map(|source| match source.starts_with('/') {
            true => source,
            false => real_name(tree, project, "volumes", &source),
        });
        mounts.insert(target.trim_end_matches('/').to_owned(), source);
    }
    for kind in ["configs", "secrets"] {
        for name in used(service, kind) {
            let folder = if kind == "secrets" { SECRETS } else { "/" };
            mounts.insert(format!("{folder}{name}"), None);
        }
        for target in list(service.get(kind)).filter_map(|it| it.get("target")?.as_str()) {
            mounts.insert(target.to_owned(), None);
        }
    }
    mounts
}

#[cfg(test)]
mod tests;
