//! A service that takes its time to answer.

use std::time::{Duration, Instant};

use crate::site::Site;
use crate::site::compose::{PUBLISHED, services};
use crate::site::page;

/// Well before the start period is over, so that waiting for its end would show.
const SOON: Duration = Duration::from_secs(10);

#[test]
fn the_run_ends_soon_after_the_first_answer() {
    let mut site = Site::new("slow");
    site.plan.set("health", "start_period", "\"40s\"");
    site.plan.set("health", "interval", "\"500ms\"");
    let slow = "environment: { GREETING: slow, DELAY: 20 }";
    let compose = services(&[("web", &[PUBLISHED, slow])]);
    site.commit("Slow", &[("compose.yml", &compose)]);

    let mut run = site.start();
    run.until("applied", "app");
    let began = Instant::now();
    let port = site.port;
    let answered = std::thread::spawn(move || {
        while page::get(port, "/").is_err() {
            assert!(began.elapsed() < Duration::from_secs(60), "no answer");
            std::thread::sleep(Duration::from_millis(100));
        }
        Instant::now()
    });
    let run = run.end().exits(0);
    let ended = Instant::now();
    assert_eq!(run.ended(), ("succeeded".into(), "answering".into()));

    // The container was up, and had to stay so, when its step ended: some of its twenty seconds.
    let answered = answered.join().unwrap();
    assert!(
        answered - began > Duration::from_secs(10),
        "it was not slow"
    );
    assert!(ended > answered, "it ended before anything answered");
    assert!(ended - answered < SOON, "{:?}", ended - answered);
    assert!(site.page().contains("greeting slow"), "{}", site.page());
}
