//! What a plugin is told of the run it is part of.

use std::collections::BTreeMap;

use deployhost_engine::{Pass, Release, Run};
use serde::Deserialize;

use crate::bound_plan::PlanInfo;
use deployhost_runtime::capability::clock::now_unix_ms;
use deployhost_runtime::capability::run::{Commit, Context};

/// What contexts say that the run's own events do not.
#[derive(Debug, Clone, Default)]
pub struct ContextBuilder {
    pub run: String,
    pub actor: Option<String>,
    /// Each step's last pin on this target, before this run.
    pub last: BTreeMap<String, String>,
    /// The commit of the release before, as its step put it out: JSON.
    pub previous: Option<String>,
    /// The commit that the job which started this run is about.
    pub triggered: Option<Commit>,
}

impl ContextBuilder {
    pub fn context(&self, run: &Run, pass: Pass, about: &PlanInfo, step: &str) -> Context {
        self.context_at(now_unix_ms(), run, pass, about, step)
    }

    /// As it was then, in milliseconds since 1970.
    pub fn context_at(
        &self,
        unix_ms: u64,
        run: &Run,
        pass: Pass,
        about: &PlanInfo,
        step: &str,
    ) -> Context {
        let outputs = run.outputs(pass);
        let now = find(&outputs, "commit")
            .and_then(commit)
            .or_else(|| commit(run.release_for(pass)?.commit.as_deref()?));
        let mut details = vec![("local-time".to_owned(), local_time(unix_ms))];
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
struct CommitOutput {
    id: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    author: String,
    #[serde(default)]
    at: Option<u64>,
}

/// Reads the output `commit`; what is not one is none.
pub fn commit(json: &str) -> Option<Commit> {
    let told: CommitOutput = serde_json::from_str(json).ok()?;
    Some(Commit {
        id: told.id,
        subject: told.subject,
        author: told.author,
        at: told.at,
    })
}

/// RFC 3339 with this machine's offset.
pub fn local_time(unix_ms: u64) -> String {
    let ms = i64::try_from(unix_ms).unwrap_or(i64::MAX);
    let time = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let local = time.to_zoned(jiff::tz::TimeZone::system());
    local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

#[cfg(test)]
mod tests;
