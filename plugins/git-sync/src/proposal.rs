//! What would be done, and why. Pure.

use deployhost_plugin::prelude::*;
use deployhost_plugin::shell;

use crate::survey::{COUNTED, Reason, Survey, pin};
use crate::{Config, outputs};

/// Names shown before "and 3 more".
const NAMED: usize = 5;

pub fn proposal(config: &Config, survey: &Survey) -> Proposal {
    let mut proposal = Proposal {
        now: survey
            .head
            .as_ref()
            .map(|head| pin(&head.commit.id, !head.modified.is_empty())),
        next: Some(survey.pin()),
        outputs: outputs::proposed(&config.tree, survey),
        ..Proposal::nothing()
    };
    if survey.moves() {
        let at = survey.next.short();
        proposal = match &survey.head {
            Some(_) => {
                proposal.action(format!("move {} to {at}", config.tree), why(config, survey))
            }
            None => proposal.action(
                format!("clone to {} at {at}", config.tree),
                format!("there is no work tree there yet: {}", survey.next.subject),
            ),
        };
    }
    let modified = survey.modified();
    if !modified.is_empty() {
        // The host lists at most 100.
        let count = match modified.len() {
            1 => "1 changed file".to_owned(),
            100.. => "at least 100 changed files".to_owned(),
            some => format!("{some} changed files"),
        };
        proposal = proposal.action(
            format!("restore {count} in {}", config.tree),
            format!(
                "differing from the commit, and kept first: {}",
                names(modified, NAMED)
            ),
        );
    }
    if survey.brings_back() {
        proposal = proposal.action(
            format!("bring back the edits in {}", config.tree),
            "they were there when it was found".to_owned(),
        );
    }
    if let (Some(head), false) = (&survey.head, survey.nothing_to_do()) {
        proposal.by_hand = vec![shell::line([
            "git",
            "-C",
            &config.tree,
            "reset",
            "--hard",
            &head.commit.id,
        ])];
    }
    proposal
}

/// `a, b, c, d, e and 3 more`.
pub fn names(all: &[impl AsRef<str>], most: usize) -> String {
    let shown: Vec<&str> = all.iter().take(most).map(AsRef::as_ref).collect();
    let text = shown.join(", ");
    match all.len().saturating_sub(most) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

fn why(config: &Config, survey: &Survey) -> String {
    let name = &config.wanted;
    let subject = &survey.next.subject;
    let new = match survey.new.as_deref() {
        None => {
            return format!("what stands there is not known to the remote; wanted: {subject}");
        }
        Some(new) => new.len(),
    };
    match (survey.reason, new) {
        (Reason::Pinned, 0) => format!("back to {subject}"),
        (Reason::Pinned, _) => format!("as released: {subject}"),
        (Reason::Branch, 0) => format!("{name} is at an earlier commit: {subject}"),
        (Reason::Branch, 1) => format!("{name} has 1 new commit: {subject}"),
        (Reason::Branch, more) if more > COUNTED as usize => {
            format!("{name} has more than {COUNTED} new commits: {subject}")
        }
        (Reason::Branch, new) => format!("{name} has {new} new commits: {subject}"),
        (Reason::Tag, _) => format!("tag {name}: {subject}"),
        (Reason::Commit, _) => format!("asked for by its id: {subject}"),
    }
}
