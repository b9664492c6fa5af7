//! A command under way: its lines as they come, signals to it, its end.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::ran::Ran;

/// Nothing here takes longer; what does hangs.
const LONGEST: Duration = Duration::from_secs(150);

pub struct Live {
    command: String,
    child: Child,
    lines: Receiver<String>,
    out: String,
    err: Option<JoinHandle<String>>,
    began: Instant,
}

impl Live {
    pub fn start(mut command: Command) -> Self {
        let began = Instant::now();
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
        let words = words.join(" ");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{words}: {error}"));
        let (sender, lines) = channel();
        let (out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in BufReader::new(out).split(b'\n').map_while(Result::ok) {
                // A test that has failed reads no more.
                let _gone = sender.send(String::from_utf8_lossy(&line).into_owned());
            }
        });
        let err = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _broken = err.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
        Self {
            command: words,
            child,
            lines,
            out: String::new(),
            err: Some(err),
            began,
        }
    }

    /// Waits for an event of a run with `--json`.
    pub fn until(&mut self, name: &str, step: &str) -> Value {
        loop {
            let Some(line) = self.line() else {
                let said = self.finish();
                panic!("it ended without {name} of {step}:{said}");
            };
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            if event["event"] == name && (step.is_empty() || event["step"] == step) {
                return event;
            }
        }
    }

    /// Waits for a line that says this.
    pub fn says(&mut self, words: &str) {
        loop {
            match self.line() {
                Some(line) if line.contains(words) => return,
                Some(_) => {}
                None => {
                    let said = self.finish();
                    panic!("it ended without saying {words:?}:{said}");
                }
            }
        }
    }

    pub fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for a line; `None`: there will be no more.
    fn line(&mut self) -> Option<String> {
        let left = LONGEST.saturating_sub(self.began.elapsed());
        match self.lines.recv_timeout(left) {
            Ok(line) => {
                self.out += &line;
                self.out.push('\n');
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                self.send(Signal::KILL);
                let said = self.finish();
                panic!("it hangs:{said}");
            }
        }
    }

    /// To this process alone, not to its children.
    pub fn send(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).unwrap();
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// As the power button would, but for its children.
    pub fn kill(mut self) {
        self.send(Signal::KILL);
        self.child.wait().unwrap();
    }

    pub fn end(mut self) -> Ran {
        while self.line().is_some() {}
        self.finish()
    }

    fn finish(&mut self) -> Ran {
        let status = self.child.wait().unwrap();
        let took = self.began.elapsed();
        self.out
            .extend(self.lines.try_iter().map(|line| line + "\n"));
        let err = self.err.take().map(|err| err.join().unwrap());
        Ran {
            command: self.command.clone(),
            status,
            out: std::mem::take(&mut self.out),
            err: err.unwrap_or_default(),
            took,
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            // A failed test must not leave its run behind.
            let _ended = self.child.kill();
            let _reaped = self.child.wait();
        }
    }
}
