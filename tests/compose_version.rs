//! The Compose programs that tests run under: those that `.ci/setup` has put below `target/`, and the
//! machine's own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::program;

#[derive(Debug, Clone)]
pub struct ComposeVersion {
    /// Part of a test's name, the same wherever a release of that line is found.
    pub class: String,
    pub number: String,
    /// A folder with just this program in it, called `docker-compose`.
    pub folder: PathBuf,
}

impl ComposeVersion {
    /// The newest first. Looked for once.
    pub fn all() -> Vec<Self> {
        static FOUND: OnceLock<Vec<ComposeVersion>> = OnceLock::new();
        FOUND.get_or_init(Self::find).clone()
    }

    fn find() -> Vec<Self> {
        let brought = program::target().join("docker-versions/compose");
        let folders = std::fs::read_dir(brought).into_iter().flatten();
        let mut found: Vec<Self> = folders
            .map_while(Result::ok)
            .filter_map(|entry| Self::of(&entry.path()))
            .collect();
        let path = std::env::var_os("PATH").unwrap_or_default();
        found.extend(std::env::split_paths(&path).find_map(|folder| Self::of(&folder)));
        found.sort_by_key(|it| std::cmp::Reverse(it.numbers()));
        found.dedup_by(|one, other| one.number == other.number);
        if let Some(newest) = found.first_mut() {
            newest.class = "newest".to_owned();
        }
        found
    }

    fn of(folder: &Path) -> Option<Self> {
        let program = folder.join("docker-compose");
        let output = Command::new(&program)
            .args(["version", "--short"])
            .output()
            .ok()?;
        let number = String::from_utf8_lossy(&output.stdout);
        let number = number.trim().trim_start_matches('v').to_owned();
        let mut parts = number.split('.');
        let class = format!("v{}_{}", parts.next()?, parts.next()?);
        Some(Self {
            class,
            number,
            folder: folder.to_owned(),
        })
    }

    /// `up -d` as it is typed in a folder. `options`: Compose's own, before its command.
    pub fn up(&self, project: &str, options: &[String], folder: &Path) -> Result<(), String> {
        let output = Command::new(self.folder.join("docker-compose"))
            .args(["-p", project])
            .args(options)
            .args(["up", "-d"])
            .current_dir(folder)
            .env("DEPLOYHOST_COMMIT", "unknown")
            .output()
            .map_err(|why| why.to_string())?;
        let err = String::from_utf8_lossy(&output.stderr);
        match output.status.success() {
            true => Ok(()),
            false => Err(format!("compose up of {project}: {err}")),
        }
    }

    /// `docker-compose` in Python.
    pub fn is_first(&self) -> bool {
        self.number.starts_with("1.")
    }

    fn numbers(&self) -> Vec<u32> {
        let parts = self.number.split(['.', '-', '+']);
        parts.map_while(|part| part.parse().ok()).collect()
    }
}
