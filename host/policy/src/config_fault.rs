//! Something wrong at a JSON pointer of an entry's config, its location in the plan still unknown.
//!
//! Owns how a pointer is made and how people read it. Where it stands in the plan's text is the
//! plan's to say.

use crate::Diagnostic;
use crate::display::display;

/// One thing wrong with an entry's config. Holds no text of the config: that may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFault {
    /// JSON pointer into the config; empty: the config as a whole.
    pub pointer: String,
    /// The key itself is wrong, not its value.
    pub key: bool,
    /// Without location; its message names the key as [`spell_pointer`] does.
    pub diagnostic: Diagnostic,
}

impl ConfigFault {
    /// Of the value that `pointer` leads to, which the message begins with.
    pub fn at_value(pointer: impl Into<String>, diagnostic: Diagnostic) -> Self {
        let pointer = pointer.into();
        let spelled = spell_pointer(&pointer);
        Self {
            diagnostic: diagnostic.of(&spelled).parameter("key", spelled),
            pointer,
            key: false,
        }
    }
}

/// A JSON pointer into a config as a plan's author would say it: `config.expect.status`.
pub fn spell_pointer(pointer: &str) -> String {
    let mut text = String::from("config");
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        match part.parse::<usize>() {
            Ok(index) => text.push_str(&format!("[{index}]")),
            Err(_) => {
                text.push('.');
                text.push_str(&display(&part));
            }
        }
    }
    text
}

/// The pointer to a member of what `pointer` leads to.
pub fn extend_pointer(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests;
