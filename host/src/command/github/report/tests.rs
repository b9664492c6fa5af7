#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::scripted_run::{Played, history};

fn report(played: &Played) -> Report {
    Report::of("hello/test", &played.run())
}

fn marks(rows: &[ReportRow]) -> String {
    let words = rows.iter().map(|row| format!("{}{}", row.step, row.mark));
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_step_says_how_far_it_came() {
    let done = report(&Played::new("r2", "v1", "v2"));
    assert_eq!(
        (done.outcome.as_str(), done.evidence.as_str()),
        ("succeeded", "answering")
    );
    assert_eq!(marks(&done.steps), "code✅ app✅ health✅");
    assert_eq!(done.back, []);
    assert_eq!(done.commit.unwrap().subject, "Bring v2");

    let back = report(&Played {
        release: history(&[Played::new("r1", "v0", "v1")]).release(),
        fails: &["apply app"],
        ..Played::new("r2", "v1", "v2")
    });
    assert_eq!(back.outcome, "rolled-back");
    assert_eq!(marks(&back.steps), "code✅ app❌ health–");
    assert_eq!(marks(&back.back), "code✅ app✅ health✅");
    assert_eq!(back.commit.unwrap().subject, "Bring v2");

    let stuck = report(&Played {
        release: history(&[Played::new("r1", "v0", "v1")]).release(),
        fails: &["verify health", "back app"],
        ..Played::new("r2", "v1", "v2")
    });
    assert_eq!(stuck.outcome, "needs-operator");
    assert_eq!(marks(&stuck.back), "code✅ app–");
    assert_eq!(stuck.back[1].text, "not brought back");

    let cancelled = report(&Played {
        confirm: true,
        fails: &["confirm"],
        ..Played::new("r2", "v1", "v2")
    });
    assert_eq!(marks(&cancelled.steps), "code– app– health–");
    assert!(
        cancelled.steps[0].text.starts_with("not begun: "),
        "{:?}",
        cancelled.steps
    );
}
