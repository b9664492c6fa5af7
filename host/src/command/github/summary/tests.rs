//! Whole pages, and texts that try to be more than text.

use deployhost_engine::Outcome;

use super::*;
use crate::scripted_run::problem;
use deployhost_policy::Location;
use deployhost_runtime::capability::run::Commit;

fn report() -> Report {
    Report {
        target: "shop/production".into(),
        run: "0198-run".into(),
        outcome: "rolled-back".into(),
        evidence: "answering".into(),
        commit: Some(Commit {
            id: "abc1234".into(),
            subject: "Break it".into(),
            author: "Ada".into(),
            at: None,
        }),
        steps: vec![ReportRow {
            mark: "❌",
            step: "app".into(),
            text: "it fell over".into(),
        }],
        back: vec![ReportRow {
            mark: "✅",
            step: "app".into(),
            text: "restarted web".into(),
        }],
    }
}

fn summary(now: &str) -> RunSummary {
    RunSummary {
        outcome: Outcome::RolledBack,
        now: now.into(),
        problem: Some(problem("app: it fell over").note("look at it")),
        advice: vec!["See what happened:".into(), "deployhost show 0198".into()],
        by_hand: Vec::new(),
    }
}

#[test]
fn a_run_is_a_page() {
    let page = of_run(&report(), Some(&summary("It is back.")));
    assert_eq!(
        page,
        "### ↩️ shop&#47;production: rolled-back, answering\n\n\
         It is back.\n\n\
         **app&#58; it fell over**\n\n\
         - look at it\n\n\
         | | step | |\n|---|---|---|\n\
         | ❌ | app | it fell over |\n\n\
         The way back:\n\n\
         | | step | |\n|---|---|---|\n\
         | ✅ | app | restarted web |\n\n\
         - commit <code>abc1234</code> Break it, by Ada\n\
         - run <code>0198&#45;run</code>\n\n\
         See what happened&#58;\n\n\
         <pre>deployhost show 0198\n</pre>\n"
    );
}

#[test]
fn an_error_is_a_page() {
    let error = CommandError::refused("host.problem", "no such step")
        .at(Location::argument("--set"))
        .note("try app");
    assert_eq!(
        of_error(&error, "refused"),
        "### ❌ refused\n\nno such step — &#45;&#45;set\n\n- try app\n"
    );
}

#[test]
fn what_others_wrote_is_text() {
    for hostile in [
        "<script>alert(1)</script>",
        "</pre>\n\n# Title",
        "**bold** _it_ ~~x~~ `id`",
        "[link](https://evil.example)",
        "![image](https://evil.example)",
        "https://evil.example www.evil.example ada@evil.example",
        "@everyone @ada #1",
        "a | b |\n|---|",
        "\u{1b}[2J\u{202e}",
        "&lt;b&gt; $(touch pwned)",
    ] {
        let mut report = report();
        report.target = hostile.into();
        report.steps[0].text = hostile.into();
        report.commit.as_mut().unwrap().subject = hostile.into();
        let mut summary = summary(hostile);
        summary.advice.push(hostile.into());
        let page = of_run(&report, Some(&summary));
        let clean = of_run(&self::report(), Some(&self::summary("It is back.")));
        // Whatever it is, it makes no line and has none of the characters that mean something.
        assert!(page.lines().count() <= clean.lines().count() + 1, "{page}");
        for sign in [
            "<script", "**bold", "](", "://", "@", "\u{1b}", "\u{202e}", "$(",
        ] {
            assert!(!page.contains(sign), "{sign:?} in {page}");
        }
        assert_eq!(page.matches("<pre>").count(), 1, "{page}");
        assert_eq!(page.matches("</pre>").count(), 1, "{page}");
    }
}

#[test]
fn a_page_is_never_too_long() {
    let mut report = report();
    let row = ReportRow {
        text: "|".repeat(1 << 20),
        ..report.steps[0].clone()
    };
    report.steps = vec![row; 100];
    report.back = report.steps.clone();
    let mut summary = summary(&"<".repeat(1 << 20));
    summary.problem.as_mut().unwrap().notes = vec!["*".repeat(1 << 20); 50];
    summary.by_hand = vec!["#".repeat(1 << 10); 1000];
    let page = of_run(&report, Some(&summary));
    assert!(page.len() <= LONGEST, "{}", page.len());
    assert!(page.contains("…"), "what fits is shown");
}
