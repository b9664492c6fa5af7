//! Where a case takes place: a folder of its own with what the case puts there. Dropped, nothing is
//! left of it.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::{CWD, Mode};
use tempfile::TempDir;

use super::case::{Case, Made, Text, Thing};
use super::installation::Installation;
use crate::support::misbehaving_plugin::set_manner;
use crate::support::program;

pub struct CaseFolder {
    folder: TempDir,
    mounted: Vec<PathBuf>,
}

impl CaseFolder {
    pub fn new(case: &Case, installation: &Installation) -> Self {
        let folder = tempfile::Builder::new().prefix("dhr").tempdir().unwrap();
        let mut new = Self {
            folder,
            mounted: Vec::new(),
        };
        fs::set_permissions(new.path(""), Permissions::from_mode(0o755)).unwrap();
        if !case
            .files
            .keys()
            .any(|path| path == "state" || path.starts_with("state/"))
        {
            new.make_state(installation, case.user);
        }
        for (path, thing) in &case.files {
            new.make(path, thing, installation);
        }
        // Those of folders last: nothing can be made in a folder without rights.
        for (path, thing) in case.files.iter().rev() {
            if let Thing::Made(made) = thing {
                own(&new.path(path), made);
            }
        }
        new
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// `{here}` is this folder.
    pub fn expand(&self, text: &str) -> String {
        let here = self.folder.path().to_str().unwrap();
        text.replace("{here}", here)
    }

    /// A state folder in which every plugin is compiled already.
    fn make_state(&self, installation: &Installation, user: Option<u32>) {
        for folder in ["state", "state/compiled"] {
            fs::create_dir(self.path(folder)).unwrap();
            fs::set_permissions(self.path(folder), Permissions::from_mode(0o700)).unwrap();
            chown(self.path(folder), user, user).unwrap();
        }
        for entry in fs::read_dir(installation.compiled()).unwrap() {
            let entry = entry.unwrap();
            let new = self.path("state/compiled").join(entry.file_name());
            match user {
                // The program never writes into these files: it replaces them.
                None => fs::hard_link(entry.path(), &new).unwrap(),
                Some(_) => {
                    fs::copy(entry.path(), &new).unwrap();
                    chown(&new, user, user).unwrap();
                }
            }
        }
    }

    fn make(&mut self, path: &str, thing: &Thing, installation: &Installation) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let made = match thing {
            Thing::Text(text) => return self.write(&path, text),
            Thing::Made(made) => made,
        };
        if made.folder {
            fs::create_dir_all(&path).unwrap();
        } else if made.pipe {
            rustix::fs::mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR).unwrap();
        } else if let Some(to) = &made.link {
            symlink(self.expand(to), &path).unwrap();
        } else if let Some(name) = &made.program {
            symlink(found(name), &path).unwrap();
        } else if made.socket {
            drop(UnixListener::bind(&path).unwrap());
        } else if let Some(size) = &made.room {
            fs::create_dir_all(&path).unwrap();
            let options = format!("size={size},mode=0700");
            run(Command::new("mount")
                .args(["-t", "tmpfs", "-o", &options, "none"])
                .arg(&path));
            self.mounted.push(path);
        } else if let Some(files) = &made.git {
            self.commit(&path, files);
        } else if let Some(statements) = &made.database {
            let database = rusqlite::Connection::open(&path).unwrap();
            database.execute_batch(statements).unwrap();
        } else if let Some(guest) = &made.guest {
            fs::write(&path, guest.component()).unwrap();
        } else if let Some(manner) = &made.misbehaving {
            fs::write(&path, set_manner(installation.misbehaving(), manner)).unwrap();
        } else if made.precompiled {
            fs::write(&path, installation.precompiled()).unwrap();
        } else if let Some(plugin) = &made.of {
            let mut bytes = fs::read(program::plugins().join(plugin)).unwrap();
            if let Some([word, other]) = &made.swap {
                swap(&mut bytes, word.as_bytes(), other.as_bytes());
            }
            let keep = bytes.len() * made.hundredths.unwrap_or(100) / 100;
            fs::write(&path, &bytes[..keep]).unwrap();
        } else {
            let begin = made
                .text
                .as_ref()
                .map(|text| text.bytes(|it| self.expand(it)));
            let mut bytes = begin.unwrap_or_default();
            bytes.extend(random(made.random.unwrap_or(0)));
            fs::write(&path, bytes).unwrap();
        }
    }

    fn write(&self, path: &Path, text: &Text) {
        fs::write(path, text.bytes(|it| self.expand(it))).unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
    }

    /// Always the same commit for the same files.
    fn commit(&self, top: &Path, files: &BTreeMap<String, String>) {
        fs::create_dir_all(top).unwrap();
        for (path, text) in files {
            let path = top.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, self.expand(text)).unwrap();
        }
        let git = |words: &[&str]| {
            let mut git = Command::new("git");
            git.arg("-C").arg(top).args(words).env_clear();
            git.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
            git.env("GIT_CONFIG_GLOBAL", "/dev/null")
                .env("GIT_CONFIG_NOSYSTEM", "1");
            for who in ["AUTHOR", "COMMITTER"] {
                git.env(format!("GIT_{who}_NAME"), "Ada");
                git.env(format!("GIT_{who}_EMAIL"), "ada@example.org");
                git.env(format!("GIT_{who}_DATE"), "2026-01-02T03:04:05Z");
            }
            run(&mut git);
        };
        git(&["init", "--quiet", "--initial-branch=main"]);
        git(&["add", "--all"]);
        git(&["commit", "--quiet", "--allow-empty", "--message", "First"]);
    }
}

impl Drop for CaseFolder {
    fn drop(&mut self) {
        for path in &self.mounted {
            let _left = Command::new("umount").arg("--lazy").arg(path).status();
        }
    }
}

/// Where the shell would find a program.
fn found(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut places = std::env::split_paths(&path).map(|folder| folder.join(name));
    places
        .find(|it| it.is_file())
        .unwrap_or_else(|| panic!("{name} is not installed"))
}

fn own(path: &Path, made: &Made) {
    if let Some(mode) = &made.mode {
        let mode = u32::from_str_radix(mode, 8).unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
    if let Some(owner) = made.owner {
        give(path, owner);
    }
}

fn give(path: &Path, owner: u32) {
    chown(path, Some(owner), Some(owner)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path(), owner);
        }
    }
}

pub fn run(command: &mut Command) {
    let ended = command.output().unwrap();
    let err = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{command:?}: {err}");
}

fn swap(bytes: &mut [u8], word: &[u8], other: &[u8]) {
    assert_eq!(word.len(), other.len(), "one as long must take its place");
    let mut at = 0;
    let mut swapped = 0;
    while at + word.len() <= bytes.len() {
        if bytes[at..].starts_with(word) {
            bytes[at..at + word.len()].copy_from_slice(other);
            swapped += 1;
        }
        at += 1;
    }
    assert!(
        swapped > 0,
        "{} is not in it",
        String::from_utf8_lossy(word)
    );
}

/// Marsaglia's xorshift: looks like anything, and is always the same.
fn random(length: usize) -> impl Iterator<Item = u8> {
    let mut word = 0x2545_f491_4f6c_dd1d_u64;
    std::iter::repeat_with(move || {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        word.to_le_bytes()[3]
    })
    .take(length)
}
