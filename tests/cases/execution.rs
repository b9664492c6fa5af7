//! Runs a case, and holds what came of it against what must come.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::case::{Beside, Case, ExpectedOutput, Variable};
use super::case_folder::CaseFolder;
use super::installation::Installation;
use crate::support::limit::LIMIT;
use crate::support::snapshot::Snapshot;

/// What the program put out, and what is wrong whatever it was to put out.
pub struct CaseResult {
    pub output: ExpectedOutput,
    pub wrong: Vec<String>,
}

impl CaseResult {
    /// Empty: as it must be.
    pub fn compare(&self, expected: &ExpectedOutput) -> String {
        let mut wrong = self.wrong.join("\n");
        if self.output != *expected {
            let ExpectedOutput {
                exit,
                out,
                err,
                network,
            } = &self.output;
            wrong += &format!("\n--- exit {exit}, not {}", expected.exit);
            for (name, was, wanted) in [
                ("out", out, &expected.out),
                ("err", err, &expected.err),
                ("network", network, &expected.network),
            ] {
                if was != wanted {
                    wrong += &format!("\n--- {name}:\n{was}\n--- not:\n{wanted}");
                }
            }
        }
        wrong
    }
}

/// Puts the case's files in place, runs its commands and takes everything away again.
pub fn run(case: &Case, installation: &Installation) -> CaseResult {
    let folder = CaseFolder::new(case, installation);
    let execution = Execution {
        case,
        installation,
        folder: &folder,
        deadline: Instant::now() + LIMIT,
    };
    for words in &case.first {
        let words = words.words(|it| folder.expand(it));
        let ended = execution.end(execution.command(words, case.user), "");
        let err = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "what comes first: {err}");
    }
    let beside = case.beside.as_ref().map(|it| execution.start_beside(it));
    let before = Snapshot::of(&folder.path(""));
    let (output, mut wrong) = execution.run_all();
    drop(beside);
    if !case.runs {
        let mut changed = Snapshot::of(&folder.path("")).since(&before);
        // What it keeps for itself; nothing of a run is in them.
        let own = [
            "state",
            "state/compiled",
            "state/plugins",
            "state/mirrors",
            "state/home",
            "state/programs.json",
        ];
        changed.retain(|path| {
            let path = path.strip_prefix(folder.path("")).unwrap();
            !own.iter().any(|own| path == std::path::Path::new(own))
                && !path.starts_with("state/compiled")
                && !path.starts_with("state/locks")
        });
        if !changed.is_empty() {
            wrong.push(format!("it changed {changed:?}"));
        }
    }
    CaseResult { output, wrong }
}

struct Execution<'a> {
    case: &'a Case,
    installation: &'a Installation,
    folder: &'a CaseFolder,
    /// What runs then hangs.
    deadline: Instant,
}

/// A command that is under way; dropped, it is killed.
struct Background(Child);

impl Drop for Background {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

impl Execution<'_> {
    /// The program in the case's folder and environment.
    fn command(&self, words: Vec<OsString>, user: Option<u32>) -> Command {
        let mut command = Command::new(self.installation.program());
        command.args(words);
        self.place(command, user)
    }

    fn place(&self, mut command: Command, user: Option<u32>) -> Command {
        let here = self.folder.path("");
        command.current_dir(&here).env_clear();
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command
            .env("HOME", &here)
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC");
        command.env("STATE_DIRECTORY", self.folder.path("state"));
        for (name, value) in &self.case.environment {
            match value {
                Variable::Kept(kept) => {
                    assert!(!kept, "{name} = true means nothing");
                    command.env_remove(name)
                }
                Variable::Set(text) => {
                    use std::os::unix::ffi::OsStringExt;
                    let value = text.bytes(|it| self.folder.expand(it));
                    command.env(name, OsString::from_vec(value))
                }
            };
        }
        if let Some(user) = user {
            command.uid(user).gid(user);
        }
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn start_beside(&self, beside: &Beside) -> Background {
        let words = beside.command.words(|it| self.folder.expand(it));
        let mut command = self.command(words, beside.user);
        let mut child = Background(command.stdin(Stdio::null()).spawn().unwrap());
        let out = child.0.stdout.take().unwrap();
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                // Once it has printed what is waited for, nobody listens.
                let _gone = sender.send(line);
            }
        });
        let mut lines = Vec::new();
        while let Ok(line) = receiver.recv_timeout(self.left()) {
            lines.push(line);
            if lines.iter().any(|line| line.contains(&beside.until)) {
                return child;
            }
        }
        panic!("it never printed {:?}: {lines:#?}", beside.until);
    }

    fn run_all(&self) -> (ExpectedOutput, Vec<String>) {
        let mut wrong = Vec::new();
        let ends: Vec<Output> = std::thread::scope(|scope| {
            let one = |_| scope.spawn(|| self.run_one());
            let all: Vec<_> = (0..self.case.times).map(one).collect();
            all.into_iter().map(wait_for).collect()
        });
        let mut outputs: Vec<ExpectedOutput> = Vec::new();
        let mut winners = 0;
        for ended in ends {
            let normalize = |bytes: &[u8]| self.normalize(&String::from_utf8_lossy(bytes));
            let one = ExpectedOutput {
                exit: ended.status.code().unwrap_or(-1),
                out: normalize(&ended.stdout),
                err: normalize(&ended.stderr),
                network: String::new(),
            };
            if one.err.contains("panicked at") {
                wrong.push(format!("it panics:\n{}", one.err));
            }
            if Some(one.exit) == self.case.winner {
                winners += 1;
                continue;
            }
            outputs.push(one);
        }
        if winners != usize::from(self.case.winner.is_some()) {
            wrong.push(format!("{winners} got through"));
        }
        outputs.dedup();
        if outputs.len() > 1 {
            wrong.push(format!("they ended differently: {outputs:#?}"));
        }
        (outputs.swap_remove(0), wrong)
    }

    fn run_one(&self) -> Output {
        let words = self.case.command.words(|it| self.folder.expand(it));
        let command = match &self.case.through {
            None => self.command(words, self.case.user),
            Some(line) => {
                let mut shell = Command::new("sh");
                shell
                    .arg("-c")
                    .arg(line)
                    .arg("sh")
                    .arg(self.installation.program())
                    .args(words);
                self.place(shell, self.case.user)
            }
        };
        self.end(command, &self.case.stdin)
    }

    /// Runs a command to its end. What hangs is killed, and its case fails.
    fn end(&self, mut command: Command, stdin: &str) -> Output {
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let (mut pipe, text) = (child.stdin.take().unwrap(), stdin.to_owned());
        std::thread::spawn(move || {
            // Who does not read it has closed it.
            let _unread = pipe.write_all(text.as_bytes());
        });
        let out = read_all(child.stdout.take().unwrap());
        let err = read_all(child.stderr.take().unwrap());
        loop {
            let ended = child.try_wait().unwrap();
            // A child of its own may hold its output open for longer than it lives.
            if let Some(status) = ended
                && out.is_finished()
                && err.is_finished()
            {
                return Output {
                    status,
                    stdout: out.join().unwrap(),
                    stderr: err.join().unwrap(),
                };
            }
            if self.left().is_zero() {
                let _ended = child.kill();
                let _reaped = child.wait();
                panic!("it hangs: killed after {LIMIT:?}: {command:?}");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Without what is another each time: folders, run ids, process ids, times.
    fn normalize(&self, text: &str) -> String {
        let here = self.folder.path("");
        let here = here.to_str().unwrap().trim_end_matches('/');
        let text = text.replace(here, "{here}");
        let text = text.replace(&self.installation.seen_plugins(), "{plugins}");
        let mut plain = String::new();
        let mut rest = text.as_str();
        while let Some(first) = rest.chars().next() {
            let new = !plain.ends_with(|it: char| it.is_ascii_alphanumeric());
            let (length, name) = match new {
                true => varying(&plain, rest),
                false => (0, ""),
            };
            match length {
                0 => plain.push(first),
                _ => plain += name,
            }
            rest = &rest[if length == 0 {
                first.len_utf8()
            } else {
                length
            }..];
        }
        plain
    }
}

/// How long what varies is at the beginning of a text, and what it is shown as.
fn varying(before: &str, text: &str) -> (usize, &'static str) {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let hex = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b'-';
    let id = text.bytes().take_while(|it| hex(it)).count();
    let dashed = text.as_bytes().get(8) == Some(&b'-') && text.starts_with("01");
    if dashed && [13, 36].contains(&id) {
        return (id, "{run}");
    }
    let number = digits(text);
    if number > 0 && before.ends_with("pid ") {
        return (number, "{pid}");
    }
    let (hours, minutes) = (number == 2, text.get(3..).map_or(0, digits) == 2);
    if hours && minutes && text.as_bytes()[2] == b':' && before.ends_with("since ") {
        return (5, "{time}");
    }
    // As runs show how long a thing took: `0.1 s`.
    if number > 0 && text[number..].starts_with('.') {
        let more = digits(&text[number + 1..]);
        if more == 1 && text[number + 2..].starts_with(" s") {
            return (number + 4, "{time}");
        }
    }
    (0, "")
}

fn read_all(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _broken = from.read_to_end(&mut bytes);
        bytes
    })
}

/// What a thread came to; it panics as that thread did.
fn wait_for<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    let ended = thread.join();
    ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
