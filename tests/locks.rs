//! One run at a time on whatever it can change.

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
