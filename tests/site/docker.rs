//! The Docker daemon as an operator asks it, and the images that test services run.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use jiff::Timestamp;
use serde_json::Value;

use super::program::repository;

/// Debian's busybox and nothing else: what images are built from.
pub const BASE: &str = "deployhost-acceptance/busybox";
/// Serves one page, put together when its container starts: whoever reads it reads what the process
/// was started with. See [`SERVE`].
pub const WEB: &str = "deployhost-acceptance/web";

/// Waits `$DELAY` seconds, then serves `$GREETING`, `$COMMIT`, the files in `/site` and the file
/// `/site.conf`, all as they were at that moment.
const SERVE: &str = "\
busybox sleep ${DELAY:-0}
busybox mkdir -p /page
{
  echo \"greeting $GREETING\"
  echo \"commit $COMMIT\"
  for file in /site/* /site.conf; do
    if [ -f \"$file\" ]; then busybox cat \"$file\"; fi
  done
} > /page/index.html
exec busybox httpd -f -p 8080 -h /page
";

#[derive(Debug, Clone, PartialEq)]
pub struct Container {
    pub id: String,
    pub name: String,
    pub service: String,
    pub image: String,
    pub running: bool,
    pub started_at: Timestamp,
}

/// Every container of a Compose project, stopped ones too.
pub fn containers(project: &str) -> Vec<Container> {
    let ids = docker(&[
        "ps",
        "--all",
        "--quiet",
        "--no-trunc",
        "--filter",
        &label(project),
    ]);
    let ids: Vec<&str> = ids.split_whitespace().collect();
    if ids.is_empty() {
        return Vec::new();
    }
    let all: Vec<Value> =
        serde_json::from_str(&docker(&[&["inspect"], &ids[..]].concat())).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    all.iter()
        .map(|it| Container {
            id: text(&it["Id"]),
            name: text(&it["Name"]),
            service: text(&it["Config"]["Labels"]["com.docker.compose.service"]),
            image: text(&it["Image"]),
            running: it["State"]["Status"] == "running",
            started_at: text(&it["State"]["StartedAt"]).parse().unwrap(),
        })
        .collect()
}

/// Takes away whatever carries the name: containers, networks, images.
pub fn sweep(name: &str) {
    let every = |words: &[&str]| {
        let said = tried(words).unwrap_or_default();
        said.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let mut containers = every(&["ps", "--all", "--quiet", "--filter", &label(name)]);
    containers.extend(every(&[
        "ps",
        "--all",
        "--quiet",
        "--filter",
        &format!("name={name}"),
    ]));
    let networks = every(&["network", "ls", "--quiet", "--filter", &label(name)]);
    let images = every(&["images", "--format", "{{.Repository}}:{{.Tag}}"]);
    let images: Vec<String> = images.into_iter().filter(|it| it.contains(name)).collect();
    for (verb, what) in [
        (&["rm", "--force", "--volumes"][..], containers),
        (&["network", "rm"][..], networks),
        (&["rmi", "--force"][..], images),
    ] {
        if !what.is_empty() {
            let what: Vec<&str> = what.iter().map(String::as_str).collect();
            // Nothing is left to do for a test whose cleaning up fails.
            let _left = tried(&[verb, &what].concat());
        }
    }
}

/// Whether tests can deploy containers here, and what is missing where not. Makes the images, once.
pub fn ready() {
    static READY: OnceLock<Result<(), String>> = OnceLock::new();
    if let Err(missing) = READY.get_or_init(images) {
        panic!("{missing}");
    }
}

fn images() -> Result<(), String> {
    tried(&["info"]).map_err(|why| {
        format!(
            "this test deploys real containers, and no Docker daemon answers ({why}): \
             apt-get install docker.io docker-compose busybox-static; systemctl start docker"
        )
    })?;
    let compose = Command::new("docker-compose").arg("version").output();
    if !compose.is_ok_and(|said| said.status.success()) {
        tried(&["compose", "version"])
            .map_err(|_| "no Compose answers: apt-get install docker-compose".to_owned())?;
    }
    let context = tempfile::tempdir().map_err(|error| error.to_string())?;
    std::fs::copy("/bin/busybox", context.path().join("busybox"))
        .map_err(|error| format!("/bin/busybox: {error}: apt-get install busybox-static"))?;
    let file = repository().join("examples/hello/app/base.Dockerfile");
    build(context.path(), BASE, &file)?;
    let file = context.path().join("Dockerfile");
    let text =
        format!("FROM {BASE}\nCOPY serve /serve\nCMD [\"/bin/busybox\", \"sh\", \"/serve\"]\n");
    std::fs::write(context.path().join("serve"), SERVE)
        .and_then(|()| std::fs::write(&file, text))
        .map_err(|error| error.to_string())?;
    build(context.path(), WEB, &file)
}

fn build(context: &Path, tag: &str, file: &Path) -> Result<(), String> {
    let words = [context, file].map(|path| path.to_str().unwrap_or_default());
    tried(&[
        "build", "--quiet", "--tag", tag, "--file", words[1], words[0],
    ])
    .map(drop)
}

fn label(project: &str) -> String {
    format!("label=com.docker.compose.project={project}")
}

pub fn docker(words: &[&str]) -> String {
    tried(words).unwrap_or_else(|why| panic!("docker {words:?}: {why}"))
}

fn tried(words: &[&str]) -> Result<String, String> {
    let said = Command::new("docker")
        .env("DOCKER_BUILDKIT", "0")
        .args(words)
        .output()
        .map_err(|error| error.to_string())?;
    match said.status.success() {
        true => Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned()),
        false => Err(String::from_utf8_lossy(&said.stderr).trim().to_owned()),
    }
}
