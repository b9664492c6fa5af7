//! A service that takes its time to answer.

use std::time::Duration;

use crate::site::Site;
use crate::site::compose::{PUBLISHED, services};

#[test]
fn the_run_ends_soon_after_the_first_answer() {
    let mut site = Site::new("slow");
    site.plan.set("health", "start_period", "\"40s\"");
    site.plan.set("health", "interval", "\"500ms\"");
    let slow = "environment: { GREETING: slow, DELAY: 20 }";
    site.commit(
        "Slow",
        &[("compose.yml", &services(&[("web", &[PUBLISHED, slow])]))],
    );
    let run = site.run().exits(0);
    run.says("succeeded, answering");
    assert!(site.page().contains("greeting slow"), "{}", site.page());
    // Twenty seconds of sleep, planning and starting before it, two good answers after it.
    let took = run.took();
    assert!(took > Duration::from_secs(20), "{took:?}");
    assert!(took < Duration::from_secs(36), "{took:?}");
}
