//! A repository in memory that keeps its calls, and the tests of the whole step against it.

mod applying;
mod configuring;
mod planning;

use std::cell::RefCell;

use deployhost_plugin::git::{Error, Obstacle, Resolved, WorkTree};
use deployhost_plugin::output::Tree;
use deployhost_plugin::{Commit, Context, Diagnostic, Failure};

use crate::Config;
use crate::repository::Repository;
use crate::sync::{apply, plan};

/// `history` is newest first: what the remote's `main` has. `mirrored` says whether it was fetched.
struct FakeRepository {
    head: RefCell<Option<WorkTree>>,
    history: Vec<Commit>,
    mirrored: RefCell<bool>,
    kind: &'static str,
    rewritten_from: Option<String>,
    obstacles: Vec<Obstacle>,
    changed: Result<Vec<String>, Error>,
    fetch: Result<(), Error>,
    calls: RefCell<Vec<String>>,
    /// Something else moves the tree back at once.
    stubborn: bool,
}

fn id(letter: char) -> String {
    letter.to_string().repeat(40)
}

fn commit(letter: char) -> Commit {
    Commit {
        id: id(letter),
        subject: format!("Subject of {letter}"),
        author: "Ada".into(),
        at: Some(1_761_395_742_000),
    }
}

fn standing(letter: char, modified: &[&str]) -> Option<WorkTree> {
    Some(WorkTree {
        commit: commit(letter),
        modified: modified.iter().map(ToString::to_string).collect(),
    })
}

fn config() -> Config {
    Config {
        tree: "/srv/my app".into(),
        remote: "origin".into(),
        url: None,
        wanted: "main".into(),
        allow_rewritten: false,
        allow_symlinks: false,
        allow_submodules: false,
    }
}

/// `main` is at d; c, b and a are before it; the tree stands at a.
fn fake() -> FakeRepository {
    FakeRepository {
        head: RefCell::new(standing('a', &[])),
        history: "dcba".chars().map(commit).collect(),
        mirrored: RefCell::new(false),
        kind: "branch",
        rewritten_from: None,
        obstacles: vec![],
        changed: Ok(vec!["src/app.py".into()]),
        fetch: Ok(()),
        calls: RefCell::default(),
        stubborn: false,
    }
}

fn missing(id: &str) -> Diagnostic {
    Diagnostic::new("git.not-found", format!("no {id}")).parameter("ref", id)
}

fn no_route() -> Error {
    Error::Unreachable(Diagnostic::new("git.remote-unreachable", "no route"))
}

impl FakeRepository {
    fn record(&self, call: String) {
        self.calls.borrow_mut().push(call);
    }

    fn calls(&self, word: &str) -> Vec<String> {
        let calls = self.calls.borrow();
        calls
            .iter()
            .filter(|line| line.starts_with(word))
            .cloned()
            .collect()
    }

    fn position(&self, id: &str) -> Result<usize, Error> {
        let found = self.history.iter().position(|commit| commit.id == id);
        found.ok_or_else(|| Error::NotFound(missing(id)))
    }
}

impl Repository for FakeRepository {
    fn head(&self) -> Result<Option<WorkTree>, Error> {
        Ok(self.head.borrow().clone())
    }

    fn fetch(&self, remote: &str) -> Result<(), Error> {
        self.record(format!("fetch {remote}"));
        *self.mirrored.borrow_mut() = true;
        self.fetch.clone()
    }

    fn resolve(&self, _: &str, name: &str) -> Result<Resolved, Error> {
        if !*self.mirrored.borrow() {
            return Err(Error::NotFound(missing(name)));
        }
        let (commit, kind) = match name {
            "main" => (self.history[0].clone(), self.kind),
            id => (self.history[self.position(id)?].clone(), "commit"),
        };
        Ok(Resolved {
            commit,
            kind: kind.into(),
            rewritten_from: self.rewritten_from.clone(),
        })
    }

    fn log(&self, _: &str, base: Option<&str>, to: &str, max: u32) -> Result<Vec<Commit>, Error> {
        let to = self.position(to)?;
        let end = match base {
            Some(base) => self.position(base)?,
            None => self.history.len(),
        };
        Ok(self
            .history
            .iter()
            .take(end)
            .skip(to)
            .take(max as usize)
            .cloned()
            .collect())
    }

    fn changed(&self, _: &str, base: &str, to: &str) -> Result<Vec<String>, Error> {
        self.position(base)?;
        self.position(to)?;
        self.changed.clone()
    }

    fn obstacles(&self, _: &str, commit: &str) -> Result<Vec<Obstacle>, Error> {
        self.record(format!("obstacles {}", &commit[..1]));
        Ok(self.obstacles.clone())
    }

    fn bring_back(&self, commit: &str) -> Result<(), Error> {
        self.record(format!("bring back {}", &commit[..1]));
        let mut head = self.head.borrow_mut();
        if let Some(head) = head.as_mut() {
            head.modified = vec!["README.md".into()];
        }
        Ok(())
    }

    fn move_to(&self, remote: &str, commit: &str, seen_as: Option<&str>) -> Result<(), Error> {
        self.record(format!(
            "move {remote} {} {}",
            &commit[..1],
            seen_as.unwrap_or("-")
        ));
        if !self.stubborn {
            let commit = self.history[self.position(commit)?].clone();
            *self.head.borrow_mut() = Some(WorkTree {
                commit,
                modified: vec![],
            });
        }
        Ok(())
    }
}

fn output<T: deployhost_plugin::serde::de::DeserializeOwned>(
    outputs: Vec<(String, String)>,
    key: &str,
) -> T {
    let context = Context {
        outputs,
        ..Context::default()
    };
    context.output(key).unwrap()
}

fn permanent<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
    match result.unwrap_err() {
        Failure::Permanent(diagnostic) => diagnostic.to_string(),
        other => panic!("{other:?}"),
    }
}
