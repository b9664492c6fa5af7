//! What Compose renders from its files: services with their images, builds and mounts.
//!
//! It holds secrets, so there is no `Debug` here and nothing of it is written anywhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_yaml_ng::Value;

use super::program::Program;
use super::sensitive_values::SensitiveValues;
use deployhost_runtime::capability::compose::{Project, ProjectName};

/// All services that the files define.
pub struct Model {
    pub services: BTreeMap<String, ServiceModel>,
    pub sensitive: SensitiveValues,
}

/// One service.
pub struct ServiceModel {
    /// As Compose names it, for a built one too.
    pub image: String,
    pub build: Option<BuildModel>,
    /// Absolute paths of this machine, each once, in the file's order.
    pub mounts: Vec<PathBuf>,
    /// Empty: not set.
    pub restart: String,
    pub health: HealthSource,
    pub depends_on: Vec<String>,
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
    /// Where the Dockerfile lies outside of the context.
    pub dockerfile: Option<PathBuf>,
    /// Of everything that the file says on building.
    pub digest: blake3::Hash,
}

/// An answer of Compose that is not understood. Without the parser's words, which quote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    #[error("it printed no YAML")]
    NotYaml,
    #[error("it printed no JSON")]
    NotJson,
    #[error("its `build` has keys that are no text")]
    BuildKeys,
}

impl Model {
    /// Reads what `config` printed: YAML of the first Compose, JSON of its successors.
    pub fn read(output: &[u8], program: &Program, project: &Project) -> Result<Self, ModelError> {
        let tree: Value = match program.first() {
            true => serde_yaml_ng::from_slice(output).map_err(|_| ModelError::NotYaml)?,
            false => serde_json::from_slice(output).map_err(|_| ModelError::NotJson)?,
        };
        let mut model = Self {
            services: BTreeMap::new(),
            sensitive: SensitiveValues::default(),
        };
        model.sensitive.add_values(&tree);
        let services = tree.get("services").and_then(Value::as_mapping);
        for (name, service) in services.into_iter().flatten() {
            let Some(name) = name.as_str() else { continue };
            let entry = entry(name, service, &tree, program, &project.name)?;
            model.services.insert(name.to_owned(), entry);
        }
        Ok(model)
    }
}

fn entry(
    name: &str,
    service: &Value,
    tree: &Value,
    program: &Program,
    project: &ProjectName,
) -> Result<ServiceModel, ModelError> {
    let build = service
        .get("build")
        .filter(|build| !build.is_null())
        .map(build)
        .transpose()?;
    let image = match text(service.get("image")) {
        Some(image) => image,
        None if program.first() => {
            format!("{}_{name}", project.as_str().trim_start_matches(['_', '-']))
        }
        None => format!("{project}-{name}"),
    };
    let mut mounts = Vec::new();
    for volume in list(service.get("volumes")) {
        add(&mut mounts, mount(volume));
    }
    for kind in ["secrets", "configs"] {
        for used in list(service.get(kind)) {
            let source = used.as_str().or_else(|| used.get("source")?.as_str());
            let defined = source.and_then(|source| tree.get(kind)?.get(source));
            add(
                &mut mounts,
                text(defined.and_then(|defined| defined.get("file"))),
            );
        }
    }
    Ok(ServiceModel {
        image,
        build,
        mounts,
        restart: text(service.get("restart")).unwrap_or_default(),
        health: health(service.get("healthcheck")),
        depends_on: names(service.get("depends_on")),
    })
}

fn add(mounts: &mut Vec<PathBuf>, path: Option<String>) {
    let path = path.map(PathBuf::from).filter(|path| path.is_absolute());
    mounts.extend(path.filter(|path| !mounts.contains(path)));
}

/// The path of this machine in `source:target:mode` or `{ type: bind, source: … }`. A name instead
/// of a path is a volume of Docker's.
fn mount(volume: &Value) -> Option<String> {
    if let Some(short) = volume.as_str() {
        let (source, _) = short.split_once(':')?;
        return source.starts_with('/').then(|| dollars(source));
    }
    let bind = volume.get("type").and_then(Value::as_str) == Some("bind");
    text(volume.get("source")).filter(|_| bind)
}

fn build(build: &Value) -> Result<BuildModel, ModelError> {
    let context = build
        .as_str()
        .map(dollars)
        .or_else(|| text(build.get("context")));
    let context = context.unwrap_or_default();
    let dockerfile = text(build.get("dockerfile")).map(|path| Path::new(&context).join(path));
    let outside = |path: &PathBuf| {
        !path.starts_with(&context) || path.components().any(|part| part.as_os_str() == "..")
    };
    let said = serde_json::to_vec(build).map_err(|_| ModelError::BuildKeys)?;
    Ok(BuildModel {
        dockerfile: dockerfile.filter(outside),
        digest: blake3::hash(&said),
        context,
    })
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
    let of_mapping = value
        .and_then(Value::as_mapping)
        .into_iter()
        .flat_map(|map| map.keys());
    let names = of_mapping.chain(list(value)).filter_map(Value::as_str);
    names.map(str::to_owned).collect()
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_sequence).into_iter().flatten()
}

fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(dollars)
}

/// Compose writes a dollar sign twice, so that its output can be its input.
fn dollars(text: &str) -> String {
    text.replace("$$", "$")
}

#[cfg(test)]
mod tests;
