//! What the channel reads: of each plan, in each situation, every message as a whole.
//!
//! The expected texts lie in `messages/PLAN/SITUATION/NUMBER.txt`, with the example's own paths and
//! addresses. `BLESS=1` writes them; one that no situation is about fails the test.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::gha_fixture::{GhaFixture, example};
use super::runner::{Done, WorkflowEvent};
use crate::support::program::repository;

const BROKEN: &str = "Oops\n";

/// One of the two plans on its way through every situation.
struct Scenario {
    gha: GhaFixture,
    plan: &'static str,
    /// The word that is typed into the form, where there is one.
    word: Option<&'static str>,
    page: &'static str,
    commits: Vec<String>,
    count: usize,
    seen: BTreeSet<PathBuf>,
}

impl Scenario {
    fn new(plan: &'static str, word: Option<&'static str>, page: &'static str) -> Self {
        Self {
            gha: GhaFixture::new(plan),
            plan,
            word,
            page,
            commits: Vec::new(),
            count: 0,
            seen: BTreeSet::new(),
        }
    }

    fn commit(&mut self, subject: &str, page: Option<&str>) -> String {
        let but: Vec<(&str, &str)> = page.map(|text| (self.page, text)).into_iter().collect();
        let message = format!("{subject}\n\nAnd what nobody has to read in a channel.");
        let sha = self.gha.push(&message, &but);
        self.commits.push(sha.clone());
        sha
    }

    fn event(&self, sha: &str, subject: &str) -> (&'static str, WorkflowEvent) {
        match self.word {
            Some(word) => ("cd-prod.yml", WorkflowEvent::dispatch(sha, word)),
            None => ("cd-preprod.yml", WorkflowEvent::push(sha, subject)),
        }
    }

    fn job(&self, sha: &str, subject: &str) -> Done {
        let (workflow, event) = self.event(sha, subject);
        self.gha.start(workflow, &event).end()
    }

    /// Everything that was told since must be what lies in the situation's folder.
    fn tells(&mut self, situation: &str) {
        let messages = self.gha.list_messages(self.count);
        self.count += messages.len();
        assert!(!messages.is_empty(), "{situation} is not told");
        for (number, message) in messages.iter().enumerate() {
            let file = folder(self.plan).join(format!("{situation}/{}.txt", number + 1));
            let message = self.elsewhere(message) + "\n";
            if std::env::var_os("BLESS").is_some() {
                std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                std::fs::write(&file, &message).unwrap();
            }
            let expected = std::fs::read_to_string(&file).unwrap_or_default();
            assert_eq!(message, expected, "{}: BLESS=1 writes it", file.display());
            self.seen.insert(file);
        }
    }

    /// The message as the example's own machine would have sent it, at the document's time.
    fn elsewhere(&self, message: &str) -> String {
        let mut text = self.gha.there(message);
        for (number, commit) in (1..).zip(&self.commits) {
            let id = number.to_string().repeat(40);
            text = text.replace(commit, &id).replace(&commit[..7], &id[..7]);
        }
        let image = |sign: &str| format!("sha256:{}", sign.repeat(64));
        text = shaped(&text, &image("x"), &image("a"));
        for (shape, meant) in [
            ("dddd-dd-dd dd:dd:dd", "2025-10-25 14:30:15"),
            ("xxxxxxxx-xxxx --logs", "0199aabb-ccdd --logs"),
        ] {
            text = shaped(&text, shape, meant);
        }
        let lines: Vec<String> = text.lines().map(duration).collect();
        lines.join("\n")
    }

    /// No expected text is left over.
    fn ends(self) {
        let mut files = BTreeSet::new();
        for situation in std::fs::read_dir(folder(self.plan)).unwrap() {
            let entries = std::fs::read_dir(situation.unwrap().path()).unwrap();
            files.extend(entries.map(|entry| entry.unwrap().path()));
        }
        assert_eq!(files, self.seen);
    }

    fn goes_through_every_situation(mut self) {
        let sha = self.commit("Fix bug in login", None);
        let first = if self.word.is_some() {
            "confirmed"
        } else {
            "push"
        };
        self.job(&sha, "Fix bug in login").exits(0);
        self.tells(first);

        self.job(&sha, "Fix bug in login")
            .exits(0)
            .says("unchanged");
        self.tells("nothing-new");

        if self.word.is_some() {
            for (situation, word) in [("wrong-confirmation", "deploy"), ("no-confirmation", "")] {
                let word = WorkflowEvent::dispatch(&sha, word);
                self.gha.start("cd-prod.yml", &word).end().exits(6);
                self.tells(situation);
            }
        }

        let sha = self.commit("New feature", Some(BROKEN));
        self.job(&sha, "New feature").exits(4);
        self.tells("broken-and-rolled-back");

        let plan = format!("{}.toml", self.plan);
        self.gha.write_plan(&plan, |text| {
            text.replace("compose-restart", "compose-resart")
        });
        self.job(&sha, "New feature").exits(2);
        self.tells("refused");
        self.gha.write_plan(&plan, |text| text);

        let sha = self.commit("Another feature", None);
        let (workflow, event) = self.event(&sha, "Another feature");
        let mut job = self.gha.start(workflow, &event);
        job.command.says("✔ code");
        job.command.kill();
        self.job(&sha, "Another feature").exits(0);
        self.tells("interrupted");

        self.gha.write_plan(&plan, |text| {
            text.replace("automatic = true", "automatic = false")
        });
        let sha = self.commit("A last feature", Some(BROKEN));
        self.job(&sha, "A last feature").exits(5);
        self.tells("broken-without-rollback");
        self.ends();
    }
}

fn folder(plan: &str) -> PathBuf {
    repository().join("tests/github/messages").join(plan)
}

/// Every part of a text that has this shape (`d` a digit, `x` a hexadecimal one) as it is meant.
fn shaped(text: &str, shape: &str, meant: &str) -> String {
    let fits = |rest: &str| {
        let mut rest = rest.chars();
        shape.chars().all(|want| match (want, rest.next()) {
            ('d', Some(c)) => c.is_ascii_digit(),
            ('x', Some(c)) => c.is_ascii_hexdigit(),
            (want, found) => found == Some(want),
        })
    };
    let mut all = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if fits(rest) {
            all += meant;
            rest = &rest[shape.len()..];
        } else {
            all.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    all
}

/// How long it took is another time each time.
fn duration(line: &str) -> String {
    let mut line = match line.split_once("⏱️ ") {
        Some((before, _)) => format!("{before}⏱️ 1m 20s"),
        None => line.to_owned(),
    };
    if let Some((before, after)) = line.split_once(" after ")
        && let Some((_, rest)) = after.split_once(':')
    {
        line = format!("{before} after 42s:{rest}");
    }
    line
}

#[test]
fn of_preproduction() {
    Scenario::new("preprod", None, "10_preprod/src/index.html").goes_through_every_situation();
}

#[test]
fn of_production() {
    Scenario::new("production", Some("DEPLOY"), "20_prod/streamlit/index.html")
        .goes_through_every_situation();
}

/// A push starts no production, and a form no preproduction: these situations do not exist.
#[test]
fn what_cannot_happen_has_no_message() {
    for (workflow, starts, plan, confirmed) in [
        ("cd-preprod.yml", "push", "preprod", false),
        ("cd-prod.yml", "workflow_dispatch", "production", true),
    ] {
        let text = example(&format!("workflows/{workflow}"));
        let workflow: Value = serde_yaml_ng::from_str(&text).unwrap();
        let on: Vec<&String> = workflow["on"].as_object().unwrap().keys().collect();
        assert_eq!(on, [starts]);
        let plan_text = example(&format!("{plan}.toml"));
        assert_eq!(plan_text.contains("\nconfirm = \"DEPLOY\""), confirmed);
        let situations = ["confirmed", "wrong-confirmation", "no-confirmation"];
        for situation in situations {
            assert_eq!(folder(plan).join(situation).is_dir(), confirmed, "{plan}");
        }
        assert_eq!(folder(plan).join("push").is_dir(), !confirmed, "{plan}");
    }
}

/// The sentences that the channel was used to, message by message, in their order. The values of one
/// day are left out.
const USED_TO: [(&str, &[&str]); 8] = [
    (
        "preprod/push/1",
        &[
            "🚀 **Déploiement Preprod démarré**",
            "📦 Commit: `",
            "💬 Message: ",
            "👤 Par: julienlafrance",
        ],
    ),
    (
        "preprod/push/2",
        &[
            "✅ **Déploiement Preprod réussi!**",
            "🌐 URL: https://mangetamain.lafrance.io/",
            "📦 Commit: `",
            "💬 Fix bug in login",
            "🕐 2025-10-25 14:30:15",
        ],
    ),
    (
        "preprod/broken-without-rollback/2",
        &[
            "❌ **ÉCHEC Déploiement Preprod**",
            "📦 Commit: `",
            "💬 ",
            "⚠️ **Container dans état cassé - intervention manuelle requise**",
            "📋 Vérifier les logs: `",
            "👤 Commit par: ",
        ],
    ),
    (
        "production/confirmed/1",
        &[
            "🚨 **Déploiement PRODUCTION démarré**",
            "📦 Commit: `",
            "💬 Message: ",
            "👤 Par: julienlafrance",
            "⚠️ Déploiement manuel confirmé",
        ],
    ),
    (
        "production/confirmed/2",
        &[
            "✅ **Déploiement PRODUCTION réussi!**",
            "🌐 URL: https://backtothefuturekitchen.lafrance.io/",
            "📦 Commit: `",
            "💬 ",
            "🕐 2025-10-25 14:30:15",
            "👤 Déployé par: julienlafrance",
        ],
    ),
    (
        "production/broken-without-rollback/2",
        &[
            "🚨 **ÉCHEC CRITIQUE - Déploiement PRODUCTION**",
            "❌ Health check échoué",
            "📦 Commit tenté: `",
            "💬 ",
            "🔙 Backup disponible: `",
            "⚠️ **PRODUCTION POTENTIELLEMENT CASSÉE**",
            "📋 Rollback manuel requis:",
            "```",
            "👤 Tenté par: julienlafrance",
        ],
    ),
    (
        "production/wrong-confirmation/1",
        &[
            "⚠️ **Déploiement PRODUCTION annulé**",
            "Confirmation incorrecte (attendu: DEPLOY)",
            "👤 Par: julienlafrance",
        ],
    ),
    (
        "production/broken-without-rollback/2",
        &[
            "deployhost rollback --plan /etc/deployhost/mangetamain/production.toml",
            "git ",
        ],
    ),
];

#[test]
fn the_channel_reads_what_it_is_used_to() {
    for (message, sentences) in USED_TO {
        let file: &Path = &folder("").join(message).with_extension("txt");
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let mut lines = text.lines();
        for sentence in sentences {
            assert!(
                lines.any(|line| line.starts_with(sentence)),
                "{}: no {sentence:?}, or not in its order, in\n{text}",
                file.display()
            );
        }
    }
}
