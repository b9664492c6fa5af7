//! What a move of a work tree would change on the disk, laid out as a layer over it.
//!
//! Owns which files differ and how they are written: as the commit has them, and, for what would go
//! away, the device 0:0 that an overlay file system takes for a deletion. The work tree, its index
//! and its references stay untouched.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path as OsPath, PathBuf};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::GitProgram;
use super::conflict::differing;
use super::disk::ChangeKind;
use super::mirror::holding;
use super::problem::refused_by_system;
use super::program::Repository;
use super::setup::Setup;
use super::tree::TreeState;
use deployhost_runtime::capability::error::CapabilityError;
use deployhost_runtime::capability::git::{CommitId, TreePath};

/// Most files that are laid out.
const MOST: usize = 20_000;

impl GitProgram {
    /// Lays out in `into`, an empty folder, what a move of `tree` to `commit` would change. False:
    /// there is no tree yet, or more than 20,000 files differ.
    /// A file beside `into`, of its name with `.index`, is written too.
    pub async fn lay_out(
        &self,
        tree: &TreePath,
        commit: &CommitId,
        into: &OsPath,
    ) -> Result<bool, CapabilityError> {
        let TreeState::WorkTreePaths(tree) = self.place(tree).await? else {
            return Ok(false);
        };
        let mirrors = holding(&self.mirrors(), commit);
        let objects: Vec<PathBuf> = mirrors.iter().map(|it| it.join("objects")).collect();
        let setup = Setup::of(self, &tree).await?;
        let in_tree = setup.quiet(self.on(&tree.repository()));
        let changes = differing(in_tree.objects_of(&objects), commit).await?;
        if changes.len() > MOST {
            return Ok(false);
        }
        let (going, written): (Vec<_>, Vec<_>) = changes
            .into_iter()
            .partition(|it| it.kind == ChangeKind::Goes);
        let laid_out = Repository {
            folder: into.to_owned(),
            git_dir: tree.git_dir,
            work_tree: Some(into.to_owned()),
        };
        let index = into.with_extension("index");
        let on_layer = || {
            setup
                .quiet(self.on(&laid_out))
                .objects_of(&objects)
                .variable("GIT_INDEX_FILE", &index)
        };
        if !written.is_empty() {
            let read = on_layer().words("read-tree").arguments([commit.as_str()]);
            read.done().await?;
            let mut names = Vec::new();
            for change in &written {
                names.extend_from_slice(change.path.as_os_str().as_bytes());
                names.push(0);
            }
            let write = on_layer().words("checkout-index --force --quiet -z --stdin");
            write.input(names).done().await?;
        }
        for change in going {
            delete(into, &change.path).map_err(|error| {
                let what = "a deletion cannot be laid out";
                refused_by_system("git.layer-unwritten", what, into, error)
            })?;
        }
        Ok(true)
    }
}

/// Hides a path below, where nothing of the layer does so already. A symlink of the commit on the way
/// is such a thing, and is never followed.
fn delete(layer: &OsPath, path: &OsPath) -> io::Result<()> {
    let mut at = layer.to_owned();
    let mut parts = path.components().peekable();
    while let Some(part) = parts.next() {
        let Component::Normal(name) = part else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        at.push(name);
        match (fs::symlink_metadata(&at), parts.peek().is_some()) {
            (Ok(there), true) if there.is_dir() => {}
            (Ok(_), _) => return Ok(()),
            (Err(error), _) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            (Err(_), true) => fs::create_dir(&at)?,
            (Err(_), false) => mknodat(CWD, &at, FileType::CharacterDevice, Mode::empty(), 0)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
