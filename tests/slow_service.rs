//! A service that takes its time to answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::fixture::Fixture;
use crate::fixture::page::Served;
use crate::fixture::wait::wait_until;

/// How often it answers before it is ready.
const SLOW: usize = 5;

/// With an answer twice a second, the start period alone would be eighty of them.
#[test]
fn the_run_ends_soon_after_the_first_good_answer() {
    let mut fixture = Fixture::without_containers("slow");
    fixture.plan.set("health", "start_period", "\"40s\"");
    fixture.plan.set("health", "interval", "\"500ms\"");
    fixture.plan.set("health", "expect", "{ text = \"good\" }");
    fixture.commit("Slow", &[("README.md", "one\n")]);

    let mut run = fixture.start();
    run.until("verifying", "health");
    // Nobody listens yet; then somebody does, and is not ready.
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let _served = Served::on(fixture.port, move || {
        match count.fetch_add(1, Ordering::SeqCst) {
            0..SLOW => "not yet".to_owned(),
            _ => "good".to_owned(),
        }
    });
    wait_until("it is asked", || asked.load(Ordering::SeqCst) > SLOW);
    let run = run.end().exits(0);
    assert_eq!(run.ended(), ("succeeded".into(), "answering".into()));
    let asked = asked.load(Ordering::SeqCst);
    assert!(asked <= SLOW + 3, "asked {asked} times");
}
