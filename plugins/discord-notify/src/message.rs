//! What is said of an event. Pure.

use deployhost_plugin::prelude::*;
use serde_json::Value;

use crate::operator;
use crate::text::{LONGEST, code, cut, first_line, plain, time};

const SUBJECT: usize = 160;
const PROBLEM: usize = 500;
const HINT: usize = 160;
const HINTS: usize = 3;
const ACTION: usize = 120;
const ACTIONS: usize = 6;

/// The message. None: this event is not told.
pub fn of(event: &Event) -> Option<String> {
    let mut lines = Vec::new();
    match event.kind.as_str() {
        "progress" => return None,
        "started" => {
            lines.push(title(event, "🚀", "deployment started"));
            lines.extend(commit(event));
            lines.extend(actions(event));
        }
        "succeeded" => {
            lines.push(title(event, "✅", "deployed"));
            lines.extend(commit(event));
            lines.extend(evidence(event));
        }
        "unchanged" => {
            lines.push(title(event, "💤", "already as asked"));
            lines.extend(commit(event));
            lines.extend(evidence(event));
        }
        "refused" => {
            lines.push(title(event, "⛔", "refused, nothing was changed"));
            lines.extend(commit(event));
            lines.extend(problem(event));
        }
        "failed" => {
            lines.push(title(event, "❌", "failed, nothing had changed"));
            lines.extend(commit(event));
            lines.extend(problem(event));
        }
        "rolled-back" => {
            lines.push(title(event, "↩️", "failed and rolled back"));
            lines.extend(back_on(event));
            lines.extend(problem(event));
            lines.extend(evidence(event));
        }
        "needs-operator" => {
            lines.push(title(
                event,
                "🆘",
                "changed, not restored: needs an operator",
            ));
            lines.extend(commit(event));
            lines.extend(problem(event));
        }
        "cancelled" => {
            lines.push(title(event, "🚫", "cancelled, nothing was changed"));
            lines.extend(commit(event));
            lines.extend(problem(event));
        }
        "interrupted" => {
            lines.push(title(event, "⚡", "interrupted"));
            lines.extend(commit(event));
            lines.push(
                "❗ The run was killed; the next command on this target settles it".to_owned(),
            );
            lines.extend(problem(event));
        }
        other => {
            lines.push(title(event, "ℹ️", &plain(other, 60)));
            lines.extend(commit(event));
            lines.extend(problem(event));
            lines.extend(evidence(event));
        }
    }
    lines.extend(footer(event));
    let told = lines.join("\n");
    Some(cut(
        &match event.kind.as_str() {
            "needs-operator" => operator::with_commands(&told, event),
            _ => told,
        },
        LONGEST,
    ))
}

fn title(event: &Event, sign: &str, what: &str) -> String {
    let Context {
        plan, environment, ..
    } = &event.context;
    let (plan, environment) = (plain(plan, 80), plain(environment, 80));
    format!("{sign} **{plan} ({environment}): {what}**")
}

fn commit(event: &Event) -> Option<String> {
    let commit = event.context.commit.as_ref()?;
    let author = match plain(&commit.author, 60) {
        author if author.is_empty() => String::new(),
        author => format!(" · {author}"),
    };
    Some(format!("📦 {}{author}", named(commit)))
}

/// The commit of the way back is the release's; the detail `tried` is the one that failed.
fn back_on(event: &Event) -> Option<String> {
    let context = &event.context;
    let commit = context.commit.as_ref().or(context.previous.as_ref())?;
    let tried = match context.detail("tried") {
        Some(id) => format!(" · tried {}", code(id.get(..7).unwrap_or(id))),
        None => String::new(),
    };
    Some(format!("📦 back on {}{tried}", named(commit)))
}

fn named(commit: &Commit) -> String {
    let line = format!(
        "{} {}",
        code(commit.short()),
        first_line(&commit.subject, SUBJECT)
    );
    line.trim_end().to_owned()
}

fn evidence(event: &Event) -> Option<String> {
    let told = match (event.evidence.as_str(), &event.context.commit) {
        ("", _) => return None,
        ("verified", Some(commit)) => {
            format!("verified: the answer carried {}", code(commit.short()))
        }
        ("verified", None) => "verified: the answer carried the commit".to_owned(),
        ("answering", _) => "answering: it answers as expected".to_owned(),
        ("running", _) => "running: its containers are up, and stay up".to_owned(),
        ("applied", _) => "applied: nothing was probed".to_owned(),
        (other, _) => plain(other, 60),
    };
    Some(format!("🔎 {told}"))
}

fn problem(event: &Event) -> Vec<String> {
    let problem = event
        .problem
        .iter()
        .map(|text| format!("❗ {}", plain(text, PROBLEM)));
    let hints = event.hints.iter().take(HINTS);
    problem
        .chain(hints.map(|hint| format!("💡 {}", plain(hint, HINT))))
        .collect()
}

/// Each step's actions: `actions` is a list of texts, or of pairs of what and why.
fn actions(event: &Event) -> Vec<String> {
    let mut told = Vec::new();
    for (step, json) in &event.steps {
        let Ok(step_state) = serde_json::from_str::<Value>(json) else {
            continue;
        };
        for action in step_state["actions"].as_array().into_iter().flatten() {
            if let Some(what) = action.as_str().or_else(|| action[0].as_str()) {
                told.push(format!("🔧 {}: {}", plain(step, 64), plain(what, ACTION)));
            }
        }
    }
    let more = told.len().saturating_sub(ACTIONS);
    told.truncate(ACTIONS);
    if more > 0 {
        told.push(format!("🔧 and {more} more"));
    }
    told
}

/// Who, how long, when, where. A message may arrive late: all but the first say when it happened, in
/// the reader's own time.
fn footer(event: &Event) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(actor) = &event.context.actor {
        parts.push(format!("👤 {}", plain(actor, 80)));
    }
    if event.kind != "started" {
        if event.duration_ms > 0 {
            parts.push(format!("⏱️ {}", time(event.duration_ms)));
        }
        parts.push(format!("<t:{}:f>", event.at_unix_ms / 1_000));
    }
    let mut lines = Vec::new();
    if !parts.is_empty() {
        lines.push(parts.join(" · "));
    }
    lines.extend(event.context.url.as_deref().and_then(link));
    lines
}

/// As a link without a preview, where it is nothing but a link.
fn link(url: &str) -> Option<String> {
    let harmless = |c: char| c.is_ascii_graphic() && !"<>`".contains(c);
    let web = url.starts_with("https://") || url.starts_with("http://");
    (web && url.len() <= 300 && url.chars().all(harmless)).then(|| format!("🔗 <{url}>"))
}
