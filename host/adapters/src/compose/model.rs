//! What Compose renders from its files: services with their images, builds and mounts.
//!
//! It holds secrets, so there is no `Debug` here and nothing of it is written anywhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_yaml_ng::Value;

use super::configuration::{self, Configuration, RenderedWith};
use super::definitions::{self, NetworkDefinition, VolumeDefinition};
use super::program::Program;
use super::sensitive_values::SensitiveValues;
use super::wanted_container::WantedContainer;
use deployhost_runtime::capability::compose::{Dependency, Project, ProjectName};

/// All services that the files define.
pub struct Model {
    pub services: BTreeMap<String, ServiceModel>,
    /// By the engine's name.
    pub networks: BTreeMap<String, NetworkDefinition>,
    /// By the engine's name.
    pub volumes: BTreeMap<String, VolumeDefinition>,
    pub sensitive: SensitiveValues,
}

/// Condition of a dependency: its container was started.
const STARTED: &str = "service_started";

/// One service.
pub struct ServiceModel {
    pub configuration: Configuration,
    /// Empty: always on.
    pub profiles: Vec<String>,
    pub replicas: u32,
    /// Its container's, where the file gives one.
    pub container_name: Option<String>,
    /// As Compose names it, for a built one too.
    pub image: String,
    pub build: Option<BuildModel>,
    /// Each path once, in the file's order.
    pub mounts: Vec<MountModel>,
    /// Empty: not set.
    pub restart: String,
    pub health: HealthSource,
    pub depends_on: Vec<Dependency>,
    /// Services whose network, processes or memory it lives in.
    pub shares: Vec<String>,
    pub volumes_from: Vec<String>,
    /// As the engine names them.
    pub networks: Vec<String>,
    pub volumes: Vec<String>,
    /// To tell people how one that is there differs.
    pub wanted: WantedContainer,
}

/// A path of this machine that containers read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountModel {
    /// Absolute.
    pub path: PathBuf,
    pub usage: MountUse,
}

/// What a container may do with it. One that is mounted twice is what it is at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MountUse {
    ReadOnly,
    Writable,
    /// The file of a config or secret.
    Definition,
}

/// Who decides on a health check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthSource {
    File,
    Nobody,
    Image,
}

/// How a service is built.
pub struct BuildModel {
    /// A folder of this machine, absolute; or a URL.
    pub context: String,
    /// What else is read: a Dockerfile that lies outside of the context, `additional_contexts`.
    pub others: Vec<PathBuf>,
    /// Digest of everything that the file says on building.
    pub configuration: String,
}

impl BuildModel {
    /// All that the build reads of this machine.
    pub fn folders(&self) -> impl Iterator<Item = &Path> {
        let context = Path::new(&self.context);
        let context = context.is_absolute().then_some(context);
        context
            .into_iter()
            .chain(self.others.iter().map(PathBuf::as_path))
    }
}

/// An answer of Compose that is not understood. Without the parser's words, which quote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    #[error("it printed no YAML")]
    NotYaml,
    #[error("it printed no JSON")]
    NotJson,
}

impl Model {
    /// Reads what `config` printed: YAML of the first Compose, JSON of its successors.
    pub fn read(
        output: &[u8],
        program: &Program,
        project: &Project,
        with: &RenderedWith<'_>,
    ) -> Result<Self, ModelError> {
        let tree: Value = match program.first() {
            true => serde_yaml_ng::from_slice(output).map_err(|_| ModelError::NotYaml)?,
            false => serde_json::from_slice(output).map_err(|_| ModelError::NotJson)?,
        };
        let mut model = Self {
            services: BTreeMap::new(),
            networks: definitions(&tree, &project.name, "networks", NetworkDefinition::read),
            volumes: definitions(&tree, &project.name, "volumes", VolumeDefinition::read),
            sensitive: SensitiveValues::default(),
        };
        model.sensitive.add_values(&tree);
        let services = tree.get("services").and_then(Value::as_mapping);
        for (name, service) in services.into_iter().flatten() {
            let Some(name) = name.as_str() else { continue };
            let reader = ServiceReader {
                tree: &tree,
                first: program.first(),
                project: &project.name,
                with,
            };
            model
                .services
                .insert(name.to_owned(), reader.read(name, service));
        }
        Ok(model)
    }
}

/// A section of the tree, by the engine's names.
fn definitions<T>(
    tree: &Value,
    project: &ProjectName,
    kind: &str,
    read: impl Fn(Option<&Value>) -> T,
) -> BTreeMap<String, T> {
    let section = tree.get(kind).and_then(Value::as_mapping);
    section
        .into_iter()
        .flatten()
        .filter_map(|(name, defined)| Some((name.as_str()?, defined)))
        .map(|(name, defined)| {
            let real = definitions::real_name(tree, project, kind, name);
            (real, read(Some(defined)))
        })
        .collect()
}

/// What the parts of one rendered tree have in common.
struct ServiceReader<'a> {
    tree: &'a Value,
    first: bool,
    project: &'a ProjectName,
    with: &'a RenderedWith<'a>,
}

impl ServiceReader<'_> {
    fn read(&self, name: &str, service: &Value) -> ServiceModel {
        let build = service.get("build").filter(|build| !build.is_null());
        ServiceModel {
            wanted: WantedContainer::read(self.tree, service, self.project),
            configuration: configuration::configuration(self.tree, service, self.with),
            profiles: names(service.get("profiles")),
            replicas: replicas(service),
            container_name: text(service.get("container_name")),
            image: text(service.get("image")).unwrap_or_else(|| self.built_image(name)),
            build: build.map(|build| self.build(build)),
            mounts: self.mounts(service),
            restart: text(service.get("restart")).unwrap_or_default(),
            health: health(service.get("healthcheck")),
            depends_on: dependencies(service),
            shares: ["network_mode", "ipc", "pid"]
                .into_iter()
                .filter_map(|key| text(service.get(key)))
                .filter_map(|mode| mode.strip_prefix("service:").map(str::to_owned))
                .collect(),
            volumes_from: list(service.get("volumes_from"))
                .filter_map(Value::as_str)
                .filter_map(donor)
                .collect(),
            networks: configuration::networks(service)
                .into_iter()
                .map(|name| self.real_name("networks", name))
                .collect(),
            volumes: configuration::volumes(service)
                .into_iter()
                .map(|name| self.real_name("volumes", name))
                .collect(),
        }
    }

    fn built_image(&self, name: &str) -> String {
        let project = self.project.as_str();
        match self.first {
            true => format!("{}_{name}", project.trim_start_matches(['_', '-'])),
            false => format!("{project}-{name}"),
        }
    }

    fn real_name(&self, kind: &str, name: &str) -> String {
        definitions::real_name(self.tree, self.project, kind, name)
    }

    fn mounts(&self, service: &Value) -> Vec<MountModel> {
        let mut mounts = Vec::new();
        for volume in list(service.get("volumes")) {
            add(&mut mounts, mount(volume));
            add(&mut mounts, self.bound_volume(volume));
        }
        for kind in ["secrets", "configs"] {
            for used in configuration::used(service, kind) {
                let defined = self.tree.get(kind).and_then(|it| it.get(used));
                let file = text(defined.and_then(|it| it.get("file")));
                add(&mut mounts, file.map(|it| (it, MountUse::Definition)));
            }
        }
        mounts
    }

    /// A volume of Docker's that is a folder of this machine under another name.
    fn bound_volume(&self, volume: &Value) -> Option<(String, MountUse)> {
        let (name, usage) = match volume.as_str() {
            Some(short) => (short.split(':').next()?, usage_of_short(short)),
            None => (volume.get("source")?.as_str()?, usage_of_long(volume)),
        };
        let options = self.tree.get("volumes")?.get(name)?.get("driver_opts")?;
        let words = text(options.get("o"))?;
        let mut words = words.split(',').map(str::trim);
        let device = text(options.get("device"))?;
        words.any(|word| word == "bind").then_some((device, usage))
    }

    fn build(&self, build: &Value) -> BuildModel {
        let context = build
            .as_str()
            .map(dollars)
            .or_else(|| text(build.get("context")));
        let context = context.unwrap_or_default();
        let dockerfile = text(build.get("dockerfile")).map(|path| Path::new(&context).join(path));
        let outside = |path: &PathBuf| {
            !path.starts_with(&context) || path.components().any(|part| part.as_os_str() == "..")
        };
        let additional = build.get("additional_contexts");
        let named = additional.and_then(Value::as_mapping);
        let named = named.into_iter().flatten().map(|(_, it)| text(Some(it)));
        // The first Compose has them as `name=path`.
        let listed = list(additional).map(|it| Some(text(Some(it))?.split_once('=')?.1.to_owned()));
        let contexts = named.chain(listed).flatten().map(PathBuf::from);
        let others = dockerfile.filter(outside).into_iter().chain(contexts);
        BuildModel {
            others: others.filter(|it| it.is_absolute()).collect(),
            configuration: configuration::build_configuration(build, self.with.key),
            context,
        }
    }
}

/// The service of `service:name:rw`; what begins with `container:` is no service.
fn donor(text: &str) -> Option<String> {
    let name = text.strip_prefix("service:").unwrap_or(text);
    let name = name.split(':').next().unwrap_or_default();
    (name != "container").then(|| name.to_owned())
}

fn replicas(service: &Value) -> u32 {
    let of_deploy = service.get("deploy").and_then(|it| it.get("replicas"));
    let count = of_deploy.or(service.get("scale")).and_then(Value::as_u64);
    count.and_then(|it| u32::try_from(it).ok()).unwrap_or(1)
}

/// `[db]`, or `{ db: { condition: service_healthy, restart: true } }`.
/// A service that is linked has to be there, too: the first Compose leaves a link to one that is not
/// out without a word.
fn dependencies(service: &Value) -> Vec<Dependency> {
    let mut all = depended_on(service.get("depends_on"));
    for link in list(service.get("links")).filter_map(Value::as_str) {
        let linked = link.split(':').next().unwrap_or(link);
        if !all.iter().any(|it| it.service == linked) {
            all.push(Dependency {
                service: linked.to_owned(),
                condition: STARTED.to_owned(),
                restart: false,
            });
        }
    }
    all
}

fn depended_on(value: Option<&Value>) -> Vec<Dependency> {
    let of_list = list(value).filter_map(|name| Some((name.as_str()?, None)));
    let of_mapping = value.and_then(Value::as_mapping).into_iter().flatten();
    of_mapping
        .filter_map(|(name, it)| Some((name.as_str()?, Some(it))))
        .chain(of_list)
        .map(|(name, it)| Dependency {
            service: name.to_owned(),
            condition: text(it.and_then(|it| it.get("condition")))
                .unwrap_or_else(|| STARTED.to_owned()),
            restart: it.and_then(|it| it.get("restart")?.as_bool()) == Some(true),
        })
        .collect()
}

fn add(mounts: &mut Vec<MountModel>, found: Option<(String, MountUse)>) {
    let Some((path, usage)) = found else { return };
    let path = PathBuf::from(path);
    match mounts.iter_mut().find(|it| it.path == path) {
        Some(twice) => twice.usage = twice.usage.max(usage),
        None if path.is_absolute() => mounts.push(MountModel { path, usage }),
        None => {}
    }
}

/// The path of this machine in `source:target:mode` or `{ type: bind, source: … }`. A name instead
/// of a path is a volume of Docker's.
fn mount(volume: &Value) -> Option<(String, MountUse)> {
    if let Some(short) = volume.as_str() {
        let (source, _) = short.split_once(':')?;
        let usage = usage_of_short(short);
        return source.starts_with('/').then(|| (dollars(source), usage));
    }
    let bind = volume.get("type").and_then(Value::as_str) == Some("bind");
    let source = text(volume.get("source")).filter(|_| bind)?;
    Some((source, usage_of_long(volume)))
}

fn usage_of_short(short: &str) -> MountUse {
    let mut options = short.split(':').nth(2).unwrap_or_default().split(',');
    match options.any(|it| it == "ro") {
        true => MountUse::ReadOnly,
        false => MountUse::Writable,
    }
}

fn usage_of_long(volume: &Value) -> MountUse {
    match volume.get("read_only").and_then(Value::as_bool) {
        Some(true) => MountUse::ReadOnly,
        _ => MountUse::Writable,
    }
}

fn health(check: Option<&Value>) -> HealthSource {
    let Some(check) = check.filter(|check| !check.is_null()) else {
        return HealthSource::Image;
    };
    let off = check.get("disable").and_then(Value::as_bool) == Some(true);
    let test = check.get("test");
    let word = test.and_then(|test| test.as_str().or_else(|| test.get(0)?.as_str()));
    match word {
        _ if off => HealthSource::Nobody,
        Some("NONE") => HealthSource::Nobody,
        Some(_) => HealthSource::File,
        // Intervals alone: the image's own check, at another pace.
        None => HealthSource::Image,
    }
}

fn names(value: Option<&Value>) -> Vec<String> {
    list(value)
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

pub(super) fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_sequence).into_iter().flatten()
}

pub(super) fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(dollars)
}

/// Compose writes a dollar sign twice, so that its output can be its input.
pub fn dollars(text: &str) -> String {
    text.replace("$$", "$")
}

#[cfg(test)]
mod tests;
