//! A project that Compose alone has started, to compare with.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::Value;

use crate::compose_version::ComposeVersion;
use crate::fixture::docker;
use crate::images::tag_images;
use crate::row::Placeholders;
use crate::snapshot::snapshot;

/// Path and content.
pub type Files = BTreeMap<String, String>;

/// One look, which the first to come takes.
type Look = Arc<OnceLock<Result<Value, String>>>;

pub struct CleanProject<'a> {
    pub version: &'a ComposeVersion,
    /// Compose's own, before its command.
    pub options: &'a [String],
    pub files: &'a dyn Fn(&Placeholders) -> Files,
    /// What is read inside a container of `app`.
    pub exec: &'a [Vec<String>],
}

impl CleanProject<'_> {
    /// What it is, as a snapshot. Nothing of it is left afterwards. Many rows have a state in common,
    /// which is looked at once: the first to come does, the others wait.
    pub fn look(&self, meant: &Placeholders) -> Result<Value, String> {
        static SEEN: Mutex<BTreeMap<String, Look>> = Mutex::new(BTreeMap::new());
        let unnamed = Placeholders {
            project: "@P@".to_owned(),
            number: 0,
        };
        let files = (self.files)(&unnamed);
        let key = format!(
            "{} {:?} {files:?} {:?}",
            self.version.number, self.options, self.exec
        );
        let seen = SEEN.lock().unwrap().entry(key).or_default().clone();
        seen.get_or_init(|| self.start(meant)).clone()
    }

    fn start(&self, meant: &Placeholders) -> Result<Value, String> {
        let project = &meant.project;
        tag_images(project);
        let folder = tempfile::tempdir().map_err(|why| why.to_string())?;
        for (path, text) in (self.files)(meant) {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let started = self.version.up(project, self.options, folder.path());
        let seen = started.map(|()| snapshot(project, folder.path(), self.exec));
        docker::sweep(project);
        seen
    }
}
