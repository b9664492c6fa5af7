//! The line that says what is happening now, and for how long: redrawn in place, twice a second.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::output;
use super::style::Style;

/// How often the time on the line moves on.
const TICK: Duration = Duration::from_millis(500);

/// One line at the bottom of a terminal.
pub struct StatusLine {
    line: Arc<Mutex<StatusLineState>>,
}

struct StatusLineState {
    /// What is happening, and since when; none: nothing is.
    now: Option<(String, u64)>,
    /// It stands on the terminal.
    drawn: bool,
    over: bool,
    style: Style,
    clock: fn() -> u64,
}

impl StatusLine {
    /// `clock`: milliseconds since 1970.
    pub fn new(style: Style, clock: fn() -> u64) -> Self {
        let line = Arc::new(Mutex::new(StatusLineState {
            now: None,
            drawn: false,
            over: false,
            style,
            clock,
        }));
        let ticking = line.clone();
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(TICK);
                let mut line = lock(&ticking);
                if line.over {
                    break;
                }
                line.draw();
            }
        });
        Self { line }
    }

    /// From now on this is happening.
    pub fn say(&self, text: String, since_unix_ms: u64) {
        let mut line = lock(&self.line);
        line.now = Some((text, since_unix_ms));
        line.draw();
    }

    /// Prints a line of its own above; what was happening is over.
    pub fn print(&self, text: &str) {
        let mut line = lock(&self.line);
        line.wipe();
        line.now = None;
        output::line(text);
    }

    /// Prints a line of its own above; what is happening goes on.
    pub fn print_above(&self, text: &str) {
        let mut line = lock(&self.line);
        line.wipe();
        output::line(text);
        line.draw();
    }
}

impl Drop for StatusLine {
    fn drop(&mut self) {
        let mut line = lock(&self.line);
        line.wipe();
        line.over = true;
    }
}

impl StatusLineState {
    fn draw(&mut self) {
        let Some((text, since)) = &self.now else {
            return;
        };
        let seconds = (self.clock)().saturating_sub(*since) / 1000;
        let time = format!(" ({seconds} s)");
        let columns = rustix::termios::tcgetwinsize(std::io::stdout())
            .map_or(80, |size| usize::from(size.ws_col).max(20));
        let room = columns.saturating_sub(time.len() + 1);
        let text: String = text.chars().take(room).collect();
        output::raw(&format!("\r\x1b[2K{}", self.style.dim(&(text + &time))));
        self.drawn = true;
    }

    fn wipe(&mut self) {
        if self.drawn {
            output::raw("\r\x1b[2K");
            self.drawn = false;
        }
    }
}

fn lock(line: &Mutex<StatusLineState>) -> MutexGuard<'_, StatusLineState> {
    // A line that could not be drawn is no reason to stop drawing.
    line.lock().unwrap_or_else(PoisonError::into_inner)
}
