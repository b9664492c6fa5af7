//! Texts with names in braces, the plan's own among them.

use super::*;
use crate::event_values::NAMES;
use crate::template::render;
use crate::template_check::{check, suggestion};
use crate::template_value::TemplateValue;

/// What is wrong with a text, for people.
fn faults(template: &str, names: &[&str]) -> Vec<String> {
    let wrong = check(template, names).into_iter();
    wrong.map(|diagnostic| diagnostic.to_string()).collect()
}

fn value(name: &str) -> Option<TemplateValue> {
    match name {
        "commit" => Some(TemplateValue::Word("abc1234".into())),
        "subject" => Some(TemplateValue::Text("*it* `is`".into(), 50)),
        "list" => Some(TemplateValue::Markdown("**a**\n`b`".into())),
        "cmd" => Some(TemplateValue::Commands("cp a b".into())),
        "cmds" => Some(TemplateValue::Commands("cp a b\nmv c d".into())),
        "nothing" => Some(TemplateValue::Markdown(String::new())),
        _ => None,
    }
}

#[test]
fn values_take_the_place_of_names() {
    for (template, shown) in [
        ("**{commit}**!", "**abc1234**!"),
        ("{{commit}} {{{commit}}}", "{commit} {abc1234}"),
        ("{subject}", "\\*it\\* \\`is\\`"),
        ("`{subject}` {subject}", "`*it* 'is'` \\*it\\* \\`is\\`"),
        (
            "```\n{subject}\n```\n{subject}",
            "```\n*it* 'is'\n```\n\\*it\\* \\`is\\`",
        ),
        ("{list}", "**a**\n`b`"),
        ("`{list}`", "`**a**\n'b'`"),
        (
            "run {cmd} or\n```\n{cmds}\n```",
            "run `cp a b` or\n```\ncp a b\nmv c d\n```",
        ),
        ("{cmds}", "```\ncp a b\nmv c d\n```"),
        ("", ""),
    ] {
        assert_eq!(render(template, value), shown, "{template}");
    }
}

#[test]
fn a_line_without_its_value_is_left_out() {
    assert_eq!(
        render("a\n📦 {unknown}\n{nothing}\nb {commit}", value),
        "a\nb abc1234"
    );
    // Not where that would leave a block of code open.
    assert_eq!(
        render("```{unknown}\n{commit}\n```", value),
        "```\nabc1234\n```"
    );
}

#[test]
fn what_is_wrong_is_named() {
    for (template, fault) in [
        ("", "is empty: leave it out, and the usual text is sent"),
        (" \n", "is empty: leave it out, and the usual text is sent"),
        ("{comit}", "there is no `{comit}`: did you mean `commit`?"),
        (
            "{ commit }",
            "there is no `{ commit }`: did you mean `commit`?",
        ),
        ("{Commit}", "there is no `{Commit}`: did you mean `commit`?"),
        (
            "a {commit",
            "has a `{` without its `}` on the same line; `{{` stands for a brace",
        ),
        (
            "a {commit\n}",
            "has a `{` without its `}` on the same line; `{{` stands for a brace",
        ),
        (
            "{a {commit}",
            "has a `{` without its `}` on the same line; `{{` stands for a brace",
        ),
        (
            "commit}",
            "has a `}` without its `{`; `}}` stands for a brace",
        ),
        ("a `b", "has a ` without its second one on the same line"),
        ("```\n{commit}", "has a ``` without its second one"),
        (
            "${secret.discord}",
            "names a secret, and everybody in the channel would read it",
        ),
        (
            HOOK,
            "names a secret, and everybody in the channel would read it",
        ),
        (
            "x s-00000000000000000000000000000000",
            "names a secret, and everybody in the channel would read it",
        ),
    ] {
        assert_eq!(faults(template, &NAMES)[0], fault, "{template}");
    }
    for long in [2_001, 10_000] {
        let fault = format!("has {long} characters; a message has at most 2000");
        assert_eq!(faults(&"x".repeat(long), &NAMES), [fault]);
    }
    assert_eq!(faults(&"x".repeat(2_000), &NAMES), [""; 0]);
    let none = &faults("{}", &NAMES)[0];
    assert!(
        none.starts_with("there is no `{}`: it can be commit, subject, "),
        "{none}"
    );
}

#[test]
fn every_text_that_comes_with_it_is_a_good_one() {
    let more = ["test", "late", "more", "back", "confirm", "confirmation"];
    let names: Vec<&str> = NAMES.into_iter().chain(more).collect();
    for language in [Language::En, Language::Fr] {
        let words = language.words();
        for kind in KINDS.into_iter().chain(["other"]) {
            for confirmed in [false, true] {
                let text = (words.text)(kind, confirmed);
                assert_eq!(faults(text, &names), [""; 0], "{text}");
            }
        }
        for line in [words.late, words.cause, words.test] {
            assert_eq!(faults(line, &names), [""; 0]);
        }
    }
}

#[test]
fn every_name_that_is_offered_stands_for_something() {
    for name in NAMES {
        let known = KINDS.into_iter().any(|kind| {
            let mut event = event(kind, true);
            let cause = ("signal".to_owned(), "15".to_owned());
            event.context.details.push(cause);
            let config = Config {
                mode: Mode::Edit,
                messages: [(kind.to_owned(), format!("[{{{name}}}]"))].into(),
                ..config(Language::En)
            };
            assert_eq!(config.errors(), vec![]);
            let content = discord_message::compose(&event, &config).unwrap().content;
            content.starts_with('[') && content.len() > 2
        });
        assert!(known, "{name}");
    }
}

#[test]
fn a_text_of_the_plan_is_sent_instead() {
    let config = Config {
        messages: [(
            "succeeded".to_owned(),
            "**{plan}** runs {commit}\n{cause}".to_owned(),
        )]
        .into(),
        ..config(Language::Fr)
    };
    let mut event = event("succeeded", true);
    let rendered = |event: &Event| discord_message::compose(event, &config).unwrap().content;
    assert_eq!(rendered(&event), "**mangetamain** runs def5678");
    event.context.details.push(("test".into(), "true".into()));
    event.context.details.push(("late".into(), "true".into()));
    assert_eq!(
        rendered(&event),
        "🧪 Test notification depuis CLI\n**mangetamain** runs def5678\n\
         🐌 Envoyé en retard: c'était le 2025-10-25 14:35:42"
    );
    event.kind = "failed".into();
    assert!(rendered(&event).contains("ÉCHEC"));
}

#[test]
fn a_text_without_a_value_gives_way_to_the_usual_one() {
    for own in ["{cause}", " {cause} {commit}\n\n"] {
        let config = Config {
            messages: [("succeeded".to_owned(), own.to_owned())].into(),
            ..config(Language::En)
        };
        let content = discord_message::compose(&event("succeeded", true), &config).unwrap();
        assert!(
            content.content.contains("succeeded!"),
            "{}",
            content.content
        );
    }
}

#[test]
fn the_nearest_is_suggested_if_it_is_near() {
    assert_eq!(
        suggestion("rolledback", &KINDS),
        "did you mean `rolled-back`?"
    );
    assert!(suggestion("x", &KINDS).starts_with("it can be started, "));
}
