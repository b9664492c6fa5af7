//! A child that answers one request after another, so that each does not cost a child.
//!
//! Owns its streams and its end: its process group is killed where it is dropped. What is asked and
//! how an answer reads is its user's.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};

use super::child::{Child, ChildError, Group};

/// Longest line of an answer, in bytes.
const LINE: u64 = 64 * 1024;
/// Most that is told of why it ended, in bytes.
const STDERR: u64 = 64 * 1024;
/// How long one that has closed its answers may take to say why.
const FAREWELL: Duration = Duration::from_secs(1);

pub struct Conversation {
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    stderr: ChildStderr,
    // In this order: the group is killed while its leader still holds the id.
    _group: Group,
    _child: tokio::process::Child,
}

impl Conversation {
    /// Starts the child. Its `input`, `deadline` and `most` play no part.
    pub fn begin(child: &Child) -> Result<Self, ChildError> {
        let mut child = child.spawn(Stdio::piped())?;
        let closed = || ChildError::Io(io::ErrorKind::BrokenPipe.into());
        Ok(Self {
            stdin: child.stdin.take().ok_or_else(closed)?,
            stdout: BufReader::new(child.stdout.take().ok_or_else(closed)?),
            stderr: child.stderr.take().ok_or_else(closed)?,
            _group: Group::of(&child),
            _child: child,
        })
    }

    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stdin.write_all(bytes).await?;
        self.stdin.flush().await
    }

    /// The next line of its answers, without its end; at most 64 KiB.
    pub async fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        let mut bounded = (&mut self.stdout).take(LINE);
        bounded.read_until(b'\n', &mut line).await?;
        match line.pop() {
            Some(b'\n') => Ok(line),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// The next bytes of its answers.
    pub async fn bytes(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.stdout.read_exact(&mut bytes).await?;
        Ok(bytes)
    }

    /// What it has said on stderr by its end.
    pub async fn last_words(self) -> String {
        let mut said = Vec::new();
        drop(self.stdin);
        let mut stderr = self.stderr.take(STDERR);
        // What came until then is what there is.
        let _ = tokio::time::timeout(FAREWELL, stderr.read_to_end(&mut said)).await;
        String::from_utf8_lossy(&said).into_owned()
    }
}

#[cfg(test)]
mod tests;
