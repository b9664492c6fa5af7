//! A row under one Compose: step by step, and what is wrong with what was said of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::clean_project::CleanProject;
use crate::comparison::{contradictions, differences, problem, said, touched};
use crate::compose_version::ComposeVersion;
use crate::fixture::Fixture;
use crate::fixture::docker::docker;
use crate::images::tag_images;
use crate::row::{Placeholders, Row, State};
use crate::snapshot::snapshot;

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
        let (own, clean) = Placeholders::of(&fixture.name);
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
            None => {
                let project = CleanProject {
                    version: self.version,
                    options: &[],
                    files: &|meant| state.files(meant),
                    exec: &self.row.exec,
                };
                project.look(&self.clean)
            }
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
        let different = differences(expected, &seen);
        if !different.is_empty() {
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
