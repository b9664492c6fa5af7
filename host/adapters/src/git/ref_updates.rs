//! Changes of refs, all or none at a time, by one git that waits for the next.

use super::program::{GitCommand, answer_within, unanswered};
use crate::conversation::Conversation;
use deployhost_runtime::capability::error::CapabilityError;

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
        let asked = answer_within(self.command.deadline(), transact(&mut git, lines));
        match asked.await {
            Ok(()) => {
                self.git = Some(git);
                Ok(())
            }
            Err(error) => Err(unanswered("update-ref", git, error, TEXT).await),
        }
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
