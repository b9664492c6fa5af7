//! One child process: its time, its output and its end are bounded.
//!
//! Owns how a child is started and stopped. What it is told, and what it says, is the caller's.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use crate::adapter::start;

/// Most that is kept of either output, in bytes.
pub const OUTPUT: usize = 1024 * 1024;
/// What is kept of the errors: their end, in bytes.
const ERRORS: usize = 64 * 1024;
/// How long a child that was told to end may take.
const FAREWELL: Duration = Duration::from_secs(5);

/// How a child ended.
#[derive(Debug)]
pub struct Ended {
    pub success: bool,
    /// The first [`OUTPUT`] bytes of its output, and whether there were more.
    pub output: Vec<u8>,
    pub cut: bool,
    /// The end of what it wrote to its errors.
    pub errors: String,
    /// It did not end by itself in time.
    pub late: bool,
}

/// A program and its arguments, with the whole of its environment.
pub struct Child<'a> {
    pub program: &'a [OsString],
    pub arguments: &'a [OsString],
    pub environment: &'a [(OsString, OsString)],
    pub folder: &'a Path,
    pub within: Duration,
    /// It keeps the run's locks as long as it lives.
    pub changes: bool,
}

impl Child<'_> {
    /// Runs it to its end. Dropping the future kills the child and its children.
    pub async fn run(&self) -> io::Result<Ended> {
        let Some((program, first)) = self.program.split_first() else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let mut command = Command::new(program);
        command
            .args(first)
            .args(self.arguments)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .current_dir(self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let mut child = start::child(self.changes, || command.spawn())?;
        let mut group = Group::of(child.id());
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        let (mut head, mut tail) = (Head::default(), Tail::default());
        let end = async {
            let reading = futures_util::future::join(head.read(output), tail.read(errors));
            reading.await;
            child.wait().await
        };
        let status = match tokio::time::timeout(self.within, end).await {
            Ok(status) => Some(status?),
            Err(_) => {
                group.signal(Signal::TERM);
                let ended = tokio::time::timeout(FAREWELL, child.wait()).await;
                group.signal(Signal::KILL);
                if ended.is_err() {
                    child.wait().await?;
                }
                None
            }
        };
        group.ended();
        Ok(Ended {
            success: status.is_some_and(|status| status.success()),
            output: head.kept,
            cut: head.more,
            errors: String::from_utf8_lossy(&tail.kept).into_owned(),
            late: status.is_none(),
        })
    }
}

/// The process group of a child that has not been waited for: killed when dropped.
struct Group(Option<Pid>);

impl Group {
    fn of(id: Option<u32>) -> Self {
        let id = id.and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.0 {
            // It fails only where nobody is left to tell.
            let _ = kill_process_group(pid, signal);
        }
    }

    /// From here on the number may be another's.
    fn ended(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// The beginning of a stream; the rest is read and dropped, so that the child never blocks.
#[derive(Default)]
struct Head {
    kept: Vec<u8>,
    more: bool,
}

impl Head {
    async fn read(&mut self, stream: Option<impl AsyncRead + Unpin>) {
        each(stream, |piece| {
            let room = OUTPUT - self.kept.len();
            self.more |= piece.len() > room;
            self.kept.extend_from_slice(&piece[..piece.len().min(room)]);
        })
        .await;
    }
}

/// The end of a stream.
#[derive(Default)]
struct Tail {
    kept: Vec<u8>,
}

impl Tail {
    async fn read(&mut self, stream: Option<impl AsyncRead + Unpin>) {
        each(stream, |piece| {
            self.kept.extend_from_slice(piece);
            if self.kept.len() > 2 * ERRORS {
                self.kept.drain(..self.kept.len() - ERRORS);
            }
        })
        .await;
    }
}

async fn each(stream: Option<impl AsyncRead + Unpin>, mut add: impl FnMut(&[u8])) {
    let Some(mut stream) = stream else { return };
    let mut piece = vec![0; 16 * 1024];
    // A stream that breaks has ended; how the child ended is asked separately.
    while let Ok(read @ 1..) = stream.read(&mut piece).await {
        add(&piece[..read]);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use std::time::Instant;

    use super::*;

    async fn busybox(arguments: &[&str], within: Duration) -> Ended {
        let program = ["/bin/busybox".into()];
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        let child = Child {
            program: &program,
            arguments: &arguments,
            environment: &[("ONLY".into(), "this".into())],
            folder: Path::new("/"),
            within,
            changes: false,
        };
        child.run().await.unwrap()
    }

    fn alive(marker: &str) -> bool {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        processes
            .filter_map(|process| std::fs::read(process.path().join("cmdline")).ok())
            .any(|line| {
                String::from_utf8_lossy(&line)
                    .split('\0')
                    .any(|word| word == marker)
            })
    }

    const LONG: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn nothing_is_inherited() {
        let ended = busybox(&["env"], LONG).await;
        assert!(ended.success && !ended.cut && !ended.late);
        assert_eq!(ended.output, b"ONLY=this\n");
    }

    #[tokio::test]
    async fn output_is_bounded_and_errors_keep_their_end() {
        let script =
            "yes 0123456789 | head -n 200000; yes x | head -n 200000 >&2; echo last >&2; exit 3";
        let ended = busybox(&["sh", "-c", script], LONG).await;
        assert!(!ended.success && ended.cut);
        assert_eq!(ended.output.len(), OUTPUT);
        assert!(ended.errors.len() <= 2 * ERRORS && ended.errors.ends_with("last\n"));
    }

    #[tokio::test]
    async fn a_late_child_ends_with_its_children() {
        let since = Instant::now();
        let script = "busybox sleep 7411 & busybox sleep 7411";
        let ended = busybox(&["sh", "-c", script], Duration::from_millis(300)).await;
        assert!(ended.late && !ended.success);
        assert!(since.elapsed() < FAREWELL);
        assert!(!alive("7411"));
    }

    #[tokio::test]
    async fn a_deaf_child_is_killed() {
        let script = "trap '' TERM; while :; do busybox sleep 7412; done";
        let ended = busybox(&["sh", "-c", script], Duration::from_millis(300)).await;
        assert!(ended.late);
        assert!(!alive("7412"));
    }

    #[tokio::test]
    async fn a_dropped_child_ends_with_its_children() {
        let script = "busybox sleep 7413 & busybox sleep 7413";
        let arguments = ["sh", "-c", script];
        let run = busybox(&arguments, LONG);
        assert!(
            tokio::time::timeout(Duration::from_millis(300), run)
                .await
                .is_err()
        );
        for _ in 0..50 {
            if !alive("7413") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("a child outlived its run");
    }
}
