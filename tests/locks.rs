//! One run at a time on whatever it can change.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustix::process::Signal;

use crate::site::Site;
use crate::site::page::Served;

#[test]
fn a_second_run_is_told_at_once_who_holds_the_target() {
    let mut site = Site::without_containers("locked");
    site.plan.set("health", "start_period", "\"1m\"");
    site.plan.set("health", "expect", "{ text = \"good\" }");
    let page = site.path("page");
    let served = page.clone();
    let _served = Served::on(site.port, move || {
        std::fs::read_to_string(&served).unwrap_or_default()
    });
    let first = site.commit("First", &[("README.md", "one\n")]);

    let mut run = site.start();
    run.until("verifying", "health");
    // The same target, and another target on the same tree.
    let mut other = site.plan.clone();
    other.environment = "other";
    for plan in [&site.plan, &other] {
        let refused = site.run_plan(plan).exits(75);
        refused.says(&run.pid().to_string()).never_says("started");
        assert!(
            refused.took() < Duration::from_secs(1),
            "{:?}",
            refused.took()
        );
    }
    assert_eq!(site.head(), first);

    std::fs::write(&page, "good\n").unwrap();
    run.end().exits(0);
    site.run().exits(0).says("unchanged");
}

#[test]
fn of_sixteen_starts_one_gets_through() {
    let mut site = Site::without_containers("sixteen");
    site.plan.set("health", "start_period", "\"1m\"");
    site.commit("First", &[("README.md", "one\n")]);
    // Once, so that its plugins are compiled.
    site.run_with(&["--dry-run"]).exits(0);
    // The one that runs waits for its page, which comes when the fifteen others have ended.
    let (site, ended) = (&site, &AtomicUsize::new(0));
    let runs: Vec<_> = std::thread::scope(|scope| {
        let run = || {
            let run = site.run();
            ended.fetch_add(1, Ordering::SeqCst);
            run
        };
        let runs: Vec<_> = (0..16).map(|_| scope.spawn(run)).collect();
        while ended.load(Ordering::SeqCst) < 15 {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _served = Served::on(site.port, || "a page".to_owned());
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
    // Alone on two cores it takes well under a second; the tests beside it take their share.
    let slowest = ended_with(75).map(|it| it.took).max().unwrap();
    assert!(slowest < Duration::from_secs(3), "{slowest:?}");
}

#[test]
fn a_killed_run_holds_nothing() {
    let mut site = Site::without_containers("orphaned");
    site.plan.set("health", "start_period", "\"1m\"");
    site.commit("First", &[("README.md", "one\n")]);
    let mut run = site.start();
    run.until("verifying", "health");
    run.send(Signal::KILL);
    drop(run.end());

    let _served = Served::on(site.port, || "a page".to_owned());
    let run = site.run_with(&["--json"]).exits(0);
    assert_eq!(run.ended().0, "succeeded");
}
