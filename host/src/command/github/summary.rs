//! The page that a job shows of itself: Markdown, in which whatever others wrote is text. Pure.

use super::report::{Report, ReportRow};
use crate::command_error::CommandError;
use crate::run_summary::RunSummary;

/// GitHub takes 1 MiB of a step, and shows nothing of one that has more.
const LONGEST: usize = 256 * 1024;
/// Longest text of others, in characters.
const TEXT: usize = 500;

/// How a run ended.
pub fn of_run(report: &Report, summary: Option<&RunSummary>) -> String {
    let evidence = match report.evidence.as_str() {
        "" => String::new(),
        evidence => format!(", {evidence}"),
    };
    let mut page = format!(
        "### {} {}: {}{evidence}\n\n",
        sign(&report.outcome),
        text(&report.target),
        report.outcome
    );
    if let Some(summary) = summary {
        page += &format!("{}\n\n", text(&summary.now));
        if let Some(problem) = &summary.problem {
            page += &format!("**{}**\n\n", text(&problem.to_string()));
        }
        let notes = summary.problem.iter().flat_map(|problem| &problem.notes);
        page += &bounded(notes.map(|note| format!("- {}\n", text(note))));
        page.push('\n');
    }
    page += "| | step | |\n|---|---|---|\n";
    page += &table(&report.steps);
    if !report.back.is_empty() {
        page += "\nThe way back:\n\n| | step | |\n|---|---|---|\n";
        page += &table(&report.back);
    }
    page.push('\n');
    if let Some(commit) = &report.commit {
        let author = match commit.author.as_str() {
            "" => String::new(),
            author => format!(", by {}", text(author)),
        };
        page += &format!(
            "- commit {} {}{author}\n",
            code(&commit.id),
            text(&commit.subject)
        );
    }
    page += &format!("- run {}\n", code(&report.run));
    if let Some(summary) = summary {
        for lines in [&summary.advice, &summary.by_hand] {
            page += &what_to_do(lines);
        }
    }
    whole(page)
}

/// A command that ended before there was a run.
pub fn of_error(error: &CommandError, outcome: &str) -> String {
    let mut page = format!(
        "### {} {outcome}\n\n{}\n\n",
        sign(outcome),
        text(&error.to_string())
    );
    let notes = error.diagnostic.notes.iter();
    page += &bounded(notes.map(|note| format!("- {}\n", text(note))));
    whole(page)
}

fn table(rows: &[ReportRow]) -> String {
    let lines = rows.iter().map(|row| {
        format!(
            "| {} | {} | {} |\n",
            row.mark,
            text(&row.step),
            text(&row.text)
        )
    });
    bounded(lines)
}

/// Sentences, and the commands below them, which can be copied.
fn what_to_do(lines: &[String]) -> String {
    let (sentences, commands): (Vec<&String>, Vec<&String>) =
        lines.iter().partition(|line| line.ends_with(':'));
    let mut page = String::new();
    for sentence in sentences {
        page += &format!("\n{}\n", text(sentence));
    }
    if !commands.is_empty() {
        // Within <pre> nothing is Markdown as long as no line is empty.
        let commands = commands.iter().filter(|line| !line.trim().is_empty());
        page += "\n<pre>";
        page += &bounded(commands.map(|line| format!("{}\n", entities(line, usize::MAX))));
        page += "</pre>\n";
    }
    page
}

/// As many lines as there is room for a quarter of a page.
fn bounded(lines: impl Iterator<Item = String>) -> String {
    let mut all = String::new();
    for line in lines {
        if all.len() + line.len() > LONGEST / 8 {
            return all;
        }
        all += &line;
    }
    all
}

/// Never half a page: what does not fit is said instead.
fn whole(page: String) -> String {
    match page.len() > LONGEST {
        true => "### deployhost\n\nThis is too long to be shown here; the log has it.\n".into(),
        false => page,
    }
}

fn code(words: &str) -> String {
    format!("<code>{}</code>", entities(words, TEXT))
}

fn text(words: &str) -> String {
    entities(words, TEXT)
}

/// On one line, and nothing but text: no Markdown, no HTML, no link, no mention.
fn entities(words: &str, most: usize) -> String {
    let mut safe = String::new();
    let words = crate::convert::sanitize(words);
    let mut rest = words.chars().peekable();
    let mut count = 0;
    while let Some(c) = rest.next() {
        if count == most {
            safe.push('…');
            break;
        }
        count += 1;
        match c {
            // Within a word it could be an address's.
            '.' if rest.peek().is_none_or(|next| *next == ' ') => safe.push('.'),
            // A name is no mention, and an address no link, where something stands in it.
            '@' | '#' => safe += &format!("&#{};\u{2060}", u32::from(c)),
            // What a sentence is made of, and means nothing to Markdown within a line.
            ',' | '?' | '"' | '\'' | ' ' => safe.push(c),
            c if c.is_ascii_punctuation() => safe += &format!("&#{};", u32::from(c)),
            c => safe.push(c),
        }
    }
    safe
}

fn sign(outcome: &str) -> &'static str {
    match outcome {
        "succeeded" | "unchanged" | "planned" => "✅",
        "rolled-back" => "↩️",
        "cancelled" | "locked" => "⚠️",
        "needs-operator" => "🚨",
        _ => "❌",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;
