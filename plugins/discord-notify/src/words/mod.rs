//! The words, in each language. The texts are templates: a line is left out where one of its
//! values is not known.

mod en;
mod fr;

use deployhost_plugin::prelude::*;

/// The language of the messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "deployhost_plugin::serde", rename_all = "lowercase")]
pub enum Language {
    #[default]
    En,
    Fr,
}

/// The kinds of events that there are words for. Others may come, and are reported in general words.
pub const KINDS: [&str; 10] = [
    "started",
    "progress",
    "succeeded",
    "unchanged",
    "refused",
    "failed",
    "rolled-back",
    "needs-operator",
    "cancelled",
    "interrupted",
];

pub struct Words {
    /// By the event's kind, and by whether the plan wants a word typed: production has it.
    pub text: fn(&str, bool) -> &'static str,
    /// By the host's word for how sure it is.
    pub evidence: fn(&str) -> Option<&'static str>,
    pub health: &'static str,
    pub wrong_word: &'static str,
    pub no_word: &'static str,
    /// What the first run found in place, which has no commit that anybody knows.
    pub found: &'static str,
    pub by_hand: &'static str,
    pub more: fn(usize) -> String,
    pub test: &'static str,
    pub cause: &'static str,
    pub late: &'static str,
}

impl Language {
    pub fn words(self) -> &'static Words {
        match self {
            Self::En => &en::WORDS,
            Self::Fr => &fr::WORDS,
        }
    }
}
