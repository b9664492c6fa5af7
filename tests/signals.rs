//! A run that is told to stop goes back, and says by what it was stopped.

use rustix::process::Signal;

use crate::fixture::Fixture;
use crate::fixture::compose::greeting;
use crate::fixture::page::Served;

#[test]
fn an_interrupt_while_it_waits_rolls_back() {
    let mut fixture = Fixture::without_containers("interrupt");
    let page = fixture.tree().join("page");
    let _served = Served::on(fixture.port, move || {
        std::fs::read_to_string(&page).unwrap_or_default()
    });
    fixture.plan.set("health", "expect", "{ text = \"good\" }");
    fixture.plan.set("health", "start_period", "\"1m\"");
    let first = fixture.commit("First", &[("page", "good one\n")]);
    fixture.run().exits(0);

    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        fixture.commit("Not yet", &[("page", "bad\n")]);
        let mut run = fixture.start();
        run.until("verifying", "health");
        run.send(signal);
        let run = run.end().exits(code);
        assert_eq!(run.ended().0, "rolled-back");
        assert_eq!(fixture.head(), first);
    }
}

#[test]
fn an_interrupt_while_services_change_brings_the_old_ones_back() {
    let fixture = Fixture::new("interrupted");
    let first = fixture.commit("First", &[("compose.yml", &greeting("first"))]);
    fixture.run().exits(0);
    fixture.commit("Second", &[("compose.yml", &greeting("second"))]);
    let mut run = fixture.start();
    run.until("effect", "app");
    run.send(Signal::INT);
    let run = run.end().exits(130);
    assert_eq!(run.ended().0, "rolled-back");
    assert!(
        fixture.page().contains("greeting first"),
        "{}",
        fixture.page()
    );
    assert_eq!(fixture.head(), first);
    let running = fixture
        .containers()
        .into_iter()
        .filter(|it| it.running)
        .count();
    assert_eq!(running, 1, "{:#?}", fixture.containers());
}

/// Nothing had changed yet, so there is nothing to go back to.
#[test]
fn an_interrupt_before_anything_changed_fails() {
    let fixture = Fixture::new("early");
    fixture.commit("First", &[("compose.yml", &greeting("first"))]);
    let mut run = fixture.start();
    run.until("planning", "app");
    run.send(Signal::INT);
    let run = run.end().exits(130);
    assert_eq!(run.ended().0, "failed");
    assert!(!fixture.tree().exists());
    assert!(
        fixture.containers().is_empty(),
        "{:?}",
        fixture.containers()
    );
}
