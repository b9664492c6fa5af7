//! A remote and the developer who pushes to it.

use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Repository {
    remote: PathBuf,
    developer: PathBuf,
}

impl Repository {
    pub fn new(folder: &Path) -> Self {
        let init = ["init", "--quiet", "--initial-branch=main"];
        git(folder, &[&init[..], &["--bare", "remote.git"]].concat());
        git(folder, &[&init[..], &["developer"]].concat());
        // The program may run as another user than the tests, who look at what is its.
        std::fs::write(folder.join("gitconfig"), "[safe]\n\tdirectory = *\n").unwrap();
        let (remote, developer) = (folder.join("remote.git"), folder.join("developer"));
        Self { remote, developer }
    }

    pub fn remote(&self) -> &Path {
        &self.remote
    }

    /// Writes files, commits everything and pushes; the commit's id. A file without content is
    /// removed.
    pub fn push(&self, subject: &str, files: &[(&str, String)]) -> String {
        for (path, content) in files {
            let path = self.developer.join(path);
            if content.is_empty() {
                std::fs::remove_file(path).unwrap();
                continue;
            }
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        git(&self.developer, &["add", "--all"]);
        git(
            &self.developer,
            &["commit", "--quiet", "--allow-empty", "--message", subject],
        );
        let remote = self.remote.to_str().unwrap();
        git(&self.developer, &["push", "--quiet", remote, "main"]);
        git(&self.developer, &["rev-parse", "HEAD"])
    }
}

/// git as a developer types it, in a folder of a site; what it said.
pub fn git(folder: &Path, words: &[&str]) -> String {
    let said = Command::new("git")
        .env("GIT_CONFIG_GLOBAL", folder.join("../gitconfig"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
        .arg("-C")
        .arg(folder)
        .args(words)
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "git {words:?}: {err}");
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}
