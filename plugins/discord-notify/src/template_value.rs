//! What a name in a template stands for, and how it is shown where it stands. Pure.

use crate::text::{code, plain};

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateValue {
    /// What somebody else wrote, of at most so many characters.
    Text(String, usize),
    /// Harmless wherever it stands.
    Word(String),
    /// Markdown of our own, a line or several.
    Markdown(String),
    /// Commands, each of which is shown as it is or not at all.
    Commands(String),
}

/// Whether what comes next is code: markdown has no meaning there, and a backtick ends it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MarkdownContext {
    /// In a block of code.
    pub fence: bool,
    /// In code on a line.
    pub tick: bool,
}

impl MarkdownContext {
    /// What it is after this text.
    pub fn after(mut self, text: &str) -> Self {
        let mut rest = text;
        while let Some(at) = rest.find('`') {
            rest = &rest[at..];
            let run = rest.len() - rest.trim_start_matches('`').len();
            rest = &rest[run..];
            if run >= 3 {
                self.fence = !self.fence;
            } else if run == 1 && !self.fence {
                self.tick = !self.tick;
            }
        }
        self
    }

    /// A value as it is harmless here.
    pub fn show(self, value: &TemplateValue) -> String {
        let is_code = self.fence || self.tick;
        match value {
            TemplateValue::Text(text, most) if is_code => code(text, *most),
            TemplateValue::Text(text, most) => plain(text, *most),
            TemplateValue::Word(word) => word.clone(),
            TemplateValue::Markdown(text) if is_code => text.replace('`', "'"),
            TemplateValue::Markdown(text) => text.clone(),
            TemplateValue::Commands(lines) if is_code || lines.is_empty() => lines.clone(),
            TemplateValue::Commands(lines) if lines.contains('\n') => format!("```\n{lines}\n```"),
            TemplateValue::Commands(line) => format!("`{line}`"),
        }
    }
}
