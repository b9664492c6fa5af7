//! What later steps and notifiers are given: `commit`, `tree`, `commits`. Pure.
//!
//! The host keeps 64 KiB of a step's outputs. A list that may be long stays below its share: paths
//! are left out as a whole, since half a list would read as "the rest did not change"; commits are
//! cut at the oldest.

use deployhost_plugin::output::{self, Tree};
use deployhost_plugin::{Commit, serde_json};

use crate::survey::Survey;

const PATHS: usize = 2_000;
const PATHS_BYTES: usize = 48 * 1024;
const COMMITS: usize = 20;
const COMMITS_BYTES: usize = 8 * 1024;
/// Characters of a subject or an author.
const TEXT: usize = 300;

/// Before the move.
pub fn proposed(tree: &str, survey: &Survey) -> Vec<(String, String)> {
    let at = survey.head.as_ref().map(|head| head.commit.id.clone());
    of(tree, survey, at)
}

/// Once the tree stands where it should.
pub fn arrived(tree: &str, survey: &Survey) -> Vec<(String, String)> {
    of(tree, survey, Some(survey.next.id.clone()))
}

fn of(tree: &str, survey: &Survey, at: Option<String>) -> Vec<(String, String)> {
    let from = survey.head.as_ref().map(|head| head.commit.id.clone());
    vec![
        output::entry(output::COMMIT, &shortened(&survey.next)),
        output::entry(
            output::TREE,
            &Tree {
                path: tree.to_owned(),
                from,
                at,
                to: survey.next.id.clone(),
                changed: paths(survey),
            },
        ),
        output::entry(output::COMMITS, &commits(survey)),
    ]
}

/// What differs in the end: the commits' difference, and the files that are put back.
fn paths(survey: &Survey) -> Option<Vec<String>> {
    // The host lists at most 100 of them.
    if survey.modified().len() >= 100 {
        return None;
    }
    let mut paths = survey.changed.clone()?;
    paths.extend_from_slice(survey.modified());
    paths.sort();
    paths.dedup();
    (paths.len() <= PATHS && json_bytes(&paths) <= PATHS_BYTES).then_some(paths)
}

fn commits(survey: &Survey) -> Vec<Commit> {
    let mut commits: Vec<Commit> = survey
        .new
        .iter()
        .flatten()
        .take(COMMITS)
        .map(shortened)
        .collect();
    while json_bytes(&commits) > COMMITS_BYTES {
        commits.pop();
    }
    commits
}

fn shortened(commit: &Commit) -> Commit {
    Commit {
        id: commit.id.clone(),
        subject: commit.subject.chars().take(TEXT).collect(),
        author: commit.author.chars().take(TEXT).collect(),
        at: commit.at,
    }
}

fn json_bytes(value: &impl deployhost_plugin::serde::Serialize) -> usize {
    serde_json::to_string(value).map_or(0, |json| json.len())
}
