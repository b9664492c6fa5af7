//! The one writer to standard output and standard error.
//!
//! A closed or full output never ends a deployment: it is remembered, and the exit code tells.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use super::github::{self, command};

static LOST: AtomicBool = AtomicBool::new(false);

/// Writes a line to standard output.
pub fn line(text: impl AsRef<str>) {
    write(&mut io::stdout().lock(), text.as_ref());
}

/// Writes a line to standard error.
pub fn error_line(text: impl AsRef<str>) {
    write(&mut io::stderr().lock(), text.as_ref());
}

/// Writes a line of JSON to standard output: it says what it says, to the letter.
pub fn data(text: &str) {
    let text = match github::here() {
        true => Cow::Owned(command::inert_json(text)),
        false => Cow::Borrowed(text),
    };
    put(&mut io::stdout().lock(), &text);
}

/// Writes commands to the runner of GitHub Actions, as lines of standard output.
pub fn commands(lines: &str) {
    put(&mut io::stdout().lock(), lines);
}

/// The same, beside standard output where that is kept for programs.
pub fn commands_aside(lines: &str) {
    put(&mut io::stderr().lock(), lines);
}

/// Writes to standard output without ending the line, and now.
pub fn raw(text: &str) {
    let mut out = io::stdout().lock();
    if out
        .write_all(shown(text).as_bytes())
        .and_then(|()| out.flush())
        .is_err()
    {
        LOST.store(true, Ordering::Relaxed);
    }
}

/// Whether something could not be written.
pub fn lost() -> bool {
    LOST.load(Ordering::Relaxed)
}

/// Standard output is a terminal that can redraw a line.
pub fn live() -> bool {
    io::stdout().is_terminal() && !dumb()
}

fn dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Whether to colour: a terminal, and nobody said no.
pub fn colour() -> bool {
    live() && !plain()
}

/// The same for standard error.
pub fn error_colour() -> bool {
    io::stderr().is_terminal() && !dumb() && !plain()
}

fn plain() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Whether the terminal takes more than ASCII.
fn unicode() -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .is_some_and(|value| value.to_ascii_lowercase().replace('-', "").contains("utf8"))
}

/// Our own marks in ASCII. What others wrote stays as it is: it is theirs to read.
fn in_ascii(text: &str) -> String {
    let marks = [
        ("✔", "+"),
        ("✘", "x"),
        ("…", "..."),
        ("·", "-"),
        ("—", "-"),
        ("→", "->"),
    ];
    marks.iter().fold(text.to_owned(), |text, (mark, ascii)| {
        text.replace(mark, ascii)
    })
}

fn shown(text: &str) -> Cow<'_, str> {
    if github::here() {
        Cow::Owned(command::inert(text))
    } else if unicode() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(in_ascii(text))
    }
}

fn write(out: &mut impl Write, text: &str) {
    put(out, &shown(text));
}

fn put(out: &mut impl Write, text: &str) {
    let written = out
        .write_all(text.as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush());
    if written.is_err() {
        LOST.store(true, Ordering::Relaxed);
    }
}
