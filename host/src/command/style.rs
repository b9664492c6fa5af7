//! Colour where the terminal has it, and ASCII where it has nothing else.

use super::output;

#[derive(Debug, Clone, Copy)]
pub struct Style {
    colour: bool,
}

impl Style {
    pub fn of_terminal() -> Self {
        Self {
            colour: output::colour(),
        }
    }

    /// For what is said on standard error.
    pub fn of_errors() -> Self {
        Self {
            colour: output::error_colour(),
        }
    }

    fn in_code(self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    pub fn bold(self, text: &str) -> String {
        self.in_code("1", text)
    }

    pub fn dim(self, text: &str) -> String {
        self.in_code("2", text)
    }

    pub fn good(self, text: &str) -> String {
        self.in_code("32", text)
    }

    pub fn warn(self, text: &str) -> String {
        self.in_code("33", text)
    }

    pub fn bad(self, text: &str) -> String {
        self.in_code("31", text)
    }
}
