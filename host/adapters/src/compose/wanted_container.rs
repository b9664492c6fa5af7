//! What the files want of a service's containers, held against one that is there, in words for
//! people. It decides nothing: that a container is another one, the digests tell.

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml_ng::Value;

use super::configuration::used;
use super::definitions::real_name;
use super::model::{ServiceModel, dollars, list, text};
use crate::docker::{MadeContainer, TakenPort, one_address};
use deployhost_policy::display::display_path;
use deployhost_policy::short_id::short_digest;
use deployhost_runtime::capability::compose::{Difference, ProjectName};

/// Where Compose puts secrets.
const SECRETS: &str = "/run/secrets/";
/// Most names that are told of one kind.
const NAMED: usize = 8;

/// What of it is only told. Values may be secrets: there is no `Debug`.
pub struct WantedContainer {
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
}

impl ServiceModel {
    /// `image_id`: what the wanted image's name stands for; None: it is not here.
    pub fn differences(&self, found: &MadeContainer, image_id: Option<&str>) -> Difference {
        let mut told = Vec::new();
        if !found.by_compose
            && let Some(name) = self.container_name.as_ref().filter(|it| **it != found.name)
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
        let volumes = self.wanted.tell_given(found, &mut told);
        // None: it lives in another container's network, or in the machine's.
        if !self.networks.is_empty() {
            let wanted: BTreeSet<&String> = self.networks.iter().collect();
            let there: BTreeSet<&String> = found.networks.iter().collect();
            tell(
                "network",
                " no longer connected",
                there.difference(&wanted).copied(),
                &mut told,
            );
            tell(
                "network",
                " connected",
                wanted.difference(&there).copied(),
                &mut told,
            );
        }
        self.wanted.tell_process(found, &mut told);
        let restart = |word: &str| match word {
            "" | "no" => "no".to_owned(),
            word => word.split(':').next().unwrap_or(word).to_owned(),
        };
        let (there, wanted) = (restart(&found.restart), restart(&self.restart));
        if there != wanted {
            told.push(format!("restart {there} becomes {wanted}"));
        }
        Difference { told, volumes }
    }
}

impl WantedContainer {
    pub fn read(tree: &Value, service: &Value, project: &ProjectName) -> Self {
        let given = |key: &str| {
            let value = service.get(key);
            value.is_some_and(|it| !it.is_null())
        };
        Self {
            environment: pairs(service.get("environment")),
            labels: pairs(service.get("labels")),
            command: given("command"),
            entrypoint: given("entrypoint"),
            user: text(service.get("user")).unwrap_or_default(),
            ports: list(service.get("ports")).filter_map(port).collect(),
            mounts: mounts(tree, service, project),
        }
    }

    /// The volumes that another one would take the place of.
    fn tell_given(&self, found: &MadeContainer, told: &mut Vec<String>) -> Vec<(String, String)> {
        self.tell_ports(found, told);
        tell_pairs("environment", &self.environment, &found.environment, told);
        tell_pairs("labels", &self.labels, &found.labels, told);
        self.tell_mounts(found, told)
    }

    fn tell_process(&self, found: &MadeContainer, told: &mut Vec<String>) {
        for (what, wanted, there) in [
            ("command", self.command, found.command.is_some()),
            ("entrypoint", self.entrypoint, found.entrypoint.is_some()),
        ] {
            if there && !wanted {
                told.push(format!("its own {what} becomes the image's"));
            }
        }
        if self.user != found.user {
            let (from, to) = (or_image(&found.user), or_image(&self.user));
            told.push(format!("user {from} becomes {to}"));
        }
    }

    fn tell_ports(&self, found: &MadeContainer, told: &mut Vec<String>) {
        let shown = |port: &TakenPort| match port.on {
            None => format!("{}/{}", port.port, port.protocol),
            Some(on) => format!("{on}:{}/{}", port.port, port.protocol),
        };
        let there: Vec<&TakenPort> = found.ports.values().flatten().collect();
        let gone = there.iter().filter(|it| !self.ports.contains(it));
        let gone: Vec<String> = gone.map(|it| shown(it)).collect();
        let new = self.ports.iter().filter(|it| !there.contains(it));
        let new: Vec<String> = new.map(shown).collect();
        tell("port", " no longer published", &gone, told);
        tell("port", " published", &new, told);
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
        tell("mount", "", new, told);
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
        true => short_digest(id.strip_prefix("sha256:").unwrap_or(id)).to_owned(),
        false => name.to_owned(),
    }
}

/// `a, b, c and 3 more`.
fn first(names: &[&String]) -> String {
    let shown: Vec<&str> = names.iter().take(NAMED).map(|it| it.as_str()).collect();
    match names.len().saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// `ports 80, 443 no longer published`; without a `how`, they are new.
fn tell<'n>(
    what: &str,
    how: &str,
    names: impl IntoIterator<Item = &'n String>,
    told: &mut Vec<String>,
) {
    let names: Vec<&String> = names.into_iter().collect();
    if names.is_empty() {
        return;
    }
    let plural = if names.len() == 1 { "" } else { "s" };
    let new = if how.is_empty() { "new " } else { "" };
    told.push(format!("{new}{what}{plural} {}{how}", first(&names)));
}

/// By name only: a value may be a secret.
fn tell_pairs(
    what: &str,
    wanted: &BTreeMap<String, Option<String>>,
    found: &BTreeMap<String, String>,
    told: &mut Vec<String>,
) {
    let gone = found.keys().filter(|it| !wanted.contains_key(*it));
    let new = wanted.keys().filter(|it| !found.contains_key(*it));
    let other = wanted.iter().filter(|(name, value)| {
        let found = found.get(*name);
        value.is_some() && found.is_some_and(|it| Some(it) != value.as_ref())
    });
    let parts: Vec<String> = [
        ("without", gone.collect::<Vec<_>>()),
        ("with", new.collect()),
        ("another value of", other.map(|(name, _)| name).collect()),
    ]
    .iter()
    .filter(|(_, names)| !names.is_empty())
    .map(|(how, names)| format!("{how} {}", first(names)))
    .collect();
    if !parts.is_empty() {
        told.push(format!("{what} {}", parts.join(", ")));
    }
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
    let field = |key: &str| match value.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let (on, published, protocol) = match value.as_str() {
        Some(short) => {
            let (rest, protocol) = short.split_once('/').unwrap_or((short, "tcp"));
            let (rest, _target) = rest.rsplit_once(':')?;
            let (on, published) = rest.rsplit_once(':').unwrap_or(("", rest));
            let on = on.trim_matches(['[', ']']);
            (on.to_owned(), published.to_owned(), protocol.to_owned())
        }
        None => (
            field("host_ip").unwrap_or_default(),
            field("published")?,
            field("protocol").unwrap_or_else(|| "tcp".to_owned()),
        ),
    };
    Some(TakenPort {
        on: one_address(Some(&on)),
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
