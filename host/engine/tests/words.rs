//! The words of the journal and of `--json`: changing one breaks every journal that exists.

#![allow(clippy::unwrap_used)]

use deployhost_engine::{
    Act, Event, EventKind, Evidence, Goal, Outcome, Pass, Proposal, Receipt, Recovery, Release,
    Role, RunSpec, Step,
};
use deployhost_policy::Diagnostic;
use serde_json::{Value, json};

fn journal() -> Vec<(Event, Value)> {
    let step = || String::from("app");
    let problem = || Diagnostic::new("test.busy", "busy").note("wait");
    let release = Release {
        id: "r1".into(),
        plan: "{}".into(),
        plugins: vec![("compose".into(), "00ff".into())],
        steps: vec![],
        pins: vec![(step(), "a1".into())],
        evidence: Some(Evidence::Running),
        commit: None,
    };
    let spec = RunSpec {
        run: "r2".into(),
        goal: Goal::Deploy,
        plan: "{}".into(),
        plugins: vec![],
        steps: vec![Step {
            name: step(),
            role: Role::Change,
            recovery: Recovery::Pin,
        }],
        confirm: true,
        dry_run: false,
        automatic: true,
        require: Some(Evidence::Verified),
        retries: 2,
        release: Some(release),
        to: None,
        unsettled: false,
        actor: Some("ann".into()),
        sets: vec![("code.ref".into(), "main".into())],
    };
    let proposal = || Proposal {
        now: None,
        next: Some("a2".into()),
        actions: vec![Act {
            what: "restart app".into(),
            why: "new".into(),
        }],
        by_hand: vec!["docker restart app".into()],
        outputs: vec![("url".into(), "1".into())],
    };
    let proposed = json!({
        "now": null, "next": "a2", "actions": [{"what": "restart app", "why": "new"}],
        "by-hand": ["docker restart app"], "outputs": [["url", "1"]],
    });
    let receipt = || Receipt {
        summary: "done".into(),
        pin: None,
        outputs: vec![],
        evidence: Some(Evidence::Answering),
    };
    let received = json!({"summary": "done", "pin": null, "outputs": [], "evidence": "answering"});
    let wrong = json!({"code": "test.busy", "message": "busy", "notes": ["wait"]});
    let busy = json!({"code": "test.busy", "message": "busy"});
    let (pass, attempt) = (Pass::Forward, 1);
    vec![
        (
            spec.into(),
            json!({
                "event": "opened", "run": "r2", "goal": "deploy", "plan": "{}", "plugins": [],
                "steps": [{"name": "app", "role": "change", "recovery": "pin"}],
                "confirm": true, "dry-run": false, "automatic": true, "require": "verified",
                "retries": 2, "release": {
                    "id": "r1", "plan": "{}", "plugins": [["compose", "00ff"]], "steps": [],
                    "pins": [["app", "a1"]], "evidence": "running", "commit": null,
                },
                "to": null, "unsettled": false, "actor": "ann", "sets": [["code.ref", "main"]],
            }),
        ),
        (
            Event::Planning {
                step: step(),
                attempt,
            },
            json!({"event": "planning", "step": "app", "attempt": 1}),
        ),
        (
            Event::Proposed {
                step: step(),
                proposal: proposal(),
            },
            json!({"event": "proposed", "step": "app", "proposal": proposed}),
        ),
        (
            Event::Reproposed {
                step: step(),
                proposal: proposal(),
            },
            json!({"event": "reproposed", "step": "app", "proposal": proposed}),
        ),
        (
            Event::Confirmed { by: "ann".into() },
            json!({"event": "confirmed", "by": "ann"}),
        ),
        (
            Event::Declined {
                reason: Diagnostic::new("test.busy", "busy"),
            },
            json!({"event": "declined", "reason": busy}),
        ),
        (Event::Started, json!({"event": "started"})),
        (
            Event::Applying {
                step: step(),
                pass: Pass::Back,
                pin: Some("a1".into()),
                attempt,
            },
            json!({"event": "applying", "step": "app", "pass": "back", "pin": "a1", "attempt": 1}),
        ),
        (
            Event::Effect {
                step: step(),
                what: "up".into(),
            },
            json!({"event": "effect", "step": "app", "what": "up"}),
        ),
        (
            Event::Applied {
                step: step(),
                pass,
                receipt: receipt(),
            },
            json!({"event": "applied", "step": "app", "pass": "forward", "receipt": received}),
        ),
        (
            Event::Verifying {
                step: step(),
                pass,
                attempt,
            },
            json!({"event": "verifying", "step": "app", "pass": "forward", "attempt": 1}),
        ),
        (
            Event::Verified {
                step: step(),
                pass,
                receipt: receipt(),
            },
            json!({"event": "verified", "step": "app", "pass": "forward", "receipt": received}),
        ),
        (
            Event::Failed {
                step: step(),
                pass: Pass::Undo,
                problem: problem(),
                temporary: true,
            },
            json!({"event": "failed", "step": "app", "pass": "undo", "problem": wrong, "temporary": true}),
        ),
        (
            Event::Undoing {
                step: step(),
                attempt,
            },
            json!({"event": "undoing", "step": "app", "attempt": 1}),
        ),
        (
            Event::Undone { step: step() },
            json!({"event": "undone", "step": "app"}),
        ),
        (
            Event::Refused { problem: problem() },
            json!({"event": "refused", "problem": wrong}),
        ),
        (
            Event::RollingBack {
                to: "r1".into(),
                because: Diagnostic::new("test.busy", "busy"),
            },
            json!({"event": "rolling-back", "to": "r1", "because": busy}),
        ),
        (
            Event::Stopping { signal: 15 },
            json!({"event": "stopping", "signal": 15}),
        ),
        (
            Event::Ended {
                outcome: Outcome::RolledBack,
                evidence: Some(Evidence::Applied),
                problem: Some(problem()),
            },
            json!({
                "event": "ended", "outcome": "rolled-back", "evidence": "applied", "problem": wrong,
            }),
        ),
        (
            Event::Log {
                step: step(),
                level: "info".into(),
                line: "…".into(),
            },
            json!({"event": "log", "step": "app", "level": "info", "line": "…"}),
        ),
        (
            Event::Progress {
                step: step(),
                done: 3,
                total: 10,
                message: "waiting".into(),
            },
            json!({
                "event": "progress", "step": "app", "done": 3, "total": 10, "message": "waiting",
            }),
        ),
        (
            Event::Notified {
                notifier: "discord".into(),
                kind: "started".into(),
                ok: true,
                given_up: false,
                problem: None,
                memory: Some("1".into()),
            },
            json!({
                "event": "notified", "notifier": "discord", "kind": "started", "ok": true,
                "problem": null, "memory": "1",
            }),
        ),
        (
            Event::Notified {
                notifier: "discord".into(),
                kind: "started".into(),
                ok: false,
                given_up: true,
                problem: Some(Diagnostic::new("test.gone", "gone")),
                memory: None,
            },
            json!({
                "event": "notified", "notifier": "discord", "kind": "started", "ok": false,
                "given-up": true, "problem": {"code": "test.gone", "message": "gone"}, "memory": null,
            }),
        ),
        (
            Event::Note { text: "hm".into() },
            json!({"event": "note", "text": "hm"}),
        ),
    ]
}

#[test]
fn every_event_is_written_in_these_words_and_read_back() {
    let journal = journal();
    let mut kinds: Vec<EventKind> = journal.iter().map(|(event, _)| event.kind()).collect();
    // Where a word may be left out, its event is here twice.
    kinds.dedup();
    assert_eq!(kinds, EventKind::ALL);
    for (event, written) in journal {
        assert_eq!(serde_json::to_value(&event).unwrap(), written);
        assert_eq!(written["event"], event.kind().as_str());
        assert_eq!(serde_json::from_value::<Event>(written).unwrap(), event);
    }
}

#[test]
fn words_that_people_read_are_those_of_the_journal() {
    for outcome in Outcome::ALL {
        assert_eq!(json!(outcome), outcome.as_str());
    }
    for evidence in Evidence::ALL {
        assert_eq!(json!(evidence), evidence.as_str());
    }
    for pass in [Pass::Forward, Pass::Undo, Pass::Back] {
        assert_eq!(json!(pass), pass.as_str());
    }
    assert_eq!(
        json!([Goal::Deploy, Goal::Release]),
        json!(["deploy", "release"])
    );
    assert_eq!(
        json!([Role::Gate, Role::Change, Role::Verify]),
        json!(["gate", "change", "verify"])
    );
    assert_eq!(
        json!([Recovery::Pin, Recovery::Undo, Recovery::None]),
        json!(["pin", "undo", "none"])
    );
}

#[test]
fn evidence_grows_from_applied_to_verified() {
    assert!(Evidence::ALL.is_sorted());
    assert!(None < Some(Evidence::Applied));
}
