//! A stack under one Compose: deployed, deployed again, changed, broken and rolled back.

use crate::clean_project::CleanProject;
use crate::comparison::{contradictions, differences, problem, said, touched};
use crate::compose_version::ComposeVersion;
use crate::fixture::Fixture;
use crate::fixture::docker::docker;
use crate::images::tag_images;
use crate::row::Placeholders;
use crate::snapshot::snapshot;
use crate::stack::{Stack, Version};

/// The exit code of a run that went back.
const ROLLED_BACK: i32 = 4;

/// What is wrong with it; nothing, where all is as said.
pub fn judge(stack: &Stack, compose: &ComposeVersion) -> Vec<String> {
    on_trial(stack, compose, |trial, wrong| trial.run(wrong))
}

/// The same of a stack that somebody had started by hand: a first deployment that breaks, and one that
/// succeeds.
pub fn judge_found(stack: &Stack, compose: &ComposeVersion) -> Vec<String> {
    on_trial(stack, compose, |trial, wrong| trial.find(wrong))
}

fn on_trial(
    stack: &Stack,
    compose: &ComposeVersion,
    run: fn(&Trial<'_>, &mut Vec<String>) -> Result<(), String>,
) -> Vec<String> {
    let mut fixture = Fixture::new(&stack.name);
    // No health step.
    fixture.plan.steps.truncate(2);
    for (key, value) in &stack.config {
        fixture.plan.set("app", key, value);
    }
    fixture.compose(compose);
    let (own, clean) = Placeholders::of(&fixture.name);
    tag_images(&own.project);
    let trial = Trial {
        stack,
        compose,
        fixture,
        own,
        clean,
    };
    let mut wrong = Vec::new();
    if let Err(why) = run(&trial, &mut wrong) {
        wrong.push(why);
    }
    wrong
}

struct Trial<'a> {
    stack: &'a Stack,
    compose: &'a ComposeVersion,
    fixture: Fixture,
    own: Placeholders,
    clean: Placeholders,
}

impl Trial<'_> {
    fn run(&self, wrong: &mut Vec<String>) -> Result<(), String> {
        let stack = self.stack;
        self.commit(Version::First);
        self.step("first", 0, None, Version::First, wrong)?;
        self.keep("touch");
        self.step("unchanged", 0, Some(&[]), Version::First, wrong)?;
        let changed = self.commit(Version::Changed);
        let expected = Some(&stack.changed.touched[..]);
        self.step("changed", 0, expected, Version::Changed, wrong)?;
        self.commit(Version::Broken);
        let expected = Some(&stack.broken.touched[..]);
        self.step("broken", ROLLED_BACK, expected, Version::Changed, wrong)?;
        if self.fixture.head() != changed {
            wrong.push("the tree is not back at the commit before".to_owned());
        }
        self.keep("ls");
        Ok(())
    }

    fn find(&self, wrong: &mut Vec<String>) -> Result<(), String> {
        let first = self.commit(Version::First);
        self.fixture.clone_by_hand();
        let (project, tree) = (&self.own.project, self.fixture.tree());
        self.compose.up(project, &self.stack.options, &tree)?;
        self.keep("touch");
        let look = || snapshot(&self.own.project, &self.fixture.tree(), &self.stack.exec);
        let found = look();
        self.commit(Version::Broken);
        let ended = self.fixture.start().end();
        if ended.status.code() != Some(ROLLED_BACK) {
            return Err(format!("broken: {}", problem(&ended)));
        }
        // A job that had ended is made again, and not run.
        let ended = "Status: \"exited\", seen \"created\"";
        let lost = differences(&found, &look()).into_iter();
        let lost = lost.filter(|it| !it.ends_with(ended));
        wrong.extend(lost.map(|it| format!("not as it was found: {it}")));
        if self.fixture.head() != first {
            wrong.push("the tree is not back at the commit before".to_owned());
        }
        self.keep("ls");
        self.commit(Version::Changed);
        self.step("changed", 0, None, Version::Changed, wrong)?;
        self.keep("ls");
        Ok(())
    }

    fn commit(&self, version: Version) -> String {
        let files = self.stack.files(version, &self.own);
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        self.fixture.commit(&format!("{version:?}"), &files)
    }

    /// Fails where the file is not there.
    fn keep(&self, program: &str) {
        if let Some(kept) = &self.stack.kept {
            let id = self.fixture.container(&kept.service).id;
            let file = format!("{}/kept", kept.folder);
            docker(&["exec", &id, "/bin/busybox", program, &file]);
        }
    }

    /// Runs, and holds what is there against the clean project of a version.
    fn step(
        &self,
        label: &str,
        code: i32,
        expected: Option<&[String]>,
        version: Version,
        wrong: &mut Vec<String>,
    ) -> Result<(), String> {
        let before = self.fixture.containers();
        let ended = self.fixture.start().end();
        let after = self.fixture.containers();
        if ended.status.code() != Some(code) {
            return Err(format!("{label}: {}", problem(&ended)));
        }
        let mut say = |what: String| wrong.push(format!("{label}: {what}"));
        // Of a run that went back, the receipt speaks of one half.
        if code == 0 {
            let said = said(&ended.out);
            contradictions(&said, &before, &after)
                .into_iter()
                .for_each(&mut say);
        }
        let touched = touched(&before, &after);
        if let Some(expected) = expected {
            let mut expected = expected.to_vec();
            expected.sort();
            if touched != expected {
                say(format!("{touched:?} touched, not {expected:?}"));
            }
        }
        let stack = self.stack;
        let project = CleanProject {
            version: self.compose,
            options: &stack.options,
            files: &|meant| stack.files(version, meant),
            exec: &stack.exec,
        };
        let clean = project.look(&self.clean)?;
        let seen = snapshot(&self.own.project, &self.fixture.tree(), &stack.exec);
        differences(&clean, &seen)
            .into_iter()
            .map(|it| format!("not as on a clean project: {it}"))
            .for_each(&mut say);
        Ok(())
    }
}
