//! What a service's containers are made from, as one digest of ours.
//!
//! Compose's own `config --hash` leaves out what it has not read yet (`env_file`), replicas,
//! networks and more, and is not what it labels a container with. This digest is over the
//! rendered service itself and over the definitions of the networks, volumes, configs and secrets
//! that it uses. Keyed, since all of that may hold secrets and a short one can be guessed.

use serde_yaml_ng::{Mapping, Value};

/// Keys that tell Compose what to do, not what a container is.
const ELSEWHERE: [&str; 9] = [
    "attach",
    "build",
    "depends_on",
    "deploy",
    "develop",
    "profiles",
    "pull_policy",
    "pull_refresh_after",
    "scale",
];
/// What of `deploy` is in a container; the rest places and counts them.
const DEPLOYED: [&str; 2] = ["resources", "restart_policy"];
/// Of which one definition is used by a service under its own name for it.
const DEFINED: [&str; 2] = ["configs", "secrets"];
/// Stands for a commit in a digest that leaves it out.
const ANY_COMMIT: &str = "commit";

/// The two digests of a service, in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    pub digest: String,
    /// As if the commit were always the same.
    pub but_commit: String,
}

/// What a rendering was made with, beside the files.
pub struct RenderedWith<'a> {
    pub key: &'a [u8; 32],
    /// Where the files may have it in them.
    pub commit: Option<&'a str>,
    /// `.env`, from which a config or secret may take its value without the rendering showing it.
    pub variables: &'a [u8],
}

/// Of one service of a rendered tree.
pub fn configuration(tree: &Value, service: &Value, with: &RenderedWith<'_>) -> Configuration {
    let parts = Parts::of(tree, service);
    let variables = match parts.take_variables() {
        true => with.variables,
        false => &[],
    };
    let digest = |commit: Option<&str>| {
        let mut hasher = Canonical {
            hasher: blake3::Hasher::new_keyed(with.key),
            left_out: commit,
        };
        hasher.mapping(&parts.service);
        for (kind, definition) in &parts.definitions {
            hasher.text(kind);
            hasher.value(definition);
        }
        hasher.bytes(variables);
        hasher.hasher.finalize().to_hex().to_string()
    };
    Configuration {
        digest: digest(None),
        but_commit: digest(with.commit),
    }
}

/// Of what the files say on building a service.
pub fn build_configuration(build: &Value, key: &[u8; 32]) -> String {
    let mut hasher = Canonical {
        hasher: blake3::Hasher::new_keyed(key),
        left_out: None,
    };
    hasher.value(build);
    hasher.hasher.finalize().to_hex().to_string()
}

/// The parts of a rendered tree that make a service's container.
struct Parts<'t> {
    service: Mapping,
    definitions: Vec<(&'static str, &'t Value)>,
}

impl<'t> Parts<'t> {
    fn of(tree: &'t Value, service: &Value) -> Self {
        let mut definitions = Vec::new();
        let mut define = |kind: &'static str, name: &str| {
            definitions.extend(
                tree.get(kind)
                    .and_then(|it| it.get(name))
                    .map(|it| (kind, it)),
            );
        };
        for kind in DEFINED {
            used(service, kind).for_each(|name| define(kind, name));
        }
        for name in networks(service) {
            define("networks", name);
        }
        for name in volumes(service) {
            define("volumes", name);
        }
        Self {
            service: of_container(service),
            definitions,
        }
    }

    fn take_variables(&self) -> bool {
        self.definitions
            .iter()
            .any(|(kind, it)| DEFINED.contains(kind) && it.get("environment").is_some())
    }
}

/// Of the keys of a service, those that make its container.
fn of_container(service: &Value) -> Mapping {
    let mut kept = Mapping::new();
    for (key, value) in service.as_mapping().into_iter().flatten() {
        let Some(name) = key.as_str() else { continue };
        let list = value.is_sequence() && matches!(name, "command" | "entrypoint");
        if (list || !is_empty(value)) && !ELSEWHERE.contains(&name) && !name.starts_with("x-") {
            kept.insert(key.clone(), modes_as_numbers(name, value));
        }
    }
    for name in DEPLOYED {
        let value = service.get("deploy").and_then(|it| it.get(name));
        if let Some(value) = value.filter(|it| !is_empty(it)) {
            kept.insert(format!("deploy.{name}").into(), value.clone());
        }
    }
    kept
}

/// One Compose writes what is not set, another leaves it off.
fn is_empty(value: &Value) -> bool {
    value.is_null()
        || value.as_mapping().is_some_and(Mapping::is_empty)
        || value.as_sequence().is_some_and(Vec::is_empty)
}

/// The `mode` of a config or secret is a number to one Compose, octal digits to another.
fn modes_as_numbers(key: &str, value: &Value) -> Value {
    let mut value = value.clone();
    if DEFINED.contains(&key) {
        for used in value.as_sequence_mut().into_iter().flatten() {
            if let Some(mode) = used.get_mut("mode")
                && let Some(octal) = mode.as_str().and_then(|it| u32::from_str_radix(it, 8).ok())
            {
                *mode = octal.into();
            }
        }
    }
    value
}

/// The configs or secrets that a service uses, as the files name them.
pub fn used<'s>(service: &'s Value, kind: &str) -> impl Iterator<Item = &'s str> {
    let used = service.get(kind).and_then(Value::as_sequence);
    used.into_iter()
        .flatten()
        .filter_map(|used| used.as_str().or_else(|| used.get("source")?.as_str()))
}

/// The networks that a service is connected to, as the files name them.
pub fn networks(service: &Value) -> Vec<&str> {
    if service.get("network_mode").is_some_and(|it| !it.is_null()) {
        return Vec::new();
    }
    let named = service.get("networks");
    let of_mapping = named.and_then(Value::as_mapping);
    let of_list = named.and_then(Value::as_sequence);
    let names: Vec<&str> = of_mapping
        .into_iter()
        .flat_map(Mapping::keys)
        .chain(of_list.into_iter().flatten())
        .filter_map(Value::as_str)
        .collect();
    if names.is_empty() {
        return vec!["default"];
    }
    names
}

/// The volumes of Docker's that a service mounts, as the files name them.
pub fn volumes(service: &Value) -> Vec<&str> {
    let name = |volume| {
        let source = match Value::as_str(volume) {
            Some(short) => short.split_once(':').map(|(source, _)| source),
            None if volume.get("type")?.as_str() == Some("volume") => {
                volume.get("source")?.as_str()
            }
            None => None,
        };
        source.filter(|source| !source.starts_with('/'))
    };
    let mounts = service.get("volumes").and_then(Value::as_sequence);
    mounts.into_iter().flatten().filter_map(name).collect()
}

/// Feeds a tree to a hasher so that equal trees, and no others, give equal digests: each value with
/// its kind and its length, mappings in the order of their keys.
struct Canonical<'a> {
    hasher: blake3::Hasher,
    /// Text that counts as [`ANY_COMMIT`] wherever it stands.
    left_out: Option<&'a str>,
}

impl Canonical<'_> {
    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.kind(b'n'),
            Value::Bool(it) => self.scalar(b'b', &it.to_string()),
            Value::Number(it) => self.scalar(b'#', &it.to_string()),
            Value::String(it) => self.text(it),
            Value::Sequence(list) => {
                self.kind(b'[');
                list.iter().for_each(|it| self.value(it));
                self.kind(b']');
            }
            Value::Mapping(map) => self.mapping(map),
            Value::Tagged(it) => self.value(&it.value),
        }
    }

    fn mapping(&mut self, map: &Mapping) {
        self.kind(b'{');
        let mut entries: Vec<(String, &Value)> = map
            .iter()
            .map(|(key, value)| (key_text(key), value))
            .collect();
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (key, value) in entries {
            self.scalar(b'k', &key);
            self.value(value);
        }
        self.kind(b'}');
    }

    fn text(&mut self, text: &str) {
        match self.left_out {
            Some(commit) => self.scalar(b's', &text.replace(commit, ANY_COMMIT)),
            None => self.scalar(b's', text),
        }
    }

    fn scalar(&mut self, kind: u8, text: &str) {
        self.kind(kind);
        self.bytes(text.as_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.hasher.update(&(bytes.len() as u64).to_le_bytes());
        self.hasher.update(bytes);
    }

    fn kind(&mut self, kind: u8) {
        self.hasher.update(&[kind]);
    }
}

/// Compose writes a key that looks like a number or a truth value without quotes.
fn key_text(key: &Value) -> String {
    match key {
        Value::String(text) => text.clone(),
        Value::Bool(it) => it.to_string(),
        Value::Number(it) => it.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
