//! What a plugin is told of the run it is part of.

use std::collections::BTreeMap;

use deployhost_engine::{Pass, Release, Run};
use serde::Deserialize;

use crate::bundle::About;
use crate::capability::run::{Commit, Context};

/// What contexts say that the run's own events do not.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub run: String,
    pub actor: Option<String>,
    /// Each step's last pin on this target, before this run.
    pub last: BTreeMap<String, String>,
    /// The commit of the release before, as its step put it out: JSON.
    pub previous: Option<String>,
    /// Pins that the first `plan` is given: a promotion's.
    pub asked: BTreeMap<String, String>,
}

impl Facts {
    /// The pin that a step's first `plan` is given.
    pub fn asked_pin(&self, step: &str) -> Option<&str> {
        self.asked.get(step).map(String::as_str)
    }

    pub fn context(&self, run: &Run, pass: Pass, about: &About, step: &str) -> Context {
        let outputs = run.outputs(pass);
        let now = find(&outputs, "commit")
            .and_then(commit)
            .or_else(|| commit(run.release_for(pass)?.commit.as_deref()?));
        let mut details = vec![("local-time".to_owned(), local_time())];
        if pass == Pass::Back
            && run
                .release_for(pass)
                .is_some_and(|r| r.id == Release::FOUND)
        {
            details.push(("found-in-place".to_owned(), "true".to_owned()));
        }
        Context {
            run: self.run.clone(),
            plan: about.plan.clone(),
            environment: about.environment.clone(),
            url: about.url.clone(),
            step: step.to_owned(),
            actor: self.actor.clone(),
            commit: now,
            previous: self.previous.as_deref().and_then(commit),
            last: self.last(run, step),
            outputs,
            details,
        }
    }

    /// The newest receipt counts, also one of this run.
    fn last(&self, run: &Run, step: &str) -> Option<String> {
        [Pass::Back, Pass::Forward]
            .into_iter()
            .flat_map(|pass| run.receipts(pass))
            .find(|(name, _)| name == step)
            .and_then(|(_, receipt)| receipt.pin.clone())
            .or_else(|| self.last.get(step).cloned())
    }
}

fn find<'a>(outputs: &'a [(String, String)], key: &str) -> Option<&'a str> {
    outputs
        .iter()
        .find(|(own, _)| own == key)
        .map(|(_, value)| value.as_str())
}

/// The well-known output `commit`.
#[derive(Deserialize)]
struct Told {
    id: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    author: String,
}

/// Reads the output `commit`; what is not one is none.
pub fn commit(json: &str) -> Option<Commit> {
    let told: Told = serde_json::from_str(json).ok()?;
    Some(Commit {
        id: told.id,
        subject: told.subject,
        author: told.author,
    })
}

fn local_time() -> String {
    let now = jiff::Zoned::now();
    now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
