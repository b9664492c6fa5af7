#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::scripted_run::{self, Played, history};

fn about(url: bool) -> PlanInfo {
    PlanInfo {
        plan: "hello".into(),
        environment: "test".into(),
        url: url.then(|| "http://hello.example".to_owned()),
    }
}

const TYPED: CommandHint = CommandHint {
    plan: "hello.toml",
    state: None,
};

fn summary(run: &Run) -> RunSummary {
    let previous = scripted_run::commit("v1");
    RunSummary::of(run, &about(true), &TYPED, Some(&previous)).unwrap()
}

fn before() -> Option<deployhost_engine::Release> {
    history(&[Played::new("r1", "v0", "v1")]).release()
}

fn deploy() -> Played {
    Played {
        release: before(),
        ..Played::new("r2", "v1", "v2")
    }
}

#[test]
fn a_run_that_goes_on_has_no_ending() {
    let killed = Played {
        dies: Some("apply app"),
        ..deploy()
    };
    assert_eq!(
        RunSummary::of(&killed.run(), &about(true), &TYPED, None),
        None
    );
}

#[test]
fn each_outcome_says_what_runs_now() {
    let failing = |fails| Played { fails, ..deploy() };
    for (played, outcome, now) in [
        (
            deploy(),
            Outcome::Succeeded,
            "hello (test) now runs v2v2v2 \"Bring v2\" at http://hello.example: \
                 it answers as expected; nothing proves which build answered.",
        ),
        (
            Played {
                changes: false,
                ..Played {
                    next: "v1",
                    ..deploy()
                }
            },
            Outcome::Unchanged,
            "hello (test) already ran v1v1v1 \"Bring v1\" at http://hello.example, and \
                 nothing was touched: it answers as expected; nothing proves which build answered.",
        ),
        (
            failing(&["plan code"]),
            Outcome::Failed,
            "Nothing had changed: hello (test) still runs v1v1v1 \"Bring v1\".",
        ),
        (
            Played {
                confirm: true,
                ..failing(&["replan code"])
            },
            Outcome::Failed,
            "Nothing had changed: hello (test) still runs v1v1v1 \"Bring v1\".",
        ),
        (
            Played {
                fails: &["apply app", "verify health"],
                ..deploy()
            },
            Outcome::RolledBack,
            "hello (test) is back on v1v1v1 \"Bring v1\" at http://hello.example: \
                 it answers as expected; nothing proves which build answered.",
        ),
        (
            failing(&["verify health", "back app"]),
            Outcome::NeedsOperator,
            "hello (test) was changed and is not known to be restored; \
                 completed: code, app; brought back: code.",
        ),
        (
            Played {
                confirm: true,
                ..failing(&["confirm"])
            },
            Outcome::Cancelled,
            "hello (test) was not touched: it was not confirmed.",
        ),
        (
            Played {
                dry_run: true,
                ..deploy()
            },
            Outcome::Planned,
            "hello (test) was not touched: this was a dry run.",
        ),
    ] {
        let run = played.run();
        assert_eq!(run.ended(), Some(outcome), "{now}");
        let summary = summary(&run);
        assert_eq!(summary.outcome, outcome);
        assert_eq!(summary.now, now);
    }
}

#[test]
fn what_nobody_ended_is_left_as_it_was() {
    let killed = Played {
        dies: Some("apply app"),
        ..deploy()
    };
    let mut run = killed.run();
    run.record(&deployhost_engine::Event::Ended {
        outcome: Outcome::Interrupted,
        evidence: None,
        problem: None,
    })
    .unwrap();
    let summary = summary(&run);
    assert_eq!(
        summary.now,
        "hello (test) was left as it was when the run was killed; \
             completed: code; nothing was brought back."
    );
    assert_eq!(
        summary.advice,
        [
            "Any next run settles it:",
            "deployhost run --plan hello.toml"
        ]
    );
    // In the order of a way back: files before what is started from them.
    assert_eq!(summary.by_hand, ["put code back", "put app back"]);
}

#[test]
fn nothing_before_is_said_and_no_commit_is_made_up() {
    let first = Played {
        fails: &["verify health"],
        ..Played::new("r1", "", "v1")
    };
    let now = RunSummary::of(&first.run(), &about(true), &TYPED, None).map(|it| it.now);
    assert_eq!(
        now.as_deref(),
        Some(
            "Nothing was in place before on hello (test), \
                 and what this run started is stopped again."
        )
    );
    // A release that knows no commit.
    let release = before().map(|release| deployhost_engine::Release {
        commit: None,
        pins: vec![("app".into(), "app@v1".into())],
        ..release
    });
    let back = Played {
        fails: &["verify health"],
        release,
        ..Played::new("r2", "v1", "v2")
    };
    // Its health answers on the way back no better than before.
    let run = back.run();
    let summary = RunSummary::of(&run, &about(false), &TYPED, None).unwrap();
    assert!(!summary.now.contains("v2"), "{}", summary.now);
    assert!(
        summary
            .now
            .starts_with("hello (test) is back on what ran before: "),
        "{}",
        summary.now
    );
}

#[test]
fn a_url_is_named_only_where_it_answered() {
    for (evidence, text) in [
        (None, "hello (test) now runs v2v2v2 \"Bring v2\": "),
        (
            Some(Evidence::Running),
            "hello (test) now runs v2v2v2 \"Bring v2\": ",
        ),
        (
            Some(Evidence::Answering),
            "hello (test) now runs v2v2v2 \"Bring v2\" at http://hello.example: ",
        ),
        (
            Some(Evidence::Verified),
            "hello (test) now runs v2v2v2 \"Bring v2\" at http://hello.example: ",
        ),
    ] {
        let run = Played {
            evidence,
            ..deploy()
        }
        .run();
        let now = summary(&run).now;
        assert!(now.starts_with(text), "{now}");
        let proof = proof(run.evidence().unwrap());
        assert_eq!(now[text.len()..], format!("{proof}."));
    }
}

#[test]
fn what_went_wrong_and_what_to_do_are_said() {
    let failed = Played {
        fails: &["plan code"],
        ..deploy()
    };
    let ending_ = summary(&failed.run());
    assert_eq!(
        ending_.problem.as_ref().map(|it| it.message.as_str()),
        Some("code: no")
    );
    assert_eq!(
        ending_.advice,
        [
            "See what happened, mend it, and run again:",
            "deployhost show r2 --logs",
            "deployhost run --plan hello.toml"
        ]
    );
    assert!(ending_.by_hand.is_empty());
    let lost = Played {
        fails: &["verify health", "back app"],
        ..deploy()
    };
    let ending_ = summary(&lost.run());
    assert_eq!(
        ending_.advice,
        [
            "See what happened, then go back to the last release:",
            "deployhost show r2 --logs",
            "deployhost rollback --plan hello.toml"
        ]
    );
    assert_eq!(ending_.by_hand, ["put code back", "put app back"]);
    let ending_ = summary(&deploy().run());
    assert_eq!(ending_.problem, None);
    assert_eq!(ending_.advice[1], "deployhost rollback --plan hello.toml");
}

#[test]
fn a_commit_is_named_short_and_plain() {
    let commit = |id: &str, subject: &str| Commit {
        id: id.into(),
        subject: subject.into(),
        author: String::new(),
        at: None,
    };
    let named = |it: Commit| name(Some(&it));
    assert_eq!(
        named(commit("0123456789abcdef", "Say \u{1b}[31mhello")),
        "0123456 \"Say  [31mhello\""
    );
    assert_eq!(named(commit("0123456789abcdef", "")), "0123456");
    assert_eq!(named(commit("012", "")), "012");
    assert_eq!(named(commit("日本日本日本日本", "")), "日本日本日本日本");
    assert_eq!(name(None), "what it was asked to run");
}

/// It may have been left as it was.
#[test]
fn a19_no_evidence_says_that_something_started() {
    for evidence in [
        Evidence::Applied,
        Evidence::Running,
        Evidence::Answering,
        Evidence::Verified,
    ] {
        assert!(!proof(evidence).contains("start"), "{evidence:?}");
    }
}
