//! One row: a key of a service, or a section of the file, and what it is changed from and to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};

use serde::Deserialize;

use crate::compose_version::ComposeVersion;
use crate::toml_folder::read_all;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    #[serde(skip)]
    pub name: String,
    pub set: State,
    pub changed: State,
    /// As it is without the key, unless the row says otherwise.
    #[serde(default)]
    pub removed: State,
    /// What is read inside a container of `app`, beside what Docker says of it.
    #[serde(default)]
    pub exec: Vec<Vec<String>>,
    /// The change is none that a container is made of: nothing may be touched.
    #[serde(default)]
    pub same: bool,
    /// Why a Compose does not do what it says, by how its number begins.
    #[serde(default)]
    not_in: BTreeMap<String, String>,
    /// Why a container is touched that `up -d` would leave.
    #[serde(default)]
    pub needless: Option<String>,
    /// The key reaches the second service, too.
    #[serde(default)]
    pub reaches_keeper: bool,
}

/// The files of one step.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Keys of the service `app`.
    #[serde(default)]
    app: String,
    /// More services.
    #[serde(default)]
    services: String,
    /// More volumes.
    #[serde(default)]
    volumes: String,
    /// Sections beside `services` and `volumes`.
    #[serde(default)]
    top: String,
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// The run is refused, with these words.
    #[serde(default)]
    pub refused: Option<String>,
}

/// What a row's text leaves to the project that it is used in.
#[derive(Debug, Clone)]
pub struct Placeholders {
    pub project: String,
    /// Between 0 and 255, of this project alone.
    pub number: u8,
}

static NUMBERS: AtomicU8 = AtomicU8::new(0);

impl Placeholders {
    /// Those of a project, and of the clean one that it is held against.
    pub fn of(project: &str) -> (Self, Self) {
        let number = NUMBERS.fetch_add(2, Ordering::Relaxed);
        let clean = Self {
            project: format!("{project}-clean"),
            number: number.wrapping_add(1),
        };
        let project = project.to_owned();
        (Self { project, number }, clean)
    }

    pub fn fill(&self, text: &str) -> String {
        text.replace("@P@", &self.project)
            .replace("@N@", &self.number.to_string())
    }
}

impl Row {
    /// In the order of their names.
    pub fn all() -> Vec<Self> {
        let named = |(name, row)| Self { name, ..row };
        read_all("rows").into_iter().map(named).collect()
    }

    pub fn is_known_to(&self, version: &ComposeVersion) -> bool {
        let mut lines = self.not_in.keys();
        !lines.any(|line| version.number.starts_with(line.as_str()))
    }

    pub fn refused(&self) -> Option<&str> {
        let states = [&self.set, &self.changed, &self.removed];
        states.into_iter().find_map(|it| it.refused.as_deref())
    }
}

impl State {
    /// Path and content of every file, `compose.yml` among them.
    pub fn files(&self, meant: &Placeholders) -> BTreeMap<String, String> {
        let files = self.files.iter();
        let mut files: BTreeMap<String, String> = files
            .map(|(path, text)| (path.clone(), meant.fill(text)))
            .collect();
        files.insert("compose.yml".to_owned(), meant.fill(&self.compose_file()));
        files
    }

    fn compose_file(&self) -> String {
        let image = ["image:", "build:"]
            .iter()
            .all(|key| !self.app.lines().any(|line| line.starts_with(key)));
        let image = if image { "image: @P@-image:one\n" } else { "" };
        format!(
            "services:\n  app:\n{}  keeper:\n    image: @P@-image:one\n    volumes: ['kept:/kept']\n{}volumes:\n  kept: {{}}\n{}{}\n",
            indented(&format!("{image}{}", self.app), 4),
            indented(&self.services, 2),
            indented(&self.volumes, 2),
            self.top,
        )
    }
}

fn indented(text: &str, by: usize) -> String {
    let indent = " ".repeat(by);
    text.lines()
        .map(|line| format!("{indent}{line}\n"))
        .collect()
}
