//! Real repositories in a throw-away folder: a remote, its author's clone, and the deployed tree.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod failing;
mod hostile;
mod kept;
mod moving;
mod obstacles;
mod reading;
mod signed;

use std::fs;
use std::path::{Path as OsPath, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::*;
use deployhost_runtime::capability::error::CapabilityErrorKind;
use deployhost_runtime::capability::git::{Allow, Auth, Obstacle, Ref, Resolved, WorkTree};

/// A remote with one commit on `main`, and a tree cloned from it by hand.
struct GitFixture {
    folder: TempDir,
    first: CommitId,
    program: GitProgram,
}

/// Git as a person would run it, with a configuration of nobody's.
fn git(folder: &OsPath, arguments: &[&str]) -> String {
    let done = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("LANG", "C.UTF-8")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs([("GIT_AUTHOR_NAME", "Adèle"), ("GIT_AUTHOR_EMAIL", "a@x")])
        .envs([
            ("GIT_COMMITTER_NAME", "Bob"),
            ("GIT_COMMITTER_EMAIL", "b@x"),
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "git {arguments:?}: {said}");
    String::from_utf8_lossy(&done.stdout).trim_end().to_owned()
}

fn write(path: &OsPath, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn reference(text: &str) -> Ref {
    Ref::parse(text).unwrap()
}

impl GitFixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        git(at, &["init", "-q", "--bare", "-b", "main", "remote.git"]);
        git(at, &["init", "-q", "-b", "main", "author"]);
        git(
            &at.join("author"),
            &["remote", "add", "origin", "../remote.git"],
        );
        let program = GitProgram::new(at.join("state"));
        let mut fixture = Self {
            first: CommitId::parse(&"0".repeat(40)).unwrap(),
            program,
            folder,
        };
        fixture.first =
            fixture.commit(&[("app.py", "one\n"), ("docs/read me.md", "read\n")], "One");
        let remote = fixture.remote();
        git(
            fixture.folder.path(),
            &["clone", "-q", remote.as_str(), "tree"],
        );
        fixture
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn author(&self) -> PathBuf {
        self.at("author")
    }

    /// Writes files (empty text: removes), commits and pushes.
    fn commit(&self, files: &[(&str, &str)], message: &str) -> CommitId {
        for (path, text) in files {
            let path = self.author().join(path);
            if text.is_empty() {
                fs::remove_file(path).unwrap()
            } else {
                write(&path, text)
            }
        }
        self.commit_all(message)
    }

    /// A second commit, fetched.
    async fn fetch_commit(&self, files: &[(&str, &str)]) -> CommitId {
        let commit = self.commit(files, "Two");
        self.fetch().await.unwrap();
        commit
    }

    fn commit_all(&self, message: &str) -> CommitId {
        git(&self.author(), &["add", "-A"]);
        git(
            &self.author(),
            &["commit", "-q", "--allow-empty", "-m", message],
        );
        self.push()
    }

    fn push(&self) -> CommitId {
        git(&self.author(), &["push", "-q", "--force", "origin", "HEAD"]);
        CommitId::parse(&git(&self.author(), &["rev-parse", "HEAD"])).unwrap()
    }

    fn path(&self, name: &str) -> TreePath {
        TreePath::parse(self.at(name).to_str().unwrap()).unwrap()
    }

    fn tree(&self) -> TreePath {
        self.path("tree")
    }

    fn origin(&self) -> Remote {
        Remote::parse("origin").unwrap()
    }

    fn remote(&self) -> Remote {
        Remote::parse(self.at("remote.git").to_str().unwrap()).unwrap()
    }

    fn mirror(&self) -> PathBuf {
        let mut mirrors = fs::read_dir(self.at("state/mirrors")).unwrap();
        mirrors.next().unwrap().unwrap().path()
    }

    fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.at("tree").join(path)).ok()
    }

    fn head(&self) -> String {
        git(&self.at("tree"), &["rev-parse", "HEAD"])
    }

    async fn fetch(&self) -> Result<(), CapabilityError> {
        self.program
            .fetch(&self.tree(), &self.origin(), &Auth::Plain)
            .await
    }

    async fn resolve(&self, text: &str) -> Result<Resolved, CapabilityError> {
        self.program
            .resolve(&self.tree(), &self.origin(), &reference(text))
            .await
    }

    async fn move_to(&self, commit: &CommitId) -> Result<Vec<String>, CapabilityError> {
        self.program
            .move_to(
                &self.tree(),
                &self.origin(),
                commit,
                Some(&reference("main")),
            )
            .await
    }

    async fn obstacles(&self, commit: &CommitId) -> Vec<Obstacle> {
        self.obstacles_but(commit, Allow::default()).await
    }

    async fn obstacles_but(&self, commit: &CommitId, allow: Allow) -> Vec<Obstacle> {
        self.program
            .obstacles(&self.tree(), &self.origin(), commit, allow)
            .await
            .unwrap()
    }
}

/// Path and kind of each.
fn told(obstacles: &[Obstacle]) -> Vec<(&str, &str)> {
    obstacles
        .iter()
        .map(|one| (one.path.as_str(), one.kind.as_str()))
        .collect()
}
