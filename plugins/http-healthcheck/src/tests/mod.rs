//! A service and a clock that are none, and the tests of the whole step against them.

mod configuring;
mod expecting;
mod probing;
mod watching;
mod witnessing;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use deployhost_plugin::http::{Error, Request, Response};
use deployhost_plugin::{
    Commit, ConfigError, Context, Diagnostic, Duration, Failure, Receipt, Stopped, serde_json,
};
use serde_json::{Value, json};

use crate::probe_counter::{ProbeCounter, ProbeDecision};
use crate::probe_host::ProbeHost;
use crate::watch::wait_until_healthy;
use crate::{Config, answer};

const ID: &str = "abc1234def5678900000000000000000000000aa";

fn config(more: Value) -> Config {
    let mut config = json!({"url": "https://example.org/"});
    config
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    deployhost_plugin::parse(&config.to_string()).unwrap()
}

fn deployed() -> Context {
    Context {
        commit: Some(Commit {
            id: ID.into(),
            subject: "s".into(),
            author: "a".into(),
            at: None,
        }),
        ..Context::default()
    }
}

fn ok(body: &str) -> Result<Response, Error> {
    Ok(Response {
        status: 200,
        headers: vec![("X-Commit".into(), "abc1234".into())],
        body: body.as_bytes().to_vec(),
    })
}

fn status(status: u16, body: &str) -> Result<Response, Error> {
    Ok(Response {
        status,
        headers: vec![],
        body: body.as_bytes().to_vec(),
    })
}

fn refused() -> Result<Response, Error> {
    Err(Error::Unreachable(Diagnostic::new(
        "http.unreachable",
        "connection refused",
    )))
}

/// Answers in turn, the last one for ever; each takes 50 ms. Time passes only by that and by sleep.
struct FakeService {
    now: Cell<u64>,
    answers: RefCell<VecDeque<Result<Response, Error>>>,
    sent_at: RefCell<Vec<u64>>,
    stop_at: u64,
    jump: Cell<i64>,
}

fn fake(answers: Vec<Result<Response, Error>>) -> FakeService {
    FakeService {
        now: Cell::new(1_000_000_000),
        answers: RefCell::new(answers.into()),
        sent_at: RefCell::default(),
        stop_at: u64::MAX,
        jump: Cell::new(0),
    }
}

impl ProbeHost for FakeService {
    fn now_unix_ms(&self) -> u64 {
        self.now.get().saturating_add_signed(self.jump.get())
    }

    fn sleep(&self, time: Duration) -> Result<(), Stopped> {
        self.now.set(self.now.get() + time.as_millis());
        if self.now.get() - 1_000_000_000 >= self.stop_at {
            return Err(Stopped);
        }
        Ok(())
    }

    fn send(&self, request: &Request) -> Result<Response, Error> {
        assert_eq!(request.method, "GET");
        self.sent_at
            .borrow_mut()
            .push(self.now.get() - 1_000_000_000);
        self.now.set(self.now.get() + 50);
        let mut answers = self.answers.borrow_mut();
        match answers.len() {
            1 => answers[0].clone(),
            _ => answers.pop_front().unwrap(),
        }
    }
}

fn run(answers: Vec<Result<Response, Error>>, more: Value) -> Result<Receipt, Failure> {
    wait_until_healthy(&fake(answers), &deployed(), &config(more))
}

fn permanent(result: Result<Receipt, Failure>) -> String {
    match result.unwrap_err() {
        Failure::Permanent(diagnostic) => {
            let notes = diagnostic.notes.iter();
            notes.fold(diagnostic.to_string(), |text, note| {
                format!("{text}\n{note}")
            })
        }
        other => panic!("{other:?}"),
    }
}
