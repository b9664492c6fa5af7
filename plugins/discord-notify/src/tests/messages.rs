//! Whole messages: `tests/messages/<language>/<form>/<kind>.txt`. `BLESS=1` writes
//! them anew, to be read in the diff.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::*;

/// What the pipeline that this replaces sent, line by line, where it is still true.
const BEFORE: [(&str, bool, &[&str]); 6] = [
    (
        "started",
        false,
        &[
            "🚀 **Déploiement Preprod démarré**",
            "📦 Commit: `abc1234`",
            "💬 Message: Fix bug in login",
            "👤 Par: julienlafrance",
        ],
    ),
    (
        "succeeded",
        false,
        &[
            "✅ **Déploiement Preprod réussi!**",
            "🌐 URL: https://mangetamain.lafrance.io/",
            "📦 Commit: `abc1234`",
            "💬 Fix bug in login",
            "🕐 2025-10-25 14:30:15",
        ],
    ),
    (
        "needs-operator",
        false,
        &[
            "❌ **ÉCHEC Déploiement Preprod**",
            "📦 Commit: `abc1234`",
            "💬 Fix bug in login",
            "⚠️ **Container dans état cassé - intervention manuelle requise**",
            "📋 Vérifier les logs: `deployhost show 019a1b2c-3d4e --logs`",
            "👤 Commit par: julienlafrance",
        ],
    ),
    (
        "started",
        true,
        &[
            "🚨 **Déploiement PRODUCTION démarré**",
            "📦 Commit: `def5678`",
            "💬 Message: New feature",
            "👤 Par: julienlafrance",
            "⚠️ Déploiement manuel confirmé",
        ],
    ),
    (
        "succeeded",
        true,
        &[
            "✅ **Déploiement PRODUCTION réussi!**",
            "🌐 URL: https://backtothefuturekitchen.lafrance.io/",
            "📦 Commit: `def5678`",
            "💬 New feature",
            "🕐 2025-10-25 14:35:42",
            "👤 Déployé par: julienlafrance",
        ],
    ),
    (
        "cancelled",
        true,
        &[
            "⚠️ **Déploiement PRODUCTION annulé**",
            "Confirmation incorrecte (attendu: DEPLOY)",
            "👤 Par: julienlafrance",
        ],
    ),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages")
}

fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => drop(found.insert(path)),
        }
    }
    found
}

/// Each file's name from here, and its content.
fn expected() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (language, name) in [(Language::En, "en"), (Language::Fr, "fr")] {
        for (confirmed, form) in [(false, "preprod"), (true, "production")] {
            let mut add = |file: &str, event: &Event| {
                let config = Config {
                    mode: Mode::Edit,
                    ..config(language)
                };
                let content = discord_message::compose(event, &config).unwrap().content;
                all.push((format!("{name}/{form}/{file}.txt"), content + "\n"));
            };
            for kind in KINDS {
                add(kind, &event(kind, confirmed));
            }
            let with = |kind, key: &str, value: &str| {
                let mut event = event(kind, confirmed);
                event.context.details.push((key.into(), value.into()));
                event
            };
            add("rolled-back-to-what-was-found", &{
                let mut event = with("rolled-back", "found-in-place", "true");
                event.evidence = "running".into();
                event.context.commit = None;
                event
            });
            add("rolled-back-by-a-signal", &{
                let mut event = with("rolled-back", "signal", "2");
                event.problem = Some(problem("app: stopped"));
                event.steps.clear();
                event
            });
            add("succeeded-late", &with("succeeded", "late", "true"));
            add(
                "needs-operator-as-a-test",
                &with("needs-operator", "test", "true"),
            );
            add("needs-operator-without-health", &{
                let mut event = event("needs-operator", confirmed);
                event.problem = Some(problem("app: the container restarts for ever"));
                event.steps.truncate(2);
                event
            });
            if confirmed {
                add("cancelled-without-a-word", &{
                    let mut event = event("cancelled", confirmed);
                    event.problem =
                        Some(problem("there is no terminal to ask on, and no --confirm"));
                    event
                });
            }
        }
    }
    all
}

#[test]
fn every_message_is_the_expected_one_and_no_file_is_left_over() {
    let mut wrong = Vec::new();
    let mut named = BTreeSet::new();
    for (name, content) in expected() {
        let file = folder().join(&name);
        if std::env::var_os("BLESS").is_some() {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, &content).unwrap();
        }
        let wanted = std::fs::read_to_string(&file).unwrap_or_default();
        if wanted != content {
            wrong.push(format!("{name}: wanted\n{wanted}\ngot\n{content}"));
        }
        assert!(named.insert(file), "{name} twice");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(files(&folder()), named);
}

#[test]
fn french_keeps_the_words_of_before() {
    for (kind, confirmed, lines) in BEFORE {
        let content = rendered(&event(kind, confirmed), Language::Fr);
        assert!(content.starts_with(&lines.join("\n")), "{content}");
    }
    let content = rendered(&event("needs-operator", true), Language::Fr);
    let mut rest = content.as_str();
    for line in [
        "🚨 **ÉCHEC CRITIQUE - Déploiement PRODUCTION**\n",
        "❌ Health check échoué",
        "\n📦 Commit tenté: `def5678`\n",
        "💬 New feature\n",
        "🔙 Backup disponible: `abc1234`\n",
        "⚠️ **PRODUCTION POTENTIELLEMENT CASSÉE**\n",
        "📋 Rollback manuel requis:\n```\n",
        "deployhost rollback --plan /etc/deployhost/mangetamain.toml\n",
        "reset --hard abc1234\n",
        "docker-compose.yml restart\n```\n",
        "👤 Tenté par: julienlafrance\n",
    ] {
        let (_, after) = rest
            .split_once(line)
            .unwrap_or_else(|| panic!("{line:?} is not in\n{content}"));
        rest = after;
    }
}

#[test]
fn both_languages_have_the_same_lines_in_the_same_order() {
    for kind in KINDS.into_iter().chain(["other"]) {
        for confirmed in [false, true] {
            let shape = |language: Language| -> Vec<String> {
                let text = (language.words().text)(kind, confirmed);
                let sign = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
                let names = |line: &str| -> String {
                    line.split('{')
                        .skip(1)
                        .filter_map(|it| it.split('}').next())
                        .collect()
                };
                let line = |line: &str| match line
                    .starts_with(|c: char| c.is_ascii() || c.is_alphabetic())
                {
                    true => names(line),
                    false => sign(line) + &names(line),
                };
                text.lines().map(line).collect()
            };
            assert_eq!(shape(Language::En), shape(Language::Fr), "{kind}");
        }
    }
}

#[test]
fn the_evidence_is_shown_and_none_is_made_up() {
    for (evidence, words) in [
        ("verified", "🔍 Preuve: vérifié, la réponse porte ce commit"),
        ("answering", "🔍 Preuve: répond comme attendu"),
        ("running", "🔍 Preuve: les containers tournent"),
        ("applied", "🔍 Preuve: appliqué, rien n'a été vérifié"),
        ("blessed", "🔍 Preuve: blessed"),
    ] {
        let mut event = event("succeeded", false);
        event.evidence = evidence.into();
        let content = rendered(&event, Language::Fr);
        assert!(content.contains(words), "{content}");
    }
    let mut event = event("succeeded", false);
    event.evidence.clear();
    assert!(!rendered(&event, Language::Fr).contains('🔍'));
}

#[test]
fn a_plan_or_environment_is_called_what_it_is() {
    let mut event = event("started", false);
    event.context.environment = "preproduction".into();
    assert!(rendered(&event, Language::En).starts_with("🚀 **Preproduction deployment started**"));
    assert!(rendered(&event, Language::En).ends_with("🏷️ mangetamain"));
    event.context.details.push(("confirm".into(), "GO".into()));
    event.context.environment = "live".into();
    assert!(rendered(&event, Language::En).starts_with("🚨 **LIVE deployment started**"));
}

#[test]
fn a_rollback_without_its_commit_names_the_previous_one() {
    let mut event = event("rolled-back", true);
    event.context.commit = None;
    assert!(rendered(&event, Language::En).contains("🔙 Back on: `abc1234` Fix bug in login\n"));
    event.context.previous = None;
    assert!(!rendered(&event, Language::En).contains("Back on"));
}

#[test]
fn too_many_commands_are_left_out_as_whole_lines() {
    let mut event = event("needs-operator", true);
    event.by_hand = (0..100)
        .map(|i| format!("command {i} {}", "x".repeat(40)))
        .collect();
    let content = rendered(&event, Language::En);
    assert!(crate::text::length(&content) <= crate::text::LONGEST);
    assert_eq!(content.matches("```").count(), 2);
    let shown: Vec<&str> = content
        .lines()
        .filter(|l| l.starts_with("command"))
        .collect();
    assert!(
        shown.len() > 5 && shown.iter().all(|l| l.ends_with('x')),
        "{content}"
    );
    let more = format!(
        "and {} more: `deployhost show 019a1b2c-3d4e --logs`",
        100 - shown.len()
    );
    assert!(content.contains(&more), "{content}");
}

#[test]
fn the_way_back_has_its_place_however_long_the_texts_are() {
    for language in [Language::En, Language::Fr] {
        for confirmed in [false, true] {
            let mut event = event("needs-operator", confirmed);
            let long = "*".repeat(5_000);
            let context = &mut event.context;
            context.plan = long.clone();
            context.actor = Some(long.clone());
            let commit = context.commit.as_mut().unwrap();
            (commit.subject, commit.author) = (long.clone(), long.clone());
            context.details.push(("cause".into(), long.clone()));
            context.details.push(("late".into(), "true".into()));
            context.details.push(("test".into(), "true".into()));
            let long = problem(&long).help(long.clone());
            event.problem = Some((0..9).fold(long.clone(), |it, _| it.note(long.message.clone())));
            let rollback = format!("deployhost rollback --plan /{}", "x".repeat(100));
            event
                .context
                .details
                .push(("rollback".into(), rollback.clone()));
            let content = rendered(&event, language);
            assert!(content.contains(&format!("```\n{rollback}\n")), "{content}");
            assert!(content.contains("🏷️"), "{content}");
        }
    }
}

#[test]
fn a_command_is_shown_as_it_is_or_not_at_all() {
    for odd in [
        "echo ```",
        "echo `id`",
        "a\nb",
        "a\tb",
        "a\u{202e}b",
        "",
        "wall @everyone",
    ] {
        let mut event = event("needs-operator", true);
        let logs = "deployhost show 019a1b2c-3d4e --logs";
        // What would follow it is nothing to do without it.
        event.by_hand = vec!["cp  -a '/a b'  /c".into(), odd.into(), "ls".into()];
        let content = rendered(&event, Language::En);
        assert!(
            content.contains(&format!(
                "\n# or by hand:\ncp  -a '/a b'  /c\n```\nand 2 more: `{logs}`\n"
            )),
            "{content}"
        );
        event.by_hand.remove(0);
        event.context.details.retain(|(key, _)| key != "rollback");
        let bare = super::rendered(&event, Language::En);
        assert!(
            bare.contains("```\ndeployhost rollback\n```\nand 2 more: "),
            "{bare}"
        );
        event.context.details.push(("rollback".into(), odd.into()));
        let none = super::rendered(&event, Language::En);
        assert!(none.contains(&format!("```\n{logs}\n```\n👤")), "{none}");
        event.context.details.retain(|(key, _)| key != "logs");
        let none = super::rendered(&event, Language::En);
        let show = "deployhost show 019a1b2c-3d4e-7000-8000-000000000000";
        assert!(none.contains(&format!("```\n{show}\n```\n👤")), "{none}");
        event.by_hand = vec!["ls".into()];
        let rest = super::rendered(&event, Language::En);
        assert!(
            rest.contains(&format!(
                "```\n# or by hand:\nls\n```\nand 1 more: `{show}`\n"
            )),
            "{rest}"
        );
    }
}

#[test]
fn progress_is_sent_only_by_editing() {
    assert_eq!(
        discord_message::compose(&event("progress", true), &config(Language::En)),
        None
    );
}

#[test]
fn an_event_that_knows_nothing_is_still_sent() {
    for kind in KINDS {
        let bare = Event {
            kind: kind.into(),
            ..Event::default()
        };
        if kind != "progress" {
            assert!(
                !rendered(&bare, Language::Fr).contains(['{', '}']),
                "{kind}"
            );
        }
    }
    let mut bare = event("failed", false);
    bare.context = Context {
        environment: "preprod".into(),
        ..Context::default()
    };
    bare.problem = None;
    assert_eq!(
        rendered(&bare, Language::En),
        "❌ **Preprod deployment failed - nothing had changed**\n🕐 <t:1761395742:f>"
    );
}

#[test]
fn a_url_that_is_more_than_a_link_is_left_out() {
    for url in ["javascript:alert(1)", "https://a> @everyone", "https://é"] {
        let mut event = event("succeeded", false);
        event.context.url = Some(url.into());
        assert!(!rendered(&event, Language::En).contains('🌐'), "{url}");
        event.context.url = Some("https://a.example/(x)*@b".into());
        assert!(
            rendered(&event, Language::En).contains("🌐 URL: https://a.example/%28x%29%2A%40b\n")
        );
    }
}

/// A time that is none is not shown as one.
#[test]
fn a_time_is_read_where_it_is_one() {
    for odd in [
        "",
        "yesterday",
        "2025-10-25",
        "@everyone!T@here!!!",
        "2025-10-25T1é:00:00",
    ] {
        let mut event = event("succeeded", false);
        event.context.details = vec![("local-time".into(), odd.into())];
        assert!(
            rendered(&event, Language::En).contains("🕐 <t:1761395742:f>\n"),
            "{odd}"
        );
    }
}
