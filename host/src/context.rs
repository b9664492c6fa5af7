//! What a plugin is told of the run it is part of.

use std::collections::BTreeMap;

use deployhost_engine::{Pass, Release, Run};
use serde::Deserialize;

use crate::bound_plan::PlanInfo;
use crate::capability::run::{Commit, Context};

/// What contexts say that the run's own events do not.
#[derive(Debug, Clone, Default)]
pub struct ContextBuilder {
    pub run: String,
    pub actor: Option<String>,
    /// Each step's last pin on this target, before this run.
    pub last: BTreeMap<String, String>,
    /// The commit of the release before, as its step put it out: JSON.
    pub previous: Option<String>,
    /// Pins that the first `plan` is given: a promotion's.
    pub asked: BTreeMap<String, String>,
    /// The commit that the job which started this run is about.
    pub triggered: Option<Commit>,
}

impl ContextBuilder {
    /// The pin that a step's first `plan` is given.
    pub fn asked_pin(&self, step: &str) -> Option<&str> {
        self.asked.get(step).map(String::as_str)
    }

    pub fn context(&self, run: &Run, pass: Pass, about: &PlanInfo, step: &str) -> Context {
        let now = jiff::Timestamp::now().as_millisecond();
        let now = u64::try_from(now).unwrap_or(0);
        self.context_at(now, run, pass, about, step)
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
}

/// Reads the output `commit`; what is not one is none.
pub fn commit(json: &str) -> Option<Commit> {
    let told: CommitOutput = serde_json::from_str(json).ok()?;
    Some(Commit {
        id: told.id,
        subject: told.subject,
        author: told.author,
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
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use crate::scripted_run::{self, Played, history};

    fn about() -> PlanInfo {
        PlanInfo {
            plan: "hello".into(),
            environment: "test".into(),
            url: Some("http://hello.example".into()),
        }
    }

    fn context_builder() -> ContextBuilder {
        ContextBuilder {
            run: "r2".into(),
            actor: Some("me".into()),
            last: BTreeMap::from([("code".to_owned(), "code@v1".to_owned())]),
            previous: Some(scripted_run::commit("v1")),
            asked: BTreeMap::from([("app".to_owned(), "app@v7".to_owned())]),
            triggered: None,
        }
    }

    /// A run as far as before its `applied` of this step, or to its end.
    fn until(played: &Played, step: Option<&str>) -> Run {
        let events = played.events();
        let applied = |event: &deployhost_engine::Event| matches!(event, deployhost_engine::Event::Applied { step: own, .. } if Some(own.as_str()) == step);
        let end = events.iter().position(applied).unwrap_or(events.len());
        Run::replay(&events[..end]).unwrap()
    }

    #[test]
    fn it_says_where_it_is() {
        let run = until(&Played::new("r2", "v1", "v2"), None);
        let context = context_builder().context(&run, Pass::Forward, &about(), "app");
        assert_eq!(context.run, "r2");
        assert_eq!(context.plan, "hello");
        assert_eq!(context.environment, "test");
        assert_eq!(context.step, "app");
        assert_eq!(context.url.as_deref(), Some("http://hello.example"));
        assert_eq!(context.actor.as_deref(), Some("me"));
        assert_eq!(context.previous.unwrap().subject, "Bring v1");
        let local = &context.details[0];
        assert_eq!(local.0, "local-time");
        // 2026-01-31T12:00:00+01:00
        assert_eq!(local.1.len(), 25, "{}", local.1);
        assert!(["+", "-"].contains(&&local.1[19..20]), "{}", local.1);
        assert_eq!(context.details.len(), 1);
        assert_eq!(context_builder().asked_pin("app"), Some("app@v7"));
        assert_eq!(context_builder().asked_pin("code"), None);
    }

    #[test]
    fn the_commit_is_that_of_its_pass() {
        let failing = Played {
            fails: &["verify health"],
            release: history(&[Played::new("r1", "v0", "v1")]).release(),
            ..Played::new("r2", "v1", "v2")
        };
        let run = failing.run();
        let subject = |run: &Run, pass| {
            let context = context_builder().context(run, pass, &about(), "app");
            context.commit.map(|commit| commit.subject)
        };
        assert_eq!(subject(&run, Pass::Forward).as_deref(), Some("Bring v2"));
        assert_eq!(subject(&run, Pass::Back).as_deref(), Some("Bring v1"));
        // Before any step has said so, it is the release's own.
        let begun = until(
            &Played {
                dies: Some("back app"),
                ..failing.clone()
            },
            None,
        );
        assert_eq!(subject(&begun, Pass::Back).as_deref(), Some("Bring v1"));
        // Planning already knows it.
        let planned = until(&Played::new("r2", "v1", "v2"), Some("code"));
        assert_eq!(
            subject(&planned, Pass::Forward).as_deref(),
            Some("Bring v2")
        );
    }

    #[test]
    fn the_last_pin_is_the_newest() {
        let last = |run: &Run, step: &str| {
            let context = context_builder().context(run, Pass::Forward, &about(), step);
            context.last
        };
        let played = Played::new("r2", "v1", "v2");
        let begun = until(&played, Some("code"));
        assert_eq!(last(&begun, "code").as_deref(), Some("code@v1"));
        assert_eq!(last(&begun, "app"), None);
        let done = until(&played, None);
        assert_eq!(last(&done, "code").as_deref(), Some("code@v2"));
        assert_eq!(last(&done, "app").as_deref(), Some("app@v2"));
        let back = Played {
            fails: &["verify health"],
            ..played
        };
        assert_eq!(last(&back.run(), "code").as_deref(), Some("code@v1"));
        assert_eq!(last(&back.run(), "app").as_deref(), Some("app@v1"));
    }

    #[test]
    fn going_back_to_what_was_found_is_said() {
        let found = Played {
            fails: &["verify health"],
            ..Played::new("r1", "v0", "v1")
        };
        let detail = |played: &Played, pass| {
            let context = context_builder().context(&played.run(), pass, &about(), "app");
            let find = |(key, value): (String, String)| (key == "found-in-place").then_some(value);
            context.details.into_iter().find_map(find)
        };
        assert_eq!(detail(&found, Pass::Back).as_deref(), Some("true"));
        assert_eq!(detail(&found, Pass::Forward), None);
        let released = Played {
            release: history(&[Played::new("r0", "", "v0")]).release(),
            ..found
        };
        assert_eq!(detail(&released, Pass::Back), None);
    }

    #[test]
    fn a_commit_is_read_where_it_is_one() {
        let read = commit(r#"{"id":"abc","subject":"It's \"text\"","more":1}"#).unwrap();
        assert_eq!(read.id, "abc");
        assert_eq!(read.subject, "It's \"text\"");
        assert_eq!(read.author, "");
        for none in ["", "null", "\"abc\"", "{}", "{\"id\":7}"] {
            assert!(commit(none).is_none(), "{none}");
        }
    }
}
