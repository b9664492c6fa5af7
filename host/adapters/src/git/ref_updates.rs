//! Changes of refs, all or none at a time, by one git that waits for the next.

use super::program::{FAILED, GitCommand};
use crate::conversation::Conversation;
use deployhost_policy::Diagnostic;
use deployhost_policy::text::sanitize;
use deployhost_runtime::capability::error::{CapabilityError, OfKind};
use deployhost_runtime::redaction_scope::redact_in_scope;

/// Longest reason that is told, in bytes.
const TEXT: usize = 600;

/// The refs of one repository. Its git is started at the first change.
pub(super) struct RefUpdates {
    command: GitCommand,
    /// None: not started yet, or ended by a change that failed.
    git: Option<Conversation>,
}

impl RefUpdates {
    pub fn of(command: GitCommand) -> Self {
        Self { command, git: None }
    }

    /// Carries out the lines of `git update-ref --stdin`, all or none; none for no lines.
    pub async fn commit(&mut self, lines: &str) -> Result<(), CapabilityError> {
        if lines.is_empty() {
            return Ok(());
        }
        let mut git = match self.git.take() {
            Some(git) => git,
            None => self
                .command
                .clone()
                .words("update-ref --stdin")
                .converse()?,
        };
        let within = self.command.deadline();
        let why = match tokio::time::timeout(within, transact(&mut git, lines)).await {
            Ok(Ok(())) => {
                self.git = Some(git);
                return Ok(());
            }
            Ok(Err(error)) => match git.last_words().await.trim() {
                "" => error.to_string(),
                said => redact_in_scope(&sanitize(said), TEXT),
            },
            Err(_) => format!("no answer within {} s", within.as_secs_f32()),
        };
        Err(Diagnostic::new(FAILED, format!("git update-ref failed: {why}")).other())
    }
}

async fn transact(git: &mut Conversation, lines: &str) -> std::io::Result<()> {
    git.send(format!("start\n{lines}commit\n").as_bytes())
        .await?;
    for answer in ["start: ok", "commit: ok"] {
        let line = git.line().await?;
        if line != answer.as_bytes() {
            let line = String::from_utf8_lossy(&line).into_owned();
            return Err(std::io::Error::other(line));
        }
    }
    Ok(())
}
