//! One bounded child process: argument vector, cleared environment, own process group, deadline.
//!
//! Owns starting it, feeding it, reading it, and its end: at its deadline it is asked to end, then
//! its whole process group is killed, as it is where the future is dropped. Knows nothing of what
//! is run.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, Command};

use super::lock_inheritance;

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
#[derive(Debug)]
pub enum ChildError {
    /// There is no such program on the PATH.
    Missing,
    /// It was still running at its deadline.
    Late(Duration),
    Io(io::Error),
}

impl fmt::Display for ChildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is not installed"),
            Self::Late(deadline) => {
                let waited = deadline.as_secs_f32();
                write!(f, "did not end within {waited} s and was stopped")
            }
            Self::Io(error) => write!(f, "could not be run: {error}"),
        }
    }
}

impl std::error::Error for ChildError {}

impl From<io::Error> for ChildError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Child {
    pub async fn run(self) -> Result<Finished, ChildError> {
        let Some((program, arguments)) = self.command.split_first() else {
            return Err(ChildError::Missing);
        };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(self.environment)
            .current_dir(&self.folder)
            .stdin(if self.input.is_empty() {
                Stdio::null()
            } else {
                Stdio::piped()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let spawned = lock_inheritance::child(self.changes, || command.spawn());
        let mut child = spawned.map_err(|error| match error.kind() {
            // The folder's absence gives the same error.
            io::ErrorKind::NotFound if self.folder.is_dir() => ChildError::Missing,
            _ => ChildError::Io(error),
        })?;
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
}

/// The process group of a child that was not waited for: killed when dropped.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &tokio::process::Child) -> Self {
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
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn child(program: &str, arguments: &[&str]) -> Child {
        Child {
            command: [program]
                .iter()
                .chain(arguments)
                .map(OsString::from)
                .collect(),
            environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
            folder: "/".into(),
            input: Vec::new(),
            deadline: Duration::from_secs(20),
            most: 1000,
            changes: false,
        }
    }

    /// Does a process other than a zombie have this id?
    fn lives(id: &str) -> bool {
        std::fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| {
            !stat
                .rsplit(')')
                .next()
                .unwrap_or_default()
                .starts_with(" Z")
        })
    }

    async fn dies(id: &str) -> bool {
        for _ in 0..100 {
            if !lives(id) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }

    #[tokio::test]
    async fn says_what_it_was_given_and_how_it_ended() {
        let mut cat = child("cat", &[]);
        cat.input = b"one\ntwo\n".to_vec();
        let done = cat.run().await.unwrap();
        assert_eq!(
            (done.code, done.out.as_slice()),
            (Some(0), b"one\ntwo\n".as_slice())
        );
        let done = child("sh", &["-c", "echo no >&2; exit 7"])
            .run()
            .await
            .unwrap();
        assert_eq!((done.code, done.stderr.as_str()), (Some(7), "no\n"));
    }

    #[tokio::test]
    async fn inherits_nothing() {
        let done = child("env", &[]).run().await.unwrap();
        assert_eq!(done.out, b"PATH=/usr/bin:/bin\n");
    }

    #[tokio::test]
    async fn a_missing_program_is_told_from_a_missing_folder() {
        assert!(matches!(
            child("no-such-program", &[]).run().await,
            Err(ChildError::Missing)
        ));
        let mut lost = child("true", &[]);
        lost.folder = "/no/such/folder".into();
        assert!(matches!(lost.run().await, Err(ChildError::Io(_))));
    }

    #[tokio::test]
    async fn its_whole_group_ends_at_the_deadline() {
        let folder = tempfile::tempdir().unwrap();
        let mut slow = child("sh", &["-c", "sleep 60 & echo $! > pid; sleep 60"]);
        slow.folder = folder.path().into();
        slow.deadline = Duration::from_millis(500);
        let since = Instant::now();
        assert!(matches!(slow.run().await, Err(ChildError::Late(_))));
        assert!(since.elapsed() < Duration::from_secs(10));
        let id = std::fs::read_to_string(folder.path().join("pid")).unwrap();
        assert!(dies(id.trim()).await);
    }

    #[tokio::test]
    async fn its_whole_group_ends_when_nobody_waits_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let mut slow = child("sh", &["-c", "sleep 60 & echo $! > pid; sleep 60"]);
        slow.folder = folder.path().into();
        let _ = tokio::time::timeout(Duration::from_millis(500), slow.run()).await;
        let id = std::fs::read_to_string(folder.path().join("pid")).unwrap();
        assert!(dies(id.trim()).await);
    }

    #[tokio::test]
    async fn a_deaf_child_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let script = "trap '' TERM; echo $$ > pid; while :; do sleep 60; done";
        let mut deaf = child("sh", &["-c", script]);
        deaf.folder = folder.path().into();
        deaf.deadline = Duration::from_millis(500);
        assert!(matches!(deaf.run().await, Err(ChildError::Late(_))));
        let id = std::fs::read_to_string(folder.path().join("pid")).unwrap();
        assert!(!lives(id.trim()));
    }

    #[tokio::test]
    async fn a_late_child_may_say_farewell() {
        let folder = tempfile::tempdir().unwrap();
        // More than a pipe holds.
        let script = "trap 'head -c 300000 /dev/zero; echo > tidied; exit' TERM; sleep 60 & wait";
        let mut late = child("sh", &["-c", script]);
        late.folder = folder.path().into();
        late.deadline = Duration::from_millis(500);
        assert!(matches!(late.run().await, Err(ChildError::Late(_))));
        assert!(folder.path().join("tidied").exists());
    }

    #[tokio::test]
    async fn output_keeps_its_beginning_and_what_it_said_its_end() {
        let script = "yes 0123456789 | head -n 20000; yes x | head -n 200000 >&2; echo last >&2";
        let done = child("sh", &["-c", script]).run().await.unwrap();
        assert!(done.success() && done.cut);
        assert_eq!(done.out.len(), 1000);
        assert!(done.out.starts_with(b"0123456789\n"));
        assert!(done.stderr.len() > STDERR - 2 && done.stderr.ends_with("x\nlast\n"));
        // A line whose beginning is gone is gone with it.
        let script = "head -c 300000 /dev/zero | tr '\\0' x >&2; echo >&2; echo last >&2";
        let done = child("sh", &["-c", script]).run().await.unwrap();
        assert_eq!(done.stderr, "last\n");
        let mut exact = child("head", &["-c", "1000", "/dev/zero"]);
        exact.most = 1000;
        assert!(!exact.run().await.unwrap().cut);
    }
}
