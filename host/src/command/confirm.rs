//! The confirmation: a word, typed or given.

use std::io::{BufRead, IsTerminal, stdin};

use async_trait::async_trait;
use deployhost_policy::Diagnostic;

use super::output;
use crate::executor::Confirm;

/// Knows which word is wanted and which was given.
pub struct Asker {
    wanted: Option<String>,
    given: Option<String>,
}

impl Asker {
    pub fn new(wanted: Option<String>, given: Option<String>) -> Self {
        Self { wanted, given }
    }
}

#[async_trait]
impl Confirm for Asker {
    async fn ask(&self) -> Result<String, Diagnostic> {
        let Some(wanted) = self.wanted.clone() else {
            return Ok("by the plan, which wants no confirmation".into());
        };
        let (typed, by) = match &self.given {
            Some(given) => (given.clone(), "with --confirm"),
            None if stdin().is_terminal() => (prompt(&wanted).await?, "at the terminal"),
            None => {
                return Err(Diagnostic::new(
                    "confirmation.missing",
                    "there is no terminal to ask on, and no --confirm",
                ));
            }
        };
        if typed == wanted {
            Ok(by.into())
        } else {
            let message = format!("the word given is not {wanted}");
            Err(Diagnostic::new("confirmation.wrong", message).parameter("expected", wanted))
        }
    }
}

fn missing(message: impl Into<String>) -> Diagnostic {
    Diagnostic::new("confirmation.missing", message)
}

/// Reads one line beside the runtime; a run that is stopped meanwhile does not wait for it.
async fn prompt(wanted: &str) -> Result<String, Diagnostic> {
    output::raw(&format!("Type {wanted} to go on: "));
    let (sender, receiver) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = stdin().lock().read_line(&mut line).map(|_| line);
        // Nobody waits for the answer of a run that was stopped.
        let _stopped = sender.send(read);
    });
    match receiver.await {
        Ok(Ok(line)) => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
        Ok(Err(error)) => Err(missing(format!("nothing could be read: {error}"))),
        Err(_) => Err(missing("nothing was typed")),
    }
}
