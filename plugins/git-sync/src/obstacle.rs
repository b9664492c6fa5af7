//! What is in the way, in words that name the files. Pure.

use deployhost_plugin::git::Obstacle;
use deployhost_plugin::{Commit, Failure};

use crate::proposal::names;

/// Files named of each kind.
const NAMED: usize = 10;

/// None: the way is free.
pub fn refusal(tree: &str, next: &Commit, obstacles: &[Obstacle]) -> Option<Failure> {
    if obstacles.is_empty() {
        return None;
    }
    let mut kinds: Vec<&str> = Vec::new();
    for obstacle in obstacles {
        if !kinds.contains(&obstacle.kind.as_str()) {
            kinds.push(&obstacle.kind);
        }
    }
    let reasons: Vec<String> = kinds
        .into_iter()
        .map(|kind| {
            let of_kind: Vec<String> = obstacles
                .iter()
                .filter(|obstacle| obstacle.kind == kind)
                .map(named)
                .collect();
            format!("{}: {}", meaning(kind), names(&of_kind, NAMED))
        })
        .collect();
    let message = format!(
        "{tree} cannot be moved to {}, and nothing was: {}",
        next.short(),
        reasons.join("; ")
    );
    // What the commit itself must not hold is refused: nothing on this machine can change that.
    let of_commit = |it: &Obstacle| matches!(it.kind.as_str(), "symlink" | "submodule" | "filter");
    let refused = match obstacles.iter().all(of_commit) {
        true => Failure::config,
        false => Failure::permanent,
    };
    let failure = refused("git-sync.move-obstructed", message)
        .parameter("tree", tree)
        .parameter("commit", &next.id);
    let paths = obstacles.iter().take(NAMED);
    Some(paths.fold(failure, |failure, obstacle| {
        failure.parameter(obstacle.kind.as_str(), &obstacle.path)
    }))
}

fn named(obstacle: &Obstacle) -> String {
    match obstacle.detail.as_str() {
        "" => obstacle.path.clone(),
        detail => format!("{} ({detail})", obstacle.path),
    }
}

fn meaning(kind: &str) -> &str {
    match kind {
        "untracked" => {
            "untracked files that the commit would overwrite, to be moved away or committed"
        }
        "unwritable" => "files that this user cannot replace",
        "hidden" => {
            "files that git was told not to look at (`git update-index --no-assume-unchanged` or \
             `--no-skip-worktree` ends that), although the commit changes them"
        }
        "symlink" => "symbolic links in the commit, refused without `allow_symlinks = true`",
        "submodule" => "submodules in the commit, refused without `allow_submodules = true`",
        "filter" => {
            "files that git hands to a program, which deployhost does not run: \
             what the commit itself holds of them are pointers"
        }
        other => other,
    }
}
