//! What is on this machine where a service mounts or builds from, and which of it counts.
//!
//! Owns this table. What git tracks in a work tree that the plan moves counts as git has it. What
//! lies there untracked counts by size, inode and time of change, where containers only read it or
//! an image is built from it. The file of a config or secret counts by its bytes, and so does what
//! the plan calls an input. All else is data: its path, kind and inode are told, not its content.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::disk_digest;
use super::file_view::FileView;
use super::model::{BuildModel, Model, MountModel, MountUse};
use crate::bounded_file::{BoundedFile, BoundedFileError};
use deployhost_policy::lexical_path::lexical_path;
use deployhost_runtime::capability::compose::{Content, Project, Source};

/// Largest file that is read for its digest, in bytes.
const LARGEST: usize = 16 * 1024 * 1024;
/// How far the time of a change may lie behind the clock: Linux stamps files with that of its last tick.
const TICK: SignedDuration = SignedDuration::from_millis(50);

/// Reads the sources of one rendering.
pub struct SourceReader<'a> {
    content: &'a dyn Content,
    project: &'a Project,
    view: &'a Arc<FileView>,
    /// What some container may write.
    writable: Vec<PathBuf>,
    /// Files that git does not track, in folders that it does.
    untracked: Vec<PathBuf>,
}

/// What lies at a path.
struct PathProbe {
    /// Without symlinks.
    real: PathBuf,
    kind: &'static str,
    identity: String,
}

/// What of a path is looked at on the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OnDisk {
    /// Size, inode and time of change of what git does not track.
    Untracked,
    /// Bytes.
    File,
    Nothing,
}

/// What is to be looked at.
struct Look {
    paths: Vec<PathBuf>,
    skipped: Vec<PathBuf>,
    /// Of a single file that is not too large, all bytes.
    bytes: bool,
}

impl<'a> SourceReader<'a> {
    /// `granted` tells the services that will be asked for.
    pub async fn of(
        model: &Model,
        content: &'a dyn Content,
        project: &'a Project,
        view: &'a Arc<FileView>,
        granted: impl Fn(&str) -> bool,
    ) -> Self {
        let mut reader = Self {
            content,
            project,
            view,
            writable: Vec::new(),
            untracked: Vec::new(),
        };
        let mut read_only = Vec::new();
        for (name, service) in &model.services {
            for mount in &service.mounts {
                match mount.usage {
                    MountUse::Writable => reader.writable.push(view.resolve(&mount.path)),
                    MountUse::ReadOnly if granted(name) => read_only.push(mount.path.as_path()),
                    MountUse::ReadOnly | MountUse::Definition => {}
                }
            }
            let build = service.build.as_ref().filter(|_| granted(name));
            read_only.extend(build.into_iter().flat_map(BuildModel::folders));
        }
        read_only.extend(project.settings.inputs.iter().map(PathBuf::as_path));
        let folders = read_only.into_iter().map(|path| view.resolve(path));
        let folders: Vec<PathBuf> = folders.filter(|it| it.is_dir()).collect();
        if !folders.is_empty() {
            reader.untracked = content.untracked(&folders).await;
        }
        reader
    }

    /// A path of the file, as it is seen.
    pub async fn mount(&self, mount: &MountModel) -> Source {
        let on_disk = match mount.usage {
            MountUse::Writable => OnDisk::Nothing,
            MountUse::ReadOnly => OnDisk::Untracked,
            MountUse::Definition => OnDisk::File,
        };
        self.source(&mount.path, on_disk).await
    }

    /// A build context. What a Dockerfile outside of it holds is in its content, and so is what the
    /// other folders hold that the build reads.
    pub async fn context(&self, build: &BuildModel) -> Source {
        let path = PathBuf::from(&build.context);
        if !path.is_absolute() {
            // A URL: what it holds is for the builder to find out.
            return Source {
                path: build.context.clone(),
                kind: "missing".into(),
                identity: String::new(),
                content: String::new(),
            };
        }
        let mut source = self.source(&path, OnDisk::Untracked).await;
        for other in build.others.iter().map(|it| lexical_path(it)) {
            let other = self.source(&other, OnDisk::Untracked).await.content;
            // What is not known of a part is not known of the whole.
            source.content = match source.content.is_empty() || other.is_empty() {
                true => String::new(),
                false => format!("{}+{other}", source.content),
            };
        }
        source
    }

    /// Has nothing changed on the disk since then, of what counts? False where it cannot be told.
    pub async fn unchanged_since(&self, mounts: &[MountModel], since: Timestamp) -> bool {
        for mount in mounts {
            if !self.is_unchanged_since(mount, since).await {
                return false;
            }
        }
        true
    }

    async fn is_unchanged_since(&self, mount: &MountModel, since: Timestamp) -> bool {
        if self.mount(mount).await.content.is_empty() {
            return true;
        }
        let (real, skipped) = (self.view.resolve(&mount.path), self.writable.clone());
        let newest = tokio::task::spawn_blocking(move || {
            let own = |it: &PathBuf| !real.starts_with(it);
            let skipped: Vec<PathBuf> = skipped.into_iter().filter(own).collect();
            disk_digest::newest_change(&real, &skipped)
        });
        let newest = newest.await.ok().flatten();
        let surely_before = since.checked_sub(TICK);
        newest.is_some_and(|newest| surely_before.is_ok_and(|before| newest < before))
    }

    async fn source(&self, path: &Path, on_disk: OnDisk) -> Source {
        let (asked, view) = (path.to_path_buf(), Arc::clone(self.view));
        let probed = tokio::task::spawn_blocking(move || probe(&asked, &view)).await;
        let probed = probed.unwrap_or_else(|_| PathProbe {
            real: path.to_path_buf(),
            kind: "missing",
            identity: String::new(),
        });
        let held = self
            .content
            .content(&probed.real, self.project.commit())
            .await;
        let mut parts: Vec<String> = held.clone().flatten().into_iter().collect();
        parts.extend(self.on_disk(&probed, held.as_ref(), on_disk).await);
        Source {
            path: path.to_string_lossy().into_owned(),
            kind: probed.kind.into(),
            identity: probed.identity,
            content: parts.join("+"),
        }
    }

    /// What counts of the disk. `held`: as [`Content::content`] has it.
    async fn on_disk(
        &self,
        probed: &PathProbe,
        held: Option<&Option<String>>,
        on_disk: OnDisk,
    ) -> Vec<String> {
        let real = &probed.real;
        let mut looks = Vec::new();
        match (held, on_disk) {
            (Some(None), OnDisk::Untracked) if probed.kind == "file" => looks.push(Look {
                paths: vec![real.clone()],
                skipped: self.writable.clone(),
                bytes: false,
            }),
            (Some(_), OnDisk::Untracked) => {
                looks.extend(self.untracked_in(real, &self.writable));
            }
            (None | Some(None), OnDisk::File) => looks.push(Look::whole(real.clone())),
            _ => {}
        }
        for input in &self.project.settings.inputs {
            let input = self.view.resolve(input);
            let inside = match (real.starts_with(&input), input.starts_with(real)) {
                (true, _) => real.clone(),
                (_, true) => input,
                _ => continue,
            };
            let tracked = self.content.content(&inside, self.project.commit()).await;
            match tracked.flatten() {
                Some(_) => looks.extend(self.untracked_in(&inside, &[])),
                None => looks.push(Look::whole(inside)),
            }
        }
        if looks.is_empty() {
            return Vec::new();
        }
        let view = Arc::clone(self.view);
        let digests = move || looks.iter().filter_map(|it| it.digest(&view)).collect();
        let digests = tokio::task::spawn_blocking(digests).await;
        digests.unwrap_or_default()
    }

    /// None: git tracks all that is there.
    fn untracked_in(&self, folder: &Path, skipped: &[PathBuf]) -> Option<Look> {
        let inside = self.untracked.iter().filter(|it| it.starts_with(folder));
        let paths: Vec<PathBuf> = inside.cloned().collect();
        (!paths.is_empty()).then(|| Look {
            paths,
            skipped: skipped.to_vec(),
            bytes: false,
        })
    }
}

impl Look {
    fn whole(path: PathBuf) -> Self {
        Self {
            paths: vec![path],
            skipped: Vec::new(),
            bytes: true,
        }
    }

    /// None: it cannot be told.
    fn digest(&self, view: &FileView) -> Option<String> {
        let file = self.paths.first().filter(|_| self.bytes);
        let bytes = file.and_then(|it| hash(it, view).ok());
        bytes.or_else(|| disk_digest::of(&self.paths, &self.skipped))
    }
}

fn probe(path: &Path, view: &FileView) -> PathProbe {
    let real = view.resolve(path);
    let Ok(data) = view.metadata(path) else {
        return PathProbe {
            real,
            kind: "missing",
            identity: String::new(),
        };
    };
    PathProbe {
        kind: if data.is_dir() {
            "folder"
        } else if data.is_file() {
            "file"
        } else {
            "other"
        },
        // What a move leaves there stays the same; what it makes has no identity yet.
        identity: fs::metadata(&real).map_or_else(
            |_| String::new(),
            |data| format!("{}:{}", data.dev(), data.ino()),
        ),
        real,
    }
}

fn hash(path: &Path, view: &FileView) -> Result<String, BoundedFileError> {
    let file = BoundedFile::open(&view.place(path)?)?;
    if file.stat().st_size as u64 > LARGEST as u64 {
        return Err(BoundedFileError::TooLarge { most: LARGEST });
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file.into_reader(LARGEST))?;
    Ok(hasher.finalize().to_hex().to_string())
}

#[cfg(test)]
mod tests;
