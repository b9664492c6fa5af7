//! A run that is told to stop goes back, and says by what it was stopped.

use rustix::process::Signal;

use crate::site::Site;
use crate::site::compose::greeting;
use crate::site::page::Served;

#[test]
fn an_interrupt_while_it_waits_rolls_back() {
    let mut site = Site::without_containers("interrupt");
    let page = site.tree().join("page");
    let _served = Served::on(site.port, move || {
        std::fs::read_to_string(&page).unwrap_or_default()
    });
    site.plan.set("health", "expect", "{ text = \"good\" }");
    site.plan.set("health", "start_period", "\"1m\"");
    let first = site.commit("First", &[("page", "good one\n")]);
    site.run().exits(0);

    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        site.commit("Not yet", &[("page", "bad\n")]);
        let mut run = site.start();
        run.until("verifying", "health");
        run.send(signal);
        let run = run.end().exits(code);
        assert_eq!(run.ended().0, "rolled-back");
        assert_eq!(site.head(), first);
    }
}

#[test]
fn an_interrupt_while_services_change_brings_the_old_ones_back() {
    let site = Site::new("interrupted");
    let first = site.commit("First", &[("compose.yml", &greeting("first"))]);
    site.run().exits(0);
    site.commit("Second", &[("compose.yml", &greeting("second"))]);
    let mut run = site.start();
    run.until("effect", "app");
    run.send(Signal::INT);
    let run = run.end().exits(130);
    assert_eq!(run.ended().0, "rolled-back");
    assert!(site.page().contains("greeting first"), "{}", site.page());
    assert_eq!(site.head(), first);
    let running = site
        .containers()
        .into_iter()
        .filter(|it| it.running)
        .count();
    assert_eq!(running, 1, "{:#?}", site.containers());
}

/// Nothing had changed yet, so there is nothing to go back to.
#[test]
fn an_interrupt_before_anything_changed_fails() {
    let site = Site::new("early");
    site.commit("First", &[("compose.yml", &greeting("first"))]);
    let mut run = site.start();
    run.until("planning", "app");
    run.send(Signal::INT);
    let run = run.end().exits(130);
    assert_eq!(run.ended().0, "failed");
    assert!(!site.tree().exists());
    assert!(site.containers().is_empty(), "{:?}", site.containers());
}
