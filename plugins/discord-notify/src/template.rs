//! Texts with names in braces: the plan's own, and the ones that come with this plugin. Pure.
//!
//! `{commit}` stands for a value, `{{` and `}}` for braces; a line is left out where one of its values
//! is not known. A crate for it was looked for: those that are kept up escape with a backslash, which
//! is Discord's own escape, or do not say which name is wrong.

use crate::template_value::{MarkdownContext, TemplateValue};

#[derive(Debug, PartialEq, Eq)]
pub enum TemplatePiece<'t> {
    Text(&'t str),
    Name(&'t str),
    /// A `{` without its `}`.
    Unclosed,
    /// A `}` without its `{`.
    Stray,
}

/// A line in its pieces.
pub fn pieces(mut line: &str) -> Vec<TemplatePiece<'_>> {
    let mut pieces = Vec::new();
    while let Some(at) = line.find(['{', '}']) {
        let (before, rest) = line.split_at(at);
        if !before.is_empty() {
            pieces.push(TemplatePiece::Text(before));
        }
        if rest.starts_with("{{") || rest.starts_with("}}") {
            pieces.push(TemplatePiece::Text(&rest[..1]));
            line = &rest[2..];
        } else if let Some(after) = rest.strip_prefix('}') {
            pieces.push(TemplatePiece::Stray);
            line = after;
        } else {
            let Some(end) = rest[1..].find(['{', '}']).map(|end| end + 1) else {
                pieces.push(TemplatePiece::Unclosed);
                return pieces;
            };
            if rest[end..].starts_with('{') {
                pieces.push(TemplatePiece::Unclosed);
                line = &rest[end..];
            } else {
                pieces.push(TemplatePiece::Name(&rest[1..end]));
                line = &rest[end + 1..];
            }
        }
    }
    if !line.is_empty() {
        pieces.push(TemplatePiece::Text(line));
    }
    pieces
}

/// The text with its values.
pub fn render(template: &str, value: impl Fn(&str) -> Option<TemplateValue>) -> String {
    let mut lines = Vec::new();
    let mut context = MarkdownContext::default();
    for line in template.lines() {
        let before = context;
        let mut known = true;
        let mut shown = String::new();
        for piece in pieces(line) {
            match piece {
                TemplatePiece::Text(text) => {
                    context = context.after(text);
                    shown.push_str(text);
                }
                TemplatePiece::Name(name) => {
                    let text = value(name).map(|value| context.show(&value));
                    let text = text.unwrap_or_default();
                    known &= !text.is_empty();
                    shown.push_str(&text);
                }
                // No plan with one gets here: it is refused before.
                TemplatePiece::Unclosed | TemplatePiece::Stray => {}
            }
        }
        context.tick = false;
        // A line that begins or ends a block of code is always there.
        if known || context.fence != before.fence {
            lines.push(shown);
        }
    }
    lines.join("\n")
}
