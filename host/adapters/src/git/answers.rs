//! What git said to questions on commits by their ids: these never change, so each is asked once.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::program::GitCommand;
use crate::child::Finished;
use deployhost_runtime::capability::error::CapabilityError;

/// Most bytes that are remembered.
const MOST: usize = 64 * 1024 * 1024;

/// By repository and arguments.
#[derive(Default)]
pub(super) struct GitAnswers(Mutex<KnownAnswers>);

#[derive(Default)]
struct KnownAnswers {
    answers: BTreeMap<Vec<OsString>, (i32, Vec<u8>)>,
    bytes: usize,
}

impl GitAnswers {
    /// Runs it, where this was not done before. An exit code but 0 and `also` is an error, and asked
    /// again. Its arguments name what they ask about by full ids.
    pub async fn done_or(
        &self,
        also: i32,
        command: GitCommand,
    ) -> Result<Finished, CapabilityError> {
        let question = command.question();
        if let Some((code, out)) = self.locked().answers.get(&question) {
            return Ok(Finished {
                code: Some(*code),
                out: out.clone(),
                cut: false,
                stderr: String::new(),
            });
        }
        let finished = command.done_or(also).await?;
        if let Some(code) = finished.code {
            let mut known = self.locked();
            if known.bytes + finished.out.len() > MOST {
                *known = KnownAnswers::default();
            }
            known.bytes += finished.out.len();
            known.answers.insert(question, (code, finished.out.clone()));
        }
        Ok(finished)
    }

    pub async fn done(&self, command: GitCommand) -> Result<Finished, CapabilityError> {
        self.done_or(0, command).await
    }

    fn locked(&self) -> MutexGuard<'_, KnownAnswers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
