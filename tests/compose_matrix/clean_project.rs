//! A project that Compose alone has started, to compare with.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::Value;

use crate::compose_version::ComposeVersion;
use crate::fixture::docker;
use crate::images::tag_images;
use crate::row::{Placeholders, State};
use crate::snapshot::snapshot;

/// One look, which the first to come takes.
type Look = Arc<OnceLock<Result<Value, String>>>;

/// What a clean project of these files is, as a snapshot. Nothing of it is left afterwards. Many rows
/// have a state in common, which is looked at once: the first to come does, the others wait.
pub fn clean(
    version: &ComposeVersion,
    state: &State,
    meant: &Placeholders,
    exec: &[Vec<String>],
) -> Result<Value, String> {
    static SEEN: Mutex<BTreeMap<String, Look>> = Mutex::new(BTreeMap::new());
    let key = format!("{} {state:?} {exec:?}", version.number);
    let seen = SEEN.lock().unwrap().entry(key).or_default().clone();
    seen.get_or_init(|| look(version, &meant.project, &state.files(meant), exec))
        .clone()
}

fn look(
    version: &ComposeVersion,
    project: &str,
    files: &BTreeMap<String, String>,
    exec: &[Vec<String>],
) -> Result<Value, String> {
    tag_images(project);
    let folder = tempfile::tempdir().map_err(|why| why.to_string())?;
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let started = compose(version, project, folder.path(), &["up", "-d"]);
    let seen = started.map(|()| snapshot(project, folder.path(), exec));
    let ids = docker::containers(project);
    let ids: Vec<&str> = ids.iter().map(|it| it.id.as_str()).collect();
    if !ids.is_empty() {
        docker::docker(&[&["rm", "--force", "--volumes"], &ids[..]].concat());
    }
    docker::sweep(project);
    seen
}

fn compose(
    version: &ComposeVersion,
    project: &str,
    folder: &Path,
    words: &[&str],
) -> Result<(), String> {
    let output = Command::new(version.folder.join("docker-compose"))
        .args(["-p", project])
        .args(words)
        .current_dir(folder)
        .env("DEPLOYHOST_COMMIT", "unknown")
        .output()
        .map_err(|why| why.to_string())?;
    let err = String::from_utf8_lossy(&output.stderr);
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("compose {words:?} of a clean project: {err}")),
    }
}
