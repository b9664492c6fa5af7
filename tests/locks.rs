//! One run at a time on whatever it can change.

use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::Signal;

use crate::fixture::Fixture;
use crate::fixture::page::Served;
use crate::fixture::wait::wait_until;

#[test]
fn a_second_run_is_told_at_once_who_holds_the_target() {
    let mut fixture = Fixture::without_containers("locked");
    fixture.plan.set("health", "start_period", "\"1m\"");
    fixture.plan.set("health", "expect", "{ text = \"good\" }");
    let page = fixture.path("page");
    let served = page.clone();
    let _served = Served::on(fixture.port, move || {
        std::fs::read_to_string(&served).unwrap_or_default()
    });
    let first = fixture.commit("First", &[("README.md", "one\n")]);

    let mut run = fixture.start();
    run.until("verifying", "health");
    // The same target, and another target on the same tree.
    let mut other = fixture.plan.clone();
    other.environment = "other";
    for plan in [&fixture.plan, &other] {
        let refused = fixture.run_plan(plan).exits(75);
        refused.says(&run.pid().to_string()).never_says("started");
    }
    assert!(!run.is_over(), "they waited for it");
    assert_eq!(fixture.head(), first);

    std::fs::write(&page, "good\n").unwrap();
    run.end().exits(0);
    fixture.run().exits(0).says("unchanged");
}

#[test]
fn of_sixteen_starts_one_gets_through() {
    let mut fixture = Fixture::without_containers("sixteen");
    fixture.plan.set("health", "start_period", "\"1m\"");
    fixture.commit("First", &[("README.md", "one\n")]);
    // Once, so that its plugins are compiled.
    fixture.run_with(&["--dry-run"]).exits(0);
    // The one that runs waits for its page, which comes when the fifteen others have ended.
    let (fixture, ended) = (&fixture, &AtomicUsize::new(0));
    let runs: Vec<_> = std::thread::scope(|scope| {
        let run = || {
            let run = fixture.run();
            ended.fetch_add(1, Ordering::SeqCst);
            run
        };
        let runs: Vec<_> = (0..16).map(|_| scope.spawn(run)).collect();
        wait_until("fifteen have ended", || ended.load(Ordering::SeqCst) >= 15);
        let _served = Served::on(fixture.port, || "a page".to_owned());
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let ended_with = |code| runs.iter().filter(move |it| it.status.code() == Some(code));
    let other = runs
        .iter()
        .find(|it| !matches!(it.status.code(), Some(0 | 75)));
    if let Some(other) = other {
        panic!("{other}");
    }
    assert_eq!((ended_with(0).count(), ended_with(75).count()), (1, 15));
}

#[test]
fn a_killed_run_holds_nothing() {
    let mut fixture = Fixture::without_containers("orphaned");
    fixture.plan.set("health", "start_period", "\"1m\"");
    fixture.commit("First", &[("README.md", "one\n")]);
    let mut run = fixture.start();
    run.until("verifying", "health");
    run.send(Signal::KILL);
    drop(run.end());

    let _served = Served::on(fixture.port, || "a page".to_owned());
    let run = fixture.run_with(&["--json"]).exits(0);
    assert_eq!(run.ended().0, "succeeded");
}
