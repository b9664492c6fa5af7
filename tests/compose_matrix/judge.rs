//! A row under one Compose: step by step, and what is wrong with what was said of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};

use serde_json::Value;

use crate::clean_project::clean;
use crate::compose_version::ComposeVersion;
use crate::fixture::docker::docker;
use crate::fixture::{Container, FinishedCommand, Fixture};
use crate::images::tag_images;
use crate::row::{Placeholders, Row, State};
use crate::snapshot::snapshot;

/// Of differences, how many are told.
const TOLD: usize = 4;

static NUMBERS: AtomicU8 = AtomicU8::new(0);

/// What came of a row.
#[derive(Debug, Default)]
pub struct Verdict {
    /// The row does not show what it is to show, or a run failed.
    wrong: Vec<String>,
    pub lies: Vec<String>,
    pub needless: Vec<String>,
    /// The row names why.
    allowed: bool,
}

impl Verdict {
    pub fn is_good(&self) -> bool {
        let needless = self.needless.is_empty() || self.allowed;
        self.wrong.is_empty() && self.lies.is_empty() && needless
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, list) in [
            ("wrong", &self.wrong),
            ("lie", &self.lies),
            ("needless", &self.needless),
        ] {
            for what in list {
                writeln!(f, "{kind}: {what}")?;
            }
        }
        Ok(())
    }
}

pub fn judge(row: &Row, version: &ComposeVersion) -> Verdict {
    let mut verdict = Verdict {
        allowed: row.needless.is_some(),
        ..Verdict::default()
    };
    if let Err(wrong) = Trial::new(row, version).run(&mut verdict) {
        verdict.wrong.push(wrong);
    }
    verdict
}

struct Trial<'a> {
    row: &'a Row,
    version: &'a ComposeVersion,
    fixture: Fixture,
    own: Placeholders,
    clean: Placeholders,
    /// Paths that the last commit had.
    paths: BTreeSet<String>,
}

impl<'a> Trial<'a> {
    fn new(row: &'a Row, version: &'a ComposeVersion) -> Self {
        let mut fixture = Fixture::new(&row.name);
        // No health step.
        fixture.plan.steps.truncate(2);
        fixture.compose(version);
        let number = NUMBERS.fetch_add(2, Ordering::Relaxed);
        let own = Placeholders {
            project: fixture.name.clone(),
            number,
        };
        let clean = Placeholders {
            project: format!("{}-clean", fixture.name),
            number: number.wrapping_add(1),
        };
        Self {
            row,
            version,
            fixture,
            own,
            clean,
            paths: BTreeSet::new(),
        }
    }

    fn run(mut self, verdict: &mut Verdict) -> Result<(), String> {
        tag_images(&self.own.project);
        let row = self.row;
        let states = [&row.set, &row.changed, &row.removed];
        let clean = self.clean_states(states)?;
        if !row.same && (clean[0] == clean[1] || clean[0] == clean[2]) {
            return Err("a clean project is the same with another value or without".to_owned());
        }
        self.step("set", &row.set, &clean[0], verdict)?;
        let keeper = self.fixture.container("keeper").id;
        docker(&["exec", &keeper, "/bin/busybox", "touch", "/kept/file"]);
        self.step("set again", &row.set, &clean[0], verdict)?;
        // What is refused leaves what was there.
        let changed = match row.changed.refused {
            Some(_) => &clean[0],
            None => &clean[1],
        };
        self.step("changed", &row.changed, changed, verdict)?;
        let removed = match row.removed.refused {
            Some(_) => changed,
            None => &clean[2],
        };
        self.step("removed", &row.removed, removed, verdict)?;
        let keeper = self.fixture.container("keeper").id;
        let kept = docker(&["exec", &keeper, "/bin/busybox", "ls", "/kept"]);
        if kept != "file" {
            verdict.lies.push("a file in a volume is gone".to_owned());
        }
        Ok(())
    }

    /// Without those that are refused, which are never there.
    fn clean_states(&self, states: [&State; 3]) -> Result<Vec<Value>, String> {
        let look = |state: &State| match state.refused {
            Some(_) => Ok(Value::Null),
            None => clean(self.version, state, &self.clean, &self.row.exec),
        };
        states.into_iter().map(look).collect()
    }

    fn step(
        &mut self,
        label: &str,
        state: &State,
        expected: &Value,
        verdict: &mut Verdict,
    ) -> Result<(), String> {
        self.commit(label, &state.files(&self.own));
        let before = self.fixture.containers();
        let ended = self.fixture.start().end();
        let after = self.fixture.containers();
        let touched = touched(&before, &after);
        let quiet = label == "set again" || (self.row.same && label != "set");
        match &state.refused {
            Some(words) => {
                if ended.status.success() || !ended.out.contains(words.as_str()) {
                    return Err(format!(
                        "{label}: not refused with {words:?}: {}",
                        problem(&ended)
                    ));
                }
                if !touched.is_empty() {
                    verdict
                        .lies
                        .push(format!("{label}: refused, and {touched:?} touched"));
                }
            }
            None if !ended.status.success() => {
                return Err(format!("{label}: the run failed: {}", problem(&ended)));
            }
            None => {
                let said = said(&ended.out);
                verdict.lies.extend(
                    contradictions(&said, &before, &after)
                        .into_iter()
                        .map(|lie| format!("{label}: {lie}")),
                );
            }
        }
        let others = touched.iter().filter(|it| *it == "keeper");
        let needless: Vec<&String> = match quiet {
            true => touched.iter().collect(),
            false if label == "set" || self.row.reaches_keeper => Vec::new(),
            false => others.collect(),
        };
        if !needless.is_empty() {
            verdict
                .needless
                .push(format!("{label}: {needless:?} touched"));
        }
        let seen = snapshot(&self.own.project, &self.fixture.tree(), &self.row.exec);
        let mut different = Vec::new();
        differences("", expected, &seen, &mut different);
        if !different.is_empty() {
            different.truncate(TOLD);
            let different = different.join("\n  ");
            verdict.lies.push(format!(
                "{label}: not as on a clean project:\n  {different}"
            ));
        }
        Ok(())
    }

    fn commit(&mut self, subject: &str, files: &BTreeMap<String, String>) {
        let gone = self.paths.iter().filter(|path| !files.contains_key(*path));
        let mut written: Vec<(&str, &str)> = gone.map(|path| (path.as_str(), "")).collect();
        written.extend(
            files
                .iter()
                .map(|(path, text)| (path.as_str(), text.as_str())),
        );
        self.fixture.commit(subject, &written);
        self.paths = files.keys().cloned().collect();
    }
}

/// Services of which a container is another one, or was started again.
fn touched(before: &[Container], after: &[Container]) -> Vec<String> {
    let key = |it: &Container| (it.id.clone(), it.started_at);
    let of = |all: &[Container], service: &str| -> BTreeSet<_> {
        all.iter()
            .filter(|it| it.service == service)
            .map(key)
            .collect()
    };
    let services: BTreeSet<&String> = before.iter().chain(after).map(|it| &it.service).collect();
    services
        .into_iter()
        .filter(|service| of(before, service) != of(after, service))
        .cloned()
        .collect()
}

/// Why a run ended as it did.
fn problem(ended: &FinishedCommand) -> String {
    let mut events = ended
        .out
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let last = events
        .rfind(|it| it["event"] == "ended")
        .unwrap_or_default();
    format!("{} {}{}", ended.status, last["problem"], ended.err)
}

/// Action by service, as the step's receipt has it.
fn said(out: &str) -> BTreeMap<String, String> {
    let mut events = out
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let applied = events
        .rfind(|it| it["event"] == "applied" && it["step"] == "app")
        .unwrap_or_default();
    let outputs = applied["receipt"]["outputs"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let services = outputs.iter().find(|it| it[0] == "services");
    let text = services.and_then(|it| it[1].as_str()).unwrap_or("{}");
    let services: BTreeMap<String, Value> = serde_json::from_str(text).unwrap();
    let action = |it: &Value| it["action"].as_str().unwrap_or_default().to_owned();
    services
        .iter()
        .map(|(name, it)| (name.clone(), action(it)))
        .collect()
}

fn contradictions(
    said: &BTreeMap<String, String>,
    before: &[Container],
    after: &[Container],
) -> Vec<String> {
    let mut lies = Vec::new();
    let of = |all: &[Container], service: &str| -> BTreeMap<String, String> {
        let of_service = all.iter().filter(|it| it.service == service);
        of_service
            .map(|it| (it.id.clone(), it.started_at.to_string()))
            .collect()
    };
    for (service, action) in said {
        let (old, new) = (of(before, service), of(after, service));
        let kept = new.keys().filter(|id| old.contains_key(*id)).count();
        let again = new
            .iter()
            .filter(|(id, at)| old.get(*id).is_some_and(|it| it != *at))
            .count();
        let seen = match action.as_str() {
            "create" => old.is_empty() && !new.is_empty(),
            "recreate" => kept == 0 && !new.is_empty(),
            "restart" => kept == new.len() && again == new.len() && !new.is_empty(),
            "scale" => old.len() != new.len() && again == 0 && kept == old.len().min(new.len()),
            "leave" => old == new,
            _ => false,
        };
        if !seen {
            lies.push(format!(
                "{action} {service} was said, {old:?} became {new:?}"
            ));
        }
    }
    for service in touched(before, after) {
        if !said.contains_key(&service) {
            lies.push(format!("{service} was touched, and not a word said"));
        }
    }
    lies
}

/// `path: expected, seen`.
fn differences(path: &str, expected: &Value, seen: &Value, found: &mut Vec<String>) {
    match (expected, seen) {
        (Value::Object(one), Value::Object(other)) => {
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for key in keys {
                let (one, other) = (&expected[key.as_str()], &seen[key.as_str()]);
                differences(&format!("{path}/{key}"), one, other, found);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                differences(&format!("{path}/{index}"), one, other, found);
            }
        }
        _ if expected != seen => found.push(format!("{path}: {expected}, seen {seen}")),
        _ => {}
    }
}
