//! What keeps a commit from being brought into a work tree.
//!
//! Asks git what the commit holds and what would change; what stands in the way of that on the
//! disk is `disk`'s. Nothing is touched.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::checkout::commit_at;
use super::disk::{Change, ChangeKind, Disk, nearest, unwritable};
use super::filters::ListedCommit;
use super::listing::{as_path, words};
use super::mirror::Mirror;
use super::pending_move::interrupted_at;
use super::program::GitCommand;
use super::setup::Setup;
use super::tree::{TreeState, WorkTreePaths};
use super::{GitProgram, object};
use deployhost_policy::Diagnostic;
use deployhost_policy::text::cut;
use deployhost_runtime::capability::error::{CapabilityError, OfKind};
use deployhost_runtime::capability::git::{Allow, CommitId, Obstacle};
use deployhost_runtime::redaction_scope::redact_in_scope;

/// Git's name for files of attributes.
const ATTRIBUTES: &str = ".gitattributes";
/// Most obstacles that are told.
pub(super) const MOST: usize = 100;

pub(super) async fn of(
    git: &GitProgram,
    top: &Path,
    place: TreeState,
    setup: &Setup,
    mirror: &Mirror<'_>,
    commit: &CommitId,
    allow: Allow,
) -> Result<Vec<Obstacle>, CapabilityError> {
    let held = refused_entries(git, setup, mirror, commit, allow);
    let found = match place {
        TreeState::WorkTreePaths(tree) => {
            setup.refuse_smudging(&tree.top)?;
            let (held, (changes, ours), hidden) = tokio::try_join!(
                held,
                pending(git, &tree, setup, mirror, commit),
                hidden(git, &tree)
            )?;
            let hidden = changed_since_hidden(git, &tree, mirror, commit, hidden).await?;
            let look = move || {
                let disk = Disk {
                    top: &tree.top,
                    changes: &changes,
                    ours: &ours,
                };
                let mut found = held;
                found.extend(hidden);
                found.extend(disk.in_the_way());
                found.extend(disk.unwritable(&tree));
                found
            };
            tokio::task::spawn_blocking(look).await.map_err(|error| {
                let message = format!("looking for obstacles ended: {error}");
                Diagnostic::new("internal.task-ended", message).other()
            })?
        }
        TreeState::Missing | TreeState::Empty => {
            let mut found = held.await?;
            let at = nearest(top);
            found.extend(unwritable(at, at.display().to_string()));
            found
        }
    };
    Ok(found.into_iter().take(MOST).collect())
}

/// Files of the commit that a filter makes, and symlinks and submodules that are not allowed.
async fn refused_entries(
    git: &GitProgram,
    setup: &Setup,
    mirror: &Mirror<'_>,
    commit: &CommitId,
    allow: Allow,
) -> Result<Vec<Obstacle>, CapabilityError> {
    let list = mirror
        .command()
        .long()
        .words("ls-tree -r -z --full-tree --end-of-options")
        .arguments([commit.as_str()]);
    let listing = git.answers.done(list).await?;
    let mut listed = ListedCommit {
        mirror,
        commit,
        paths: Vec::new(),
        attributes: Vec::new(),
    };
    let (mut found, mut links) = (Vec::new(), Vec::new());
    for entry in words(&listing.out) {
        let name = entry.iter().position(|byte| *byte == b'\t');
        let name = name.map_or(&[][..], |tab| &entry[tab + 1..]);
        listed.paths.push(name);
        let entry = String::from_utf8_lossy(entry);
        let Some((about, path)) = entry.split_once('\t') else {
            continue;
        };
        let id = about.rsplit(' ').next().unwrap_or_default();
        if path.rsplit('/').next() == Some(ATTRIBUTES) {
            listed.attributes.push(id.to_owned());
        }
        let (kind, detail) = match about.split(' ').next() {
            Some("120000") if !allow.symlinks => {
                links.push(id.to_owned());
                ("symlink", String::new())
            }
            Some("160000") if !allow.submodules => (
                "submodule",
                format!("commit {} of another repository", cut(id, 7)),
            ),
            _ => continue,
        };
        if found.len() < MOST {
            found.push(Obstacle {
                path: path.to_owned(),
                kind: kind.into(),
                detail,
            });
        }
    }
    if !links.is_empty() {
        let mut targets = git
            .objects
            .contents(mirror.command(), &links)
            .await?
            .into_iter();
        for link in found.iter_mut().filter(|one| one.kind == "symlink") {
            let target = targets.next().and_then(object::ObjectLookup::ok);
            let target = target
                .map(|to| String::from_utf8_lossy(&to.content).into_owned())
                .unwrap_or_default();
            link.detail = format!("leads to {}", redact_in_scope(&target, 200));
        }
    }
    found.extend(listed.filtered(git, setup).await?);
    Ok(found)
}

/// Tracked files that git was told not to look at, by the words for that: what differs in them it does
/// not see, and a move loses it or ends half-way.
async fn hidden(
    git: &GitProgram,
    tree: &WorkTreePaths,
) -> Result<Vec<(PathBuf, &'static str)>, CapabilityError> {
    let list = git.on(&tree.repository()).long().words("ls-files -v -z");
    let listed = list.done().await?.out;
    let flagged = words(&listed).filter_map(|entry| {
        let (flag, path) = (*entry.first()?, entry.get(2..)?);
        let word = match flag {
            // A sparse checkout's files are not there at all.
            b'S' | b's' if fs::symlink_metadata(tree.top.join(as_path(path))).is_err() => {
                return None;
            }
            b'S' | b's' => "skip-worktree",
            _ if flag.is_ascii_lowercase() => "assume-unchanged",
            _ => return None,
        };
        Some((as_path(path), word))
    });
    Ok(flagged.collect())
}

/// Of these, what the commit changes.
async fn changed_since_hidden(
    git: &GitProgram,
    tree: &WorkTreePaths,
    mirror: &Mirror<'_>,
    commit: &CommitId,
    hidden: Vec<(PathBuf, &'static str)>,
) -> Result<Vec<Obstacle>, CapabilityError> {
    if hidden.is_empty() {
        return Ok(Vec::new());
    }
    // Between the commits, since the index only says what git was told to believe.
    let differ = git
        .on(&tree.repository())
        .objects_of(&[mirror.objects()])
        .long()
        .words("diff-tree -r -z --name-only --no-renames --end-of-options HEAD")
        .arguments([commit.as_str()]);
    let listed = differ.done().await?.out;
    let changed: HashSet<PathBuf> = words(&listed).map(as_path).collect();
    let in_the_way = hidden
        .into_iter()
        .filter(|(path, _)| changed.contains(path));
    let obstacle = |(path, word): (PathBuf, &str)| Obstacle {
        path: path.to_string_lossy().into_owned(),
        kind: "hidden".to_owned(),
        detail: word.to_owned(),
    };
    Ok(in_the_way.map(obstacle).collect())
}

/// What would change, and which untracked paths are a killed checkout's.
async fn pending(
    git: &GitProgram,
    tree: &WorkTreePaths,
    setup: &Setup,
    mirror: &Mirror<'_>,
    commit: &CommitId,
) -> Result<(Vec<Change>, HashSet<PathBuf>), CapabilityError> {
    let in_tree = || git.on(&tree.repository());
    let differing = differing(
        setup.quiet(in_tree()).objects_of(&[mirror.objects()]),
        commit,
    );
    let ours = async {
        let head = commit_at(git, in_tree(), "HEAD").await?;
        let Some(to) = interrupted_at(git, in_tree(), head.as_deref()).await? else {
            return Ok(HashSet::new());
        };
        let listing = in_tree()
            .long()
            .words("ls-tree -r -z --name-only --full-tree --end-of-options")
            .arguments([&to])
            .done()
            .await?;
        Ok(words(&listing.out).map(as_path).collect())
    };
    tokio::try_join!(differing, ours)
}

/// How a work tree, with what was changed in it by hand, differs from a commit.
pub(super) async fn differing(
    in_tree: GitCommand,
    commit: &CommitId,
) -> Result<Vec<Change>, CapabilityError> {
    let differing = in_tree
        .long()
        .words("diff-index -z --no-renames --name-status --ignore-submodules=all")
        .arguments(["--end-of-options", commit.as_str(), "--"])
        .done()
        .await?;
    let mut words = words(&differing.out);
    let mut changes = Vec::new();
    while let (Some(status), Some(name)) = (words.next(), words.next()) {
        let kind = match status {
            b"D" => ChangeKind::Comes,
            b"A" => ChangeKind::Goes,
            _ => ChangeKind::Changes,
        };
        let path = as_path(name);
        changes.push(Change { path, kind });
    }
    Ok(changes)
}
