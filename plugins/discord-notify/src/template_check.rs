//! What is wrong with a text of the plan's own, for whoever wrote it. Pure.

use deployhost_plugin::Diagnostic;

use crate::template::{TemplatePiece, pieces};
use crate::template_value::MarkdownContext;
use crate::text::{LONGEST, cut, length};

/// All that keeps a template from being sent. It may have these names.
pub fn check(template: &str, names: &[&str]) -> Vec<Diagnostic> {
    if let Some(whole) = check_whole(template) {
        return vec![whole];
    }
    let mut wrong = Vec::new();
    let mut context = MarkdownContext::default();
    for line in template.lines() {
        for piece in pieces(line) {
            match piece {
                TemplatePiece::Text(text) => context = context.after(text),
                TemplatePiece::Name(name) if names.contains(&name) => {}
                TemplatePiece::Name(name) => wrong.push(unknown(name, names)),
                TemplatePiece::Unclosed => wrong.push(Diagnostic::new(
                    "discord-notify.brace-unclosed",
                    "has a `{` without its `}` on the same line; `{{` stands for a brace",
                )),
                TemplatePiece::Stray => wrong.push(Diagnostic::new(
                    "discord-notify.brace-stray",
                    "has a `}` without its `{`; `}}` stands for a brace",
                )),
            }
        }
        if context.tick {
            wrong.push(Diagnostic::new(
                "discord-notify.code-unclosed",
                "has a ` without its second one on the same line",
            ));
            context.tick = false;
        }
    }
    if context.fence {
        wrong.push(Diagnostic::new(
            "discord-notify.fence-unclosed",
            "has a ``` without its second one",
        ));
    }
    wrong.dedup();
    wrong
}

fn check_whole(template: &str) -> Option<Diagnostic> {
    if template.trim().is_empty() {
        return Some(Diagnostic::new(
            "discord-notify.template-empty",
            "is empty: leave it out, and the usual text is sent",
        ));
    }
    let characters = length(template);
    if characters > LONGEST {
        let message = format!("has {characters} characters; a message has at most {LONGEST}");
        return Some(
            Diagnostic::new("discord-notify.template-too-long", message)
                .parameter("characters", characters)
                .parameter("limit", LONGEST),
        );
    }
    (template.contains("${") || names_secret(template)).then(|| {
        Diagnostic::new(
            "discord-notify.template-names-secret",
            "names a secret, and everybody in the channel would read it",
        )
    })
}

fn unknown(name: &str, names: &[&str]) -> Diagnostic {
    let shown = cut(&name.escape_debug().to_string(), 40);
    let message = format!("there is no `{{{shown}}}`: {}", suggestion(name, names));
    Diagnostic::new("discord-notify.unknown-name", message).parameter("name", shown)
}

/// What stands in a config for a secret has `s-` and 32 hexadecimal digits in it.
fn names_secret(text: &str) -> bool {
    text.match_indices("s-").any(|(at, _)| {
        let digits = text[at + 2..].bytes().take(32);
        digits.filter(u8::is_ascii_hexdigit).count() == 32
    })
}

/// The nearest, or all there are.
pub fn suggestion(word: &str, known: &[&str]) -> String {
    let word = word.trim().to_lowercase();
    let near = known
        .iter()
        .map(|known| (strsim::osa_distance(&word, known), known))
        .filter(|(distance, known)| *distance <= (known.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance);
    match near {
        Some((_, near)) => format!("did you mean `{near}`?"),
        None => format!("it can be {}", known.join(", ")),
    }
}
