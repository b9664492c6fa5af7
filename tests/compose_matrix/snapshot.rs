//! What Docker shows of a project, with everything left out that differs between two projects of the
//! same files: names, ids, addresses, folders.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::fixture::docker::{inspected, shown};

/// Of Docker's `Config`.
const CONFIG: [&str; 16] = [
    "Cmd",
    "Domainname",
    "Entrypoint",
    "Env",
    "ExposedPorts",
    "Healthcheck",
    "Hostname",
    "Image",
    "Labels",
    "MacAddress",
    "OpenStdin",
    "StopSignal",
    "StopTimeout",
    "Tty",
    "User",
    "WorkingDir",
];
/// Lists whose order means something.
const ORDERED: [&str; 5] = ["Cmd", "Entrypoint", "Test", "Dns", "DnsSearch"];

/// How the hardware addresses begin that rows give.
const OWN_ADDRESSES: &str = "0a:77:";

/// Every container of the project with its networks and volumes.
pub fn snapshot(project: &str, folder: &Path, exec: &[Vec<String>]) -> Value {
    let containers = inspected(project);
    let names = Names::of(project, folder, &containers);
    let mut services: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for container in &containers {
        let service = service(container);
        let mut seen = one(container);
        if service == "app" {
            let read = exec.iter().map(|words| inside(container, words));
            seen["Exec"] = read.collect::<Vec<_>>().into();
        }
        let seen = names.left_out("", &seen);
        services.entry(service).or_default().push(seen);
    }
    for list in services.values_mut() {
        list.sort_by_key(Value::to_string);
    }
    json!({
        "services": services,
        "networks": names.left_out("", &networks(&containers)),
        "volumes": names.left_out("", &volumes(&containers)),
    })
}

fn service(container: &Value) -> String {
    let label = &container["Config"]["Labels"]["com.docker.compose.service"];
    label.as_str().unwrap_or_default().to_owned()
}

fn one(container: &Value) -> Value {
    let config: Map<String, Value> = CONFIG
        .iter()
        .map(|key| ((*key).to_owned(), container["Config"][*key].clone()))
        .collect();
    let mounts = container["Mounts"].as_array().cloned().unwrap_or_default();
    let mounts: BTreeMap<String, Value> = mounts
        .into_iter()
        .map(|mount| {
            let at = mount["Destination"].as_str().unwrap_or_default().to_owned();
            let kept = ["Type", "Name", "RW", "Propagation", "Driver"];
            let kept = kept.map(|key| (key.to_owned(), mount[key].clone()));
            let mut kept: Map<String, Value> = kept.into_iter().collect();
            if mount["Type"] == "bind" {
                kept.insert("Source".to_owned(), mount["Source"].clone());
            }
            (at, kept.into())
        })
        .collect();
    let connected = container["NetworkSettings"]["Networks"].as_object();
    let connected: Map<String, Value> = connected
        .into_iter()
        .flatten()
        .map(|(name, it)| {
            let kept = ["Aliases", "DriverOpts", "IPAMConfig", "Links"];
            let mut kept: Map<String, Value> = kept
                .iter()
                .filter(|key| !is_empty(&it[**key]))
                .map(|key| ((*key).to_owned(), it[*key].clone()))
                .collect();
            // Others are the engine's choice.
            let address = it["MacAddress"].as_str().unwrap_or_default();
            if address.starts_with(OWN_ADDRESSES) {
                kept.insert("MacAddress".to_owned(), address.into());
            }
            (name.clone(), kept.into())
        })
        .collect();
    json!({
        "Name": container["Name"],
        "Config": config,
        "HostConfig": container["HostConfig"],
        "Mounts": mounts,
        "Networks": connected,
        "Status": container["State"]["Status"],
        "ExitCode": container["State"]["ExitCode"],
        "RestartCount": container["RestartCount"],
    })
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.values().all(is_empty),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

fn inside(container: &Value, words: &[String]) -> Value {
    let id = container["Id"].as_str().unwrap_or_default();
    let output = Command::new("docker")
        .args(["exec", id, "/bin/busybox"])
        .args(words)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned().into()
}

fn networks(containers: &[Value]) -> Value {
    let mut found = Map::new();
    for container in containers {
        let connected = container["NetworkSettings"]["Networks"].as_object();
        for name in connected.into_iter().flat_map(Map::keys) {
            let it = shown(&["networks", name]);
            let subnets = it["IPAM"]["Config"].as_array().cloned().unwrap_or_default();
            // Others are the engine's choice.
            let named: Vec<Value> = subnets
                .iter()
                .map(|it| it["Subnet"].clone())
                .filter(|it| it.as_str().is_some_and(|it| it.starts_with("10.77.")))
                .collect();
            let kept = json!({
                "Driver": it["Driver"], "Internal": it["Internal"], "EnableIPv6": it["EnableIPv6"],
                "Options": it["Options"], "Labels": it["Labels"], "Subnets": named,
            });
            found.insert(name.clone(), kept);
        }
    }
    found.into()
}

fn volumes(containers: &[Value]) -> Value {
    let mut found = Map::new();
    for mount in containers
        .iter()
        .flat_map(|it| it["Mounts"].as_array().into_iter().flatten())
    {
        if let Some(name) = mount["Name"].as_str() {
            let it = shown(&["volumes", name]);
            let kept =
                json!({"Driver": it["Driver"], "Options": it["Options"], "Labels": it["Labels"]});
            found.insert(name.to_owned(), kept);
        }
    }
    found.into()
}

/// What is another thing in another project.
struct Names {
    /// Longest first.
    replaced: Vec<(String, String)>,
}

impl Names {
    fn of(project: &str, folder: &Path, containers: &[Value]) -> Self {
        let mut replaced = vec![
            (folder.to_string_lossy().into_owned(), "@FOLDER@".to_owned()),
            (project.to_owned(), "@PROJECT@".to_owned()),
        ];
        for container in containers {
            let id = container["Id"].as_str().unwrap_or_default();
            let meant = format!("@{}@", service(container));
            // Which number a container has among its like is its history; a name of its own is not.
            let name = container["Name"].as_str().unwrap_or_default();
            let name = name.trim_start_matches('/');
            let numbered = name.trim_end_matches(|c: char| c.is_ascii_digit());
            let service = service(container);
            if ["-", "_"]
                .iter()
                .any(|by| numbered == format!("{project}{by}{service}{by}"))
            {
                replaced.push((name.to_owned(), meant.clone()));
            }
            replaced.push((id.to_owned(), meant.clone()));
            replaced.push((id[..12].to_owned(), meant));
        }
        replaced.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        Self { replaced }
    }

    fn left_out(&self, key: &str, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(text).into(),
            Value::Array(list) => {
                let own = list.iter().filter(|it| !carries_over(key, it));
                let mut list: Vec<Value> = own.map(|it| self.left_out("", it)).collect();
                if !ORDERED.contains(&key) {
                    list.sort_by_key(Value::to_string);
                    list.dedup();
                }
                list.into()
            }
            Value::Object(map) => {
                let kept = map.iter().filter(|(name, _)| {
                    !name.starts_with("com.docker.compose.") && *name != "ContainerIDFile"
                });
                let entries = kept.map(|(name, value)| match (name.as_str(), value.as_str()) {
                    // An anonymous volume that a new container has from the one before.
                    ("Source", Some(id)) if is_id(id) => (name.clone(), Value::Null),
                    // Named or left out by Compose, without anything in it.
                    ("VolumeOptions", None) if is_empty(value) => (name.clone(), Value::Null),
                    _ => (self.text(name), self.left_out(name, value)),
                });
                entries.collect::<Map<_, _>>().into()
            }
            other => other.clone(),
        }
    }

    fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (from, to) in &self.replaced {
            text = text.replace(from, to);
        }
        let words = text
            .split(':')
            .map(|it| if is_id(it) { "@ID@" } else { it });
        let text = words.collect::<Vec<_>>().join(":");
        // `10.77.NUMBER.`, where the number is the project's.
        match text
            .split_once("10.77.")
            .and_then(|(before, rest)| Some((before, rest.split_once('.')?)))
        {
            Some((before, (_, rest))) => format!("{before}10.77.@N@.{rest}"),
            None => text,
        }
    }
}

/// How the first Compose hands an anonymous volume on to a new container, beside the mount itself.
fn carries_over(key: &str, value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    match key {
        "Env" => text.starts_with("affinity:container=="),
        "Binds" => text.split(':').next().is_some_and(is_id),
        _ => false,
    }
}

fn is_id(word: &str) -> bool {
    word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit())
}
