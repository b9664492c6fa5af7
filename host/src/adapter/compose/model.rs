//! What Compose renders from its files: services with their images, builds and mounts.
//!
//! It holds secrets, so there is no `Debug` here and nothing of it is written anywhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_yaml_ng::Value;

use super::program::Program;
use super::sensitive_values::SensitiveValues;
use crate::capability::compose::{Project, ProjectName};

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

impl Model {
    /// Reads what `config` printed: YAML of the first Compose, JSON of its successors.
    pub fn read(output: &[u8], program: &Program, project: &Project) -> Result<Self, String> {
        let tree: Value = match program.first() {
            true => serde_yaml_ng::from_slice(output).map_err(|_| "it printed no YAML")?,
            false => serde_json::from_slice(output).map_err(|_| "it printed no JSON")?,
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
) -> Result<ServiceModel, String> {
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

fn build(build: &Value) -> Result<BuildModel, String> {
    let context = build
        .as_str()
        .map(dollars)
        .or_else(|| text(build.get("context")));
    let context = context.unwrap_or_default();
    let dockerfile = text(build.get("dockerfile")).map(|path| Path::new(&context).join(path));
    let outside = |path: &PathBuf| {
        !path.starts_with(&context) || path.components().any(|part| part.as_os_str() == "..")
    };
    let said = serde_json::to_vec(build).map_err(|_| "its `build` has keys that are no text")?;
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
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use crate::capability::compose::ComposeFile;

    fn read(output: &str, version: &str) -> Model {
        let program = Program {
            command: vec![],
            version: version.into(),
        };
        let project = Project::new(
            vec![ComposeFile::new("/srv/compose.yml").unwrap()],
            ProjectName::new("shop").unwrap(),
            None,
            None,
        );
        Model::read(output.as_bytes(), &program, &project.unwrap())
            .ok()
            .unwrap()
    }

    const FIRST: &str = r#"
secrets: { key: { file: /srv/key.pem }, out: { external: true } }
configs: { conf: { file: /srv/a.conf } }
services:
  app:
    build: { context: /srv/app, dockerfile: ../Dockerfile.app }
    depends_on: { db: { condition: service_started } }
    environment: { TOKEN: s3$$cret }
    healthcheck: { test: [CMD, "true"] }
    restart: "no"
    secrets: [{ source: key }, { source: out }]
    configs: [conf]
    volumes:
    - /srv/da$$ta:/data:rw
    - named:/named:rw
    - /anonymous
    - { type: bind, source: /srv/long, target: /x }
    - { type: volume, source: /srv/not, target: /y }
    - /srv/long:/again:ro
  db: { image: postgres, healthcheck: { interval: 5s }, depends_on: [app] }
  off: { image: postgres, healthcheck: { disable: true } }
  none: { image: postgres, healthcheck: { test: ["NONE"] } }
"#;

    #[test]
    fn the_first_compose_is_read() {
        let model = read(FIRST, "1.29.2");
        let app = &model.services["app"];
        assert_eq!(app.image, "shop_app");
        let mounts: Vec<_> = app
            .mounts
            .iter()
            .map(|path| path.to_str().unwrap())
            .collect();
        assert_eq!(
            mounts,
            ["/srv/da$ta", "/srv/long", "/srv/key.pem", "/srv/a.conf"]
        );
        let build = app.build.as_ref().unwrap();
        assert_eq!(build.context, "/srv/app");
        assert_eq!(
            build.dockerfile.as_deref(),
            Some(Path::new("/srv/app/../Dockerfile.app"))
        );
        assert_eq!(
            (app.restart.as_str(), app.health),
            ("no", HealthSource::File)
        );
        assert_eq!(app.depends_on, ["db"]);
        let db = &model.services["db"];
        assert_eq!(
            (db.image.as_str(), db.health, db.build.is_none()),
            ("postgres", HealthSource::Image, true)
        );
        assert_eq!(db.depends_on, ["app"]);
        assert_eq!(model.services["off"].health, HealthSource::Nobody);
        assert_eq!(model.services["none"].health, HealthSource::Nobody);
        assert_eq!(model.sensitive.scrub("s3$cret"), "[hidden]");
    }

    #[test]
    fn its_successors_are_read() {
        let json = r#"{"name":"shop","services":{"app":{"build":{"context":"/srv/app","dockerfile":"Dockerfile"},
            "depends_on":{"db":{"condition":"service_started","required":true}},"command":null,
            "environment":{"TOKEN":"s3cret\u00e9-😀"},"healthcheck":null,
            "volumes":[{"type":"bind","source":"/srv/data","target":"/data","bind":{"create_host_path":true}},
                       {"type":"volume","source":"named","target":"/n","volume":{}}],
            "secrets":[{"source":"key","target":"/run/secrets/key"}]}},
            "secrets":{"key":{"name":"shop_key","file":"/srv/key.pem"}}}"#;
        let model = read(json, "2.27.0");
        let app = &model.services["app"];
        assert_eq!(app.image, "shop-app");
        assert_eq!(
            app.mounts,
            [PathBuf::from("/srv/data"), PathBuf::from("/srv/key.pem")]
        );
        assert!(app.build.as_ref().unwrap().dockerfile.is_none());
        assert_eq!(app.health, HealthSource::Image);
        assert_eq!(model.sensitive.scrub("s3creté-😀"), "[hidden]");
    }

    #[test]
    fn what_a_build_is_told_changes_its_digest() {
        let digest = |args: &str| {
            let text =
                format!("services: {{ a: {{ build: {{ context: /a, args: {{ V: {args} }} }} }} }}");
            read(&text, "1.29.2").services["a"]
                .build
                .as_ref()
                .unwrap()
                .digest
        };
        assert_eq!(digest("one"), digest("one"));
        assert_ne!(digest("one"), digest("two"));
    }
}
