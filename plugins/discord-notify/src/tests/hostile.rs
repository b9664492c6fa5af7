//! Texts that others wrote, wherever they can stand: no message calls anybody, hides anything or is
//! refused for its length.

use deployhost_plugin::serde_json::{Value, from_slice, json};

use super::*;
use crate::delivery::{edit, post};
use crate::text::{LONGEST, length};

const NASTY: &[&str] = &[
    "$(touch pwned) `touch pwned` ' \" \\ \\\\",
    "${secret.discord} {commit} {{ }} {problem}",
    "@everyone @here <@1> <@!1> <@&1> <#1> </run:1> <:x:1> <t:1:f> <id:customize>",
    "[x](https://evil.example) <https://evil.example> https://evil.example discord://x",
    "**b** __u__ ~~s~~ ||spoiler|| # h\n# h\n-# small\n> quote\n- list\n+ list\n```sh\nend",
    "```",
    "`",
    "\\",
    "\u{1b}[31mred\u{1b}[0m \u{7}\u{0}\r\n\u{9b}1m",
    "\u{202e}evil\u{2066}\u{200f}\u{feff}\u{200b}\u{ad}\u{e0041}",
    "🚀👩‍👩‍👧‍👦e\u{301}",
    "",
    " \n\t ",
];

/// One nasty text everywhere.
fn filled(mut event: Event, nasty: &str) -> Event {
    let text = nasty.to_owned();
    let commit = Commit {
        id: text.clone(),
        subject: text.clone(),
        author: text.clone(),
        at: None,
    };
    let context = &mut event.context;
    context.run = text.clone();
    context.plan = text.clone();
    context.environment = text.clone();
    context.url = Some(text.clone());
    context.actor = Some(text.clone());
    context.commit = Some(commit.clone());
    context.previous = Some(commit);
    context.details = [
        "local-time",
        "rollback",
        "logs",
        "tried",
        "cause",
        "signal",
        "confirm",
    ]
    .map(|key| (key.to_owned(), text.clone()))
    .to_vec();
    context.details.push(("late".into(), "true".into()));
    event.evidence = text.clone();
    let nasty = Diagnostic::new(text.clone(), text.clone())
        .help(text.clone())
        .parameter("location", &text);
    event.problem = Some((0..9).fold(nasty, |problem, _| problem.note(text.clone())));
    event.by_hand = vec![text.clone(); 9];
    let step =
        json!({"state": text, "summary": text, "role": text, "actions": [[text, text], text]});
    event.steps = vec![
        (text.clone(), step.to_string()),
        (text.clone(), text.clone()),
    ];
    event
}

/// What a message must not be, whatever it was made of.
fn harmless(content: &str) {
    assert!(length(content) <= LONGEST, "{}: {content}", length(content));
    for call in ["@everyone", "@here", "<@"] {
        assert!(!content.contains(call), "{call} in {content}");
    }
    let prose = prose(content);
    for markdown in [
        "<#", "</", "<:", "[x]", "||", "~~", "__", "\n#", "\n-", "://evil",
    ] {
        assert!(!prose.contains(markdown), "{markdown} in {content}");
    }
    assert!(!prose.contains('`'), "open code in {content}");
    assert_eq!(content.matches("```").count() % 2, 0, "{content}");
    let hides = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}' | '\u{e0000}'..='\u{e007f}')
    };
    // The signs of the texts themselves have a variation selector, which is none of these.
    assert!(!content.contains(hides), "{content:?}");
    assert!(
        !content.ends_with('\\') || content.ends_with("\\\\"),
        "{content}"
    );
}

/// What is left for Discord to read as markdown: without what a backslash makes text, without code.
fn prose(content: &str) -> String {
    let mut rest = content;
    let mut kept = String::new();
    while let Some(first) = rest.chars().next() {
        let code = ["```", "`"].iter().find_map(|fence| {
            let inner = rest.strip_prefix(fence)?;
            Some(&inner[inner.find(fence)? + fence.len()..])
        });
        let (c, after) = match (first, code) {
            ('\\', _) => {
                let mut chars = rest.chars();
                chars.nth(1);
                (' ', chars.as_str())
            }
            (_, Some(after)) => (' ', after),
            (c, None) => (c, &rest[c.len_utf8()..]),
        };
        rest = after;
        kept.push(c);
    }
    kept
}

/// The longest, and every beginning of them that could tear something.
fn texts() -> Vec<String> {
    let mut texts: Vec<String> = NASTY.iter().map(|text| text.to_string()).collect();
    texts.extend(NASTY.iter().map(|text| text.repeat(400)));
    texts.push(NASTY.concat());
    texts.push("🚀*".repeat(50_000));
    texts.extend((0..12).map(|n| format!("{}{}", "a".repeat(n), "\\`*".repeat(300))));
    texts
}

#[test]
fn whatever_is_written_anywhere_the_message_is_harmless() {
    for nasty in texts() {
        for (event, config) in every_event() {
            let event = filled(event, &nasty);
            let message = discord_message::compose(&event, &config).unwrap();
            harmless(&message.content);
            harmless(&message.title);
            for request in [
                post(&config, &message.content),
                edit(&config, "1", &message.content),
            ] {
                let body: Value = from_slice(&request.body).unwrap();
                assert_eq!(body["content"], message.content);
                assert_eq!(body["allowed_mentions"], json!({"parse": []}));
            }
        }
    }
}

#[test]
fn own_texts_are_as_harmless() {
    let inline =
        "{commit} {subject} `{subject}` [l]({url}) {author} {actor} {problem} {environment}";
    let lines = "{subject}\n{author}\n> {problem}\n```\n{commands}\n{subject} {problem}\n```\n{hints}\n{rollback} `{rollback}` {logs}\n{steps}\n{actions}\n{cause} {previous} {tried} {run} {kind} {plan} {time} {duration} {evidence}";
    for nasty in texts() {
        for own in [
            inline,
            lines,
            "{problem}{problem}{problem}{problem}{problem}{problem}",
        ] {
            let config = Config {
                messages: [("failed".to_owned(), own.to_owned())].into(),
                ..config(Language::En)
            };
            assert_eq!(config.errors(), vec![]);
            let event = filled(event("failed", true), &nasty);
            harmless(&discord_message::compose(&event, &config).unwrap().content);
        }
    }
}

/// Every place that could be cut, in a text of the plan's own that is as long as it may be.
#[test]
fn a_cut_leaves_nothing_open() {
    for pad in 0..60 {
        let own = format!(
            "{}```\n{{subject}}\n```\n`{{subject}}` {{subject}}",
            "x".repeat(1_750 + pad * 3)
        );
        let config = Config {
            messages: [("failed".to_owned(), own)].into(),
            ..config(Language::En)
        };
        assert_eq!(config.errors(), vec![]);
        let mut event = event("failed", false);
        event.context.commit.as_mut().unwrap().subject = "*_`".repeat(100);
        harmless(&discord_message::compose(&event, &config).unwrap().content);
    }
}

#[test]
fn a_commit_message_is_text() {
    let mut event = event("started", false);
    event.context.commit.as_mut().unwrap().subject =
        "\n  Fix \"it\" @everyone <@1> [x](https://evil) `a` ||s|| # ${secret}\u{202e}\nBody"
            .into();
    let content = rendered(&event, Language::En);
    assert!(
        content.contains(
            "💬 Message: Fix \"it\" ＠everyone \\<＠1> \\[x\\](https\\://evil) \\`a\\` \\|\\|s\\|\\| # ${secret}\n"
        ),
        "{content}"
    );
    assert!(!content.contains("Body"));
}
