//! One stack: services in the shape of a well-known one, a change to it, and a change that breaks it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::clean_project::Files;
use crate::compose_version::ComposeVersion;
use crate::row::Placeholders;
use crate::toml_folder::read_all;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stack {
    #[serde(skip)]
    pub name: String,
    /// Compose's own, by which it is started by hand.
    #[serde(default)]
    pub options: Vec<String>,
    /// The same in the step's config, as TOML.
    #[serde(default)]
    pub config: BTreeMap<String, String>,
    /// Why a Compose cannot have it, by how its number begins.
    #[serde(default)]
    not_in: BTreeMap<String, String>,
    /// What is read inside a container of `app`, beside what Docker says of it.
    #[serde(default)]
    pub exec: Vec<Vec<String>>,
    /// Where a file is put that has to be there in the end.
    #[serde(default)]
    pub kept: Option<KeptFile>,
    /// Path and content of every file.
    first: Files,
    pub changed: Change,
    /// On top of `changed`.
    pub broken: Change,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptFile {
    pub service: String,
    pub folder: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The services that are made anew or restarted, and no others.
    pub touched: Vec<String>,
    edits: Vec<Edit>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    file: String,
    /// Every place of it.
    from: String,
    to: String,
}

/// How far a stack has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    First,
    Changed,
    Broken,
}

impl Stack {
    /// In the order of their names.
    pub fn all() -> Vec<Self> {
        let named = |(name, stack)| Self { name, ..stack };
        read_all("stacks").into_iter().map(named).collect()
    }

    pub fn is_known_to(&self, version: &ComposeVersion) -> bool {
        let mut lines = self.not_in.keys();
        !lines.any(|line| version.number.starts_with(line.as_str()))
    }

    /// Path and content of every file.
    pub fn files(&self, version: Version, meant: &Placeholders) -> Files {
        let mut files = self.first.clone();
        if version != Version::First {
            self.changed.make(&mut files);
        }
        if version == Version::Broken {
            self.broken.make(&mut files);
        }
        let filled = files
            .iter()
            .map(|(path, text)| (path.clone(), meant.fill(text)));
        filled.collect()
    }
}

impl Change {
    fn make(&self, files: &mut Files) {
        for Edit { file, from, to } in &self.edits {
            let text = files.get_mut(file).unwrap_or_else(|| panic!("{file}?"));
            assert!(text.contains(from.as_str()), "{file}: {from}?");
            *text = text.replace(from.as_str(), to);
        }
    }
}
