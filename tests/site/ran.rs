//! A command that has ended: how, after how long, and what it said.

use std::process::ExitStatus;
use std::time::Duration;

use serde_json::Value;

/// It has ended; whether that was right must still be said.
#[must_use = "say how it must have exited"]
pub struct Ran {
    pub command: String,
    pub status: ExitStatus,
    pub out: String,
    pub err: String,
    pub took: Duration,
}

impl Ran {
    pub fn exits(self, code: i32) -> Said {
        assert_eq!(self.status.code(), Some(code), "{self}");
        Said(self)
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            command,
            status,
            out,
            err,
            took,
        } = self;
        write!(
            f,
            "\n$ {command}\n{out}\n--- errors\n{err}\n--- {status} after {took:.1?}"
        )
    }
}

/// What a command said that ended as it had to.
pub struct Said(Ran);

impl Said {
    pub fn says(&self, words: &str) -> &Self {
        let said = self.0.out.contains(words) || self.0.err.contains(words);
        assert!(said, "it does not say {words:?}:{}", self.0);
        self
    }

    pub fn never_says(&self, words: &str) -> &Self {
        let said = self.0.out.contains(words) || self.0.err.contains(words);
        assert!(!said, "it says {words:?}:{}", self.0);
        self
    }

    pub fn took(&self) -> Duration {
        self.0.took
    }

    /// With `--json`: everything that happened.
    pub fn events(&self) -> Vec<Value> {
        let lines = self.0.out.lines();
        lines
            .map(|line| {
                let event: Value = serde_json::from_str(line)
                    .unwrap_or_else(|error| panic!("{error} in {line:?}:{}", self.0));
                assert_eq!(event["v"], 1, "{line}");
                event
            })
            .collect()
    }

    /// With `--json`: the one event of that name and step.
    pub fn event(&self, name: &str, step: &str) -> Value {
        let is =
            |event: &Value| event["event"] == name && (step.is_empty() || event["step"] == step);
        let found = self.events().into_iter().find(is);
        found.unwrap_or_else(|| panic!("no {name} of {step}:{}", self.0))
    }

    /// With `--json`: outcome and evidence of the end.
    pub fn ended(&self) -> (String, String) {
        let ended = self.event("ended", "");
        let word = |key: &str| ended[key].as_str().unwrap_or_default().to_owned();
        (word("outcome"), word("evidence"))
    }
}
