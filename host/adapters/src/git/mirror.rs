//! The host's own bare copy of a remote: what `fetch` brings and everything else reads.
//!
//! Branches and tags follow the remote, wherever it was rewritten to. What was deployed is kept
//! besides, under `refs/deployhost/`: no force push, deleted branch or clean-up of the mirror
//! loses a release.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::object::ObjectLookup;
use super::problem::{in_remote, refused_by_system};
use super::program::{GitCommand, Repository};
use super::setup::FetchSource;
use super::{GitProgram, auth, refusal, stale_locks};
use crate::child::Finished;
use deployhost_policy::Diagnostic;
use deployhost_runtime::capability::error::{CapabilityError, OfKind};
use deployhost_runtime::capability::git::{Auth, CommitId, Ref, Resolved, TreePath};

/// Faults of old history that harm nobody and cannot be mended any more.
const HARMLESS: [&str; 8] = [
    "zeroPaddedFilemode",
    "missingSpaceBeforeDate",
    "missingSpaceBeforeEmail",
    "missingEmail",
    "badEmail",
    "badTimezone",
    "badDateOverflow",
    "multipleAuthors",
];

/// How many commits are looked through for an ancestor before git is asked.
const NEAREST: usize = 32;
/// How long one fetch waits for another of the same remote.
const BUSY: Duration = Duration::from_secs(5 * 60);

/// Names the URL and the object format, one a line; its presence says that the mirror is made.
const ABOUT: &str = "deployhost";

pub(super) struct Mirror<'a> {
    git: &'a GitProgram,
    source: &'a FetchSource,
    folder: PathBuf,
}

impl<'a> Mirror<'a> {
    pub fn of(git: &'a GitProgram, source: &'a FetchSource) -> Self {
        let name = blake3::hash(source.url.as_bytes()).to_hex();
        let folder = git.mirrors().join(format!("{}.git", &name[..32]));
        Self {
            git,
            source,
            folder,
        }
    }

    /// One that has been fetched.
    pub fn made(self) -> Result<Self, CapabilityError> {
        if self.folder.join(ABOUT).exists() {
            return Ok(self);
        }
        Err(Diagnostic::new(
            "git.not-fetched",
            format!("nothing was fetched from {} yet", self.source.url),
        )
        .help("fetch first")
        .parameter("url", self.source.url.as_str())
        .not_found())
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn objects(&self) -> PathBuf {
        self.folder.join("objects")
    }

    pub fn command(&self) -> GitCommand {
        self.git.on_mirror(&self.folder)
    }

    /// Brings branches and tags up to date, for the work tree that asks.
    pub async fn fetch(&self, auth: &Auth, tree: &TreePath) -> Result<(), CapabilityError> {
        let fresh = !self.folder.join(ABOUT).exists();
        let mut folders = fs::DirBuilder::new();
        folders.recursive(true).mode(0o700);
        folders
            .create(&self.folder)
            .and_then(|()| folders.create(self.git.home()))
            .map_err(|error| {
                refused_by_system("git.mirror-unmade", "cannot be made", &self.folder, error)
            })?;
        let _held = self.hold().await?;
        if fresh {
            self.make("sha1").await?;
        }
        let began = SystemTime::now();
        let mut finished = self.fetch_once(auth).await?;
        if fresh && finished.stderr.contains("mismatched algorithms") {
            for part in ["HEAD", "config", "objects", "refs"] {
                let part = self.folder.join(part);
                let _ = if part.is_dir() {
                    fs::remove_dir_all(part)
                } else {
                    fs::remove_file(part)
                };
            }
            self.make("sha256").await?;
            finished = self.fetch_once(auth).await?;
        }
        let locked = finished.stderr.contains(".lock': File exists");
        if locked && !stale_locks::clear(&self.folder, &self.folder, began)?.is_empty() {
            finished = self.fetch_once(auth).await?;
        }
        match finished.code {
            Some(0) => Ok(()),
            _ => Err(refusal::of(self.source, &finished, auth, tree)),
        }
    }

    async fn fetch_once(&self, auth: &Auth) -> Result<Finished, CapabilityError> {
        let mut command = self
            .command()
            .config("transfer.fsckObjects", "true")
            .words("fetch --quiet --prune --no-tags --no-write-fetch-head")
            .words("--no-recurse-submodules --upload-pack=git-upload-pack --end-of-options")
            .arguments([
                self.source.url.as_str(),
                "+refs/heads/*:refs/heads/*",
                "+refs/tags/*:refs/tags/*",
            ]);
        for fault in HARMLESS {
            command = command.config(format!("fetch.fsck.{fault}"), "ignore");
        }
        auth::authenticate(command, self.source, auth)?.run().await
    }

    async fn make(&self, format: &str) -> Result<(), CapabilityError> {
        self.command()
            .words("init --quiet --bare --template=")
            .arguments([format!("--object-format={format}")])
            .done()
            .await?;
        let about = format!("{}\n{format}\n", self.source.url);
        let path = self.folder.join(ABOUT);
        let written = ours().truncate(true).write(true).open(&path);
        written
            .and_then(|mut file| file.write_all(about.as_bytes()))
            .map_err(|error| {
                refused_by_system("git.mirror-unwritten", "cannot be written", &path, error)
            })
    }

    /// Fetches into one mirror wait for each other: git's own locks would make one of them fail.
    async fn hold(&self) -> Result<File, CapabilityError> {
        let path = self.folder.join(format!("{ABOUT}.busy"));
        let failed = |error: std::io::Error| {
            refused_by_system("git.mirror-unlocked", "cannot be locked", &path, error)
        };
        let file = ours().append(true).open(&path).map_err(failed)?;
        let since = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock)
                    if since.elapsed() < BUSY.min(self.git.deadline()) =>
                {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(Diagnostic::new(
                        "git.fetch-busy",
                        format!("another fetch from {} is still going on", self.source.url),
                    )
                    .help("try again")
                    .parameter("url", self.source.url.as_str())
                    .unreachable());
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
    }

    /// What a ref stands for, as of the last fetch: a branch before a tag before a commit id.
    pub async fn resolve(
        &self,
        tree: &TreePath,
        reference: &Ref,
    ) -> Result<Resolved, CapabilityError> {
        let seen = seen(tree, reference);
        let mut names = vec![
            format!("refs/heads/{reference}^{{commit}}"),
            format!("refs/tags/{reference}^{{commit}}"),
            format!("{seen}^{{commit}}"),
        ];
        if reference.is_hex() {
            names.push(format!("{reference}^{{commit}}"));
        }
        let answers = self.git.objects.contents(self.command(), &names).await?;
        let mut answers = answers.into_iter();
        let mut next = || answers.next().unwrap_or(ObjectLookup::Missing);
        let (branch, tag, seen, id) = (next(), next(), next(), next());
        let commit = match (branch, tag, id) {
            (ObjectLookup::Is(at), ..) => {
                let rewritten_from = match seen.ok() {
                    Some(old) if !self.leads_to(&old.id, &at.id).await? => Some(old.id),
                    _ => None,
                };
                return Ok(Resolved {
                    commit: at.commit(),
                    kind: "branch".into(),
                    rewritten_from,
                });
            }
            (_, ObjectLookup::Is(at), _) => (at, "tag"),
            (_, _, ObjectLookup::Is(at)) => (at, "commit"),
            (_, _, ObjectLookup::Ambiguous) => {
                return Err(in_remote(
                    "git.ref-ambiguous",
                    format!("`{reference}` begins several objects' ids"),
                    self.source,
                )
                .help("write more digits")
                .parameter("ref", reference.to_string())
                .invalid());
            }
            (_, _, ObjectLookup::Missing) => {
                return Err(in_remote(
                    "git.ref-missing",
                    format!("there is no branch, tag or commit `{reference}`"),
                    self.source,
                )
                .parameter("ref", reference.to_string())
                .not_found());
            }
        };
        Ok(Resolved {
            commit: commit.0.commit(),
            kind: commit.1.into(),
            rewritten_from: None,
        })
    }

    /// Is `old` the same as `new`, or an ancestor of it? Looked for among the nearest, which takes no
    /// program of its own; then asked.
    async fn leads_to(&self, old: &str, new: &str) -> Result<bool, CapabilityError> {
        let mut generation = vec![new.to_owned()];
        let mut seen = 0;
        while !generation.is_empty() && seen <= NEAREST {
            if generation.iter().any(|id| id == old) {
                return Ok(true);
            }
            seen += generation.len();
            let commits = self.git.objects.contents(self.command(), &generation);
            let commits = commits.await?.into_iter().filter_map(ObjectLookup::ok);
            let parents: BTreeSet<String> = commits
                .flat_map(|it| it.parents().collect::<Vec<_>>())
                .collect();
            generation = parents.into_iter().collect();
        }
        let command = self
            .command()
            .words("merge-base --is-ancestor --end-of-options")
            .arguments([old, new]);
        let answer = self.git.answers.done_or(1, command).await?;
        Ok(answer.code == Some(0))
    }
}

/// The ref that keeps a deployed commit.
pub(super) fn kept(commit: &str) -> String {
    format!("refs/deployhost/kept/{commit}")
}

/// The ref that says where a tree last saw a branch. Hashed: branches `a` and `a/b` may follow
/// each other, which refs of these names could not.
pub(super) fn seen(tree: &TreePath, reference: &Ref) -> String {
    let name = blake3::hash(format!("{tree}\0{reference}").as_bytes()).to_hex();
    format!("refs/deployhost/seen/{}", &name[..32])
}

/// For files that no other user reads, whatever the umask.
fn ours() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).mode(0o600);
    options
}

impl GitProgram {
    /// On a mirror's folder.
    pub(super) fn on_mirror(&self, folder: &Path) -> GitCommand {
        let repository = Repository {
            folder: folder.to_owned(),
            git_dir: folder.to_owned(),
            work_tree: None,
        };
        // What is kept is for this user alone, whatever the umask.
        let command = self.on(&repository);
        command.config("core.sharedRepository", "0600")
    }
}

/// Every mirror that could hold this commit.
pub(super) fn holding(mirrors: &Path, commit: &CommitId) -> Vec<PathBuf> {
    let format = if commit.as_str().len() == 64 {
        "sha256"
    } else {
        "sha1"
    };
    let Ok(entries) = fs::read_dir(mirrors) else {
        return Vec::new();
    };
    let fits = |folder: &PathBuf| {
        fs::read_to_string(folder.join(ABOUT))
            .is_ok_and(|about| about.lines().nth(1) == Some(format))
    };
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(fits)
        .collect()
}
