//! A terminal that a command runs on, and what then stands on its screen.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use vt100::{Color, Parser};

/// Wide enough for every line as it is before temporary paths are made short.
const COLUMNS: u16 = 240;
const ROWS: u16 = 60;
const LONGEST: Duration = Duration::from_secs(120);

/// A piece of a line in one style.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    pub text: String,
    pub style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Style {
    /// Of the terminal's eight; none: its own.
    pub colour: Option<u8>,
    pub bold: bool,
    pub dim: bool,
}

/// A command on a terminal.
pub struct Terminal {
    child: Child,
    master: File,
    output: Receiver<Vec<u8>>,
    screen: Parser,
    began: Instant,
}

impl Terminal {
    pub fn start(mut command: Command) -> Self {
        let size = Winsize {
            ws_row: ROWS,
            ws_col: COLUMNS,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        tcsetwinsize(&master, size).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let side = rustix::fs::open(&name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        let slave = || Stdio::from(side.try_clone().unwrap());
        command.env("TERM", "xterm-256color");
        let child = command
            .stdin(slave())
            .stdout(slave())
            .stderr(slave())
            .spawn()
            .unwrap();
        // They hold the command's side of the terminal open.
        drop((command, side));
        let master = File::from(master);
        let mut reading = master.try_clone().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            loop {
                match reading.read(&mut bytes) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    // Nobody has the other side open any more.
                    Ok(0) | Err(_) => break,
                    Ok(count) if sender.send(bytes[..count].to_vec()).is_err() => break,
                    Ok(_) => {}
                }
            }
        });
        Self {
            child,
            master,
            output,
            screen: Parser::new(ROWS, COLUMNS, 0),
            began: Instant::now(),
        }
    }

    /// Waits until a text stands on the screen.
    pub fn until(&mut self, text: &str) {
        while !self.screen.screen().contents().contains(text) {
            let said = self.more();
            let shown = self.screen.screen().contents();
            assert!(said, "it ended without {text:?}:\n{shown}");
        }
    }

    pub fn types(&mut self, text: &str) {
        self.master.write_all(text.as_bytes()).unwrap();
    }

    pub fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end: the exit code, none where a signal killed it, and the screen's lines.
    pub fn end(mut self) -> (Option<i32>, Vec<Vec<Piece>>) {
        while self.more() {}
        let status = self.child.wait().unwrap();
        (status.code(), self.lines())
    }

    fn more(&mut self) -> bool {
        let left = LONGEST.saturating_sub(self.began.elapsed());
        match self.output.recv_timeout(left) {
            Ok(bytes) => {
                self.screen.process(&bytes);
                true
            }
            Err(RecvTimeoutError::Disconnected) => false,
            Err(RecvTimeoutError::Timeout) => {
                panic!("it hangs:\n{}", self.screen.screen().contents())
            }
        }
    }

    fn lines(&self) -> Vec<Vec<Piece>> {
        let screen = self.screen.screen();
        let mut lines: Vec<Vec<Piece>> = (0..ROWS)
            .map(|row| {
                let mut line: Vec<Piece> = Vec::new();
                for cell in (0..COLUMNS).filter_map(|column| screen.cell(row, column)) {
                    let text = match cell.contents() {
                        "" if cell.is_wide_continuation() => continue,
                        "" => " ",
                        text => text,
                    };
                    let style = Style {
                        colour: match cell.fgcolor() {
                            Color::Idx(index) => Some(index),
                            Color::Default | Color::Rgb(..) => None,
                        },
                        bold: cell.bold(),
                        dim: cell.dim(),
                    };
                    match line.last_mut() {
                        Some(last) if last.style == style => last.text += text,
                        _ => line.push(Piece {
                            text: text.to_owned(),
                            style,
                        }),
                    }
                }
                while let Some(last) = line.last_mut() {
                    last.text.truncate(last.text.trim_end().len());
                    if !last.text.is_empty() {
                        break;
                    }
                    line.pop();
                }
                line
            })
            .collect();
        while lines.last().is_some_and(Vec::is_empty) {
            lines.pop();
        }
        lines
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ended = self.child.kill();
            let _reaped = self.child.wait();
        }
    }
}
