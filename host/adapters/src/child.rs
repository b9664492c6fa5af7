//! One bounded child process: argument vector, cleared environment, own process group, deadline.
//!
//! Owns starting it, feeding it, reading it, and its end: at its deadline it is asked to end, then
//! its whole process group is killed, as it is where the future is dropped. Knows nothing of what
//! is run.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::Stdio;
use std::time::Duration;

use rustix::fs::{Access, access};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, Command};

use super::lock_inheritance;
use deployhost_policy::Diagnostic;

/// How much of what a child says on stderr is kept, in bytes: its end, where the reason stands.
const STDERR: usize = 64 * 1024;
/// How long a child that was told to end may take.
const FAREWELL: Duration = Duration::from_secs(5);

/// What to run, and how far it may go.
pub struct Child {
    /// A program, looked up in the `PATH` of `environment`, and its arguments.
    pub command: Vec<OsString>,
    /// All of it: nothing is inherited.
    pub environment: Vec<(OsString, OsString)>,
    /// Where it runs; must exist.
    pub folder: PathBuf,
    /// What it reads from stdin; empty: `/dev/null`.
    pub input: Vec<u8>,
    pub deadline: Duration,
    /// Most bytes of stdout that are kept.
    pub most: usize,
    /// It keeps the run's locks as long as it lives.
    pub changes: bool,
}

/// A child that ended by itself.
#[derive(Debug)]
pub struct Finished {
    /// None: a signal ended it.
    pub code: Option<i32>,
    /// The beginning of stdout.
    pub out: Vec<u8>,
    /// There was more of it.
    pub cut: bool,
    /// The last 64 KiB of stderr.
    pub stderr: String,
}

impl Finished {
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }
}

/// A child that could not start, or had to be ended.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// There is no such program on the PATH.
    #[error("is not installed")]
    Missing,
    /// It was still running at its deadline.
    #[error("did not end within {} s and was stopped", .0.as_secs_f32())]
    Late(Duration),
    #[error("could not be run: {0}")]
    Io(#[from] io::Error),
}

impl ChildError {
    /// The problem with a program of this name: `git fetch is not installed`.
    pub fn of(&self, program: impl fmt::Display) -> Diagnostic {
        let code = match self {
            Self::Missing => "program.not-installed",
            Self::Late(_) => "program.late",
            Self::Io(_) => "program.not-run",
        };
        Diagnostic::new(code, format!("{program} {self}")).parameter("program", program.to_string())
    }
}

impl From<ChildError> for Diagnostic {
    fn from(error: ChildError) -> Self {
        error.of("a program")
    }
}

impl Child {
    pub async fn run(self) -> Result<Finished, ChildError> {
        let stdin = match self.input.is_empty() {
            true => Stdio::null(),
            false => Stdio::piped(),
        };
        let mut child = self.spawn(stdin)?;
        // Declared after `child`, so dropped before it: the group is killed while its leader
        // still holds the id.
        let mut group = Group::of(&child);
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let in_time = {
            let mut end = pin!(async {
                let (feed, out, said) = (
                    feed(stdin, &self.input),
                    head(stdout, self.most),
                    tail(stderr),
                );
                let ((), (out, cut), said) = tokio::try_join!(feed, out, said)?;
                let code = child.wait().await?.code();
                Ok::<_, io::Error>(Finished {
                    code,
                    out,
                    cut,
                    stderr: String::from_utf8_lossy(&said).into_owned(),
                })
            });
            match tokio::time::timeout(self.deadline, &mut end).await {
                Ok(finished) => Some(finished?),
                Err(_) => {
                    group.signal(Signal::TERM);
                    // Read on: a full pipe would keep it from ending as it should.
                    let _ = tokio::time::timeout(FAREWELL, end).await;
                    None
                }
            }
        };
        if in_time.is_none() {
            group.signal(Signal::KILL);
            child.wait().await?;
        }
        group.gone();
        in_time.ok_or(ChildError::Late(self.deadline))
    }

    /// Starts it, with stdout and stderr to be read. Its deadline and bounds are for the caller to keep.
    pub(crate) fn spawn(&self, stdin: Stdio) -> Result<tokio::process::Child, ChildError> {
        let (program, arguments) = self.command.split_first().ok_or(ChildError::Missing)?;
        let paths = self.environment.iter().find(|(name, _)| name == "PATH");
        // By its path it is started without a copy of this process.
        let found = paths.and_then(|(_, folders)| find_program(program, folders));
        let mut command = Command::new(found.as_deref().unwrap_or(Path::new(program)));
        command
            .arg0(program)
            .args(arguments)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .current_dir(&self.folder)
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let spawned = lock_inheritance::child(self.changes, || command.spawn());
        spawned.map_err(|error| match error.kind() {
            // The folder's absence gives the same error.
            io::ErrorKind::NotFound if self.folder.is_dir() => ChildError::Missing,
            _ => ChildError::Io(error),
        })
    }
}

/// Where a program lies that is named without a folder: in the first of these that has it.
pub fn find_program(name: &OsStr, folders: &OsStr) -> Option<PathBuf> {
    if name.as_encoded_bytes().contains(&b'/') {
        return None;
    }
    let paths = std::env::split_paths(folders).map(|folder| folder.join(name));
    let is_program = |path: &PathBuf| path.is_file() && access(path, Access::EXEC_OK).is_ok();
    paths.into_iter().find(is_program)
}

/// The process group of a child that was not waited for: killed when dropped.
pub(crate) struct Group(Option<Pid>);

impl Group {
    pub(crate) fn of(child: &tokio::process::Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }

    fn signal(&self, signal: Signal) {
        if let Some(leader) = self.0 {
            // Fails only where nothing is left of it.
            let _ = kill_process_group(leader, signal);
        }
    }

    /// Its leader was waited for: the id may soon be another's.
    fn gone(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

async fn feed(stdin: Option<ChildStdin>, input: &[u8]) -> io::Result<()> {
    if let Some(mut stdin) = stdin {
        // A child that ends before it has read all of it says why on stderr.
        let _ = stdin.write_all(input).await;
    }
    Ok(())
}

/// The first bytes of a stream, and whether there were more.
async fn head(stream: Option<impl AsyncRead + Unpin>, most: usize) -> io::Result<(Vec<u8>, bool)> {
    let (mut kept, mut more) = (Vec::new(), false);
    each(stream, |piece| {
        let room = (most - kept.len()).min(piece.len());
        more |= piece.len() > room;
        kept.extend_from_slice(&piece[..room]);
    })
    .await?;
    Ok((kept, more))
}

/// The last bytes of a stream, from the beginning of a line: half of one may be half of a secret,
/// which nobody would recognise.
async fn tail(stream: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let (mut kept, mut cut) = (Vec::new(), false);
    each(stream, |piece| {
        kept.extend_from_slice(piece);
        if kept.len() > 2 * STDERR {
            kept.drain(..kept.len() - STDERR);
            cut = true;
        }
    })
    .await?;
    cut |= kept.len() > STDERR;
    kept.drain(..kept.len().saturating_sub(STDERR));
    if cut {
        let end = kept.iter().position(|byte| *byte == b'\n');
        kept.drain(..end.map_or(kept.len(), |end| end + 1));
    }
    Ok(kept)
}

/// Every piece of a stream, to its end, so that the child never blocks.
async fn each(
    stream: Option<impl AsyncRead + Unpin>,
    mut add: impl FnMut(&[u8]),
) -> io::Result<()> {
    let Some(mut stream) = stream else {
        return Ok(());
    };
    let mut piece = vec![0; 16 * 1024];
    loop {
        match stream.read(&mut piece).await? {
            0 => return Ok(()),
            read => add(&piece[..read]),
        }
    }
}

#[cfg(test)]
mod tests;
