//! One bounded child process: argument vector, cleared environment, own process group, deadline.
//!
//! Owns starting it, feeding it, reading it, and its end: whatever happens, and also where the
//! future is dropped, its whole process group is killed. Knows nothing of what is run.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use super::start;

/// How much of what a child says on stderr is kept; the rest is read and dropped.
const SAID: usize = 32 * 1024;

/// What to run, and how far it may go.
pub struct Child {
    /// Looked up in the `PATH` of `environment`.
    pub program: OsString,
    pub arguments: Vec<OsString>,
    /// All of it: nothing is inherited.
    pub environment: Vec<(OsString, OsString)>,
    /// Where it runs; must exist.
    pub folder: PathBuf,
    /// What it reads from stdin; empty: `/dev/null`.
    pub input: Vec<u8>,
    pub deadline: Duration,
    /// Most bytes of stdout; one more ends it.
    pub most: usize,
    /// It keeps the run's locks as long as it lives.
    pub changes: bool,
}

/// A child that ended by itself.
#[derive(Debug)]
pub struct Finished {
    /// None: a signal ended it.
    pub code: Option<i32>,
    pub out: Vec<u8>,
    /// The first 32 KiB.
    pub said: String,
}

/// A child that could not start, or had to be ended.
#[derive(Debug)]
pub enum Broken {
    /// There is no such program on the PATH.
    Missing,
    /// It was still running at its deadline.
    Late(Duration),
    /// It wrote more than it may.
    Large(usize),
    Io(io::Error),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is not installed"),
            Self::Late(deadline) => write!(f, "was ended after {deadline:?}"),
            Self::Large(most) => write!(f, "was ended: it wrote over {most} bytes"),
            Self::Io(error) => write!(f, "could not be run: {error}"),
        }
    }
}

impl std::error::Error for Broken {}

impl Child {
    pub async fn run(self) -> Result<Finished, Broken> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
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
        let spawned = start::child(self.changes, || command.spawn());
        let mut child = spawned.map_err(|error| match error.kind() {
            // The folder's absence gives the same error.
            io::ErrorKind::NotFound if self.folder.is_dir() => Broken::Missing,
            _ => Broken::Io(error),
        })?;
        // Declared after `child`, so dropped before it: the group is killed while its leader
        // still holds the id.
        let mut group = Group::of(&child);
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let talk = async {
            let feed = async {
                if let Some(mut stdin) = stdin {
                    // A child that ends before it has read all of it says why on stderr.
                    let _ = stdin.write_all(&self.input).await;
                }
                Ok(())
            };
            tokio::try_join!(feed, whole(stdout, self.most), start(stderr))
        };
        let ((), out, said) = match tokio::time::timeout(self.deadline, talk).await {
            Ok(done) => done?,
            Err(_) => return Err(Broken::Late(self.deadline)),
        };
        let status = match tokio::time::timeout(self.deadline, child.wait()).await {
            Ok(status) => status.map_err(Broken::Io)?,
            Err(_) => return Err(Broken::Late(self.deadline)),
        };
        group.gone();
        Ok(Finished {
            code: status.code(),
            out,
            said: String::from_utf8_lossy(&said).into_owned(),
        })
    }
}

/// Kills a process group when dropped.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &tokio::process::Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }

    /// Its leader was waited for: the id may soon be another's.
    fn gone(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // Fails only where nothing is left of it.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

/// All of a stream, if it has at most `most` bytes.
async fn whole(stream: Option<impl AsyncRead + Unpin>, most: usize) -> Result<Vec<u8>, Broken> {
    let mut out = Vec::new();
    let Some(stream) = stream else {
        return Ok(out);
    };
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    stream
        .take(limit)
        .read_to_end(&mut out)
        .await
        .map_err(Broken::Io)?;
    if out.len() > most {
        return Err(Broken::Large(most));
    }
    Ok(out)
}

/// The first bytes of a stream, which is read to its end.
async fn start(stream: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, Broken> {
    let mut kept = Vec::new();
    let Some(mut stream) = stream else {
        return Ok(kept);
    };
    let mut chunk = vec![0; 4096];
    loop {
        let n = stream.read(&mut chunk).await.map_err(Broken::Io)?;
        if n == 0 {
            return Ok(kept);
        }
        let room = SAID.saturating_sub(kept.len()).min(n);
        kept.extend_from_slice(&chunk[..room]);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn child(program: &str, arguments: &[&str]) -> Child {
        Child {
            program: program.into(),
            arguments: arguments.iter().map(OsString::from).collect(),
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
        assert_eq!((done.code, done.said.as_str()), (Some(7), "no\n"));
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
            Err(Broken::Missing)
        ));
        let mut lost = child("true", &[]);
        lost.folder = "/no/such/folder".into();
        assert!(matches!(lost.run().await, Err(Broken::Io(_))));
    }

    #[tokio::test]
    async fn its_whole_group_ends_at_the_deadline() {
        let folder = tempfile::tempdir().unwrap();
        let mut slow = child("sh", &["-c", "sleep 60 & echo $! > pid; sleep 60"]);
        slow.folder = folder.path().into();
        slow.deadline = Duration::from_millis(500);
        let since = Instant::now();
        assert!(matches!(slow.run().await, Err(Broken::Late(_))));
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
    async fn a_flood_ends_it_and_stderr_is_cut() {
        let since = Instant::now();
        assert!(matches!(
            child("yes", &[]).run().await,
            Err(Broken::Large(1000))
        ));
        assert!(since.elapsed() < Duration::from_secs(10));
        let done = child("sh", &["-c", "head -c 100000 /dev/zero >&2"])
            .run()
            .await
            .unwrap();
        assert_eq!(done.said.len(), SAID);
    }
}
