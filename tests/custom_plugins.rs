//! Logic of one's own, written against the SDK alone: the program is never rebuilt for it.

use hello_server::Discord;

use crate::fixture::page::Served;
use crate::fixture::{Fixture, PlanEntry, plugin_builder};
use crate::support::program;

/// A tree and a page, and a local Discord that is told.
fn set_up(word: &str) -> (Fixture, Discord, Served) {
    let mut fixture = Fixture::without_containers(word);
    let discord = fixture.discord();
    let served = Served::on(fixture.port, || "a page".to_owned());
    (fixture, discord, served)
}

#[test]
fn the_notifier_is_another_by_editing_the_plan() {
    let before = std::fs::read(program::binary()).unwrap();
    let (mut fixture, discord, _served) = set_up("notifier");
    fixture
        .plan
        .notifiers
        .push(PlanEntry::discord("discord-notify"));
    fixture.commit("First", &[("README.md", "one\n")]);
    fixture.run().exits(0);
    let first = discord.messages();
    assert!(
        first.iter().all(|it| !it.content().contains("Plainly")),
        "{first:?}"
    );
    assert_eq!(first.len(), 2);

    let notifier = plugin_builder::plugin("plain-notifier");
    fixture.plan.notifiers = vec![PlanEntry::discord(notifier.to_str().unwrap())];
    fixture.commit("Second", &[("README.md", "two\n")]);
    fixture.run().exits(0);
    let output: Vec<_> = discord.messages()[2..]
        .iter()
        .map(|it| it.content().to_owned())
        .collect();
    assert_eq!(output, ["Plainly: started", "Plainly: succeeded"]);
    assert_eq!(std::fs::read(program::binary()).unwrap(), before);
}

#[test]
fn a_step_of_ones_own_refuses_a_commit() {
    let (mut fixture, _discord, _served) = set_up("gate");
    let gate = plugin_builder::plugin("gate");
    let gate = PlanEntry::new("gate", gate.to_str().unwrap(), &[("forbidden", "\"WIP\"")]);
    fixture.plan.discord = None;
    fixture.plan.steps.insert(1, gate);
    let first = fixture.commit("Finish it", &[("README.md", "one\n")]);
    fixture.run().exits(0).says("nothing forbidden in it");
    assert_eq!(fixture.head(), first);

    fixture.commit("WIP: not yet", &[("README.md", "two\n")]);
    fixture
        .run()
        .exits(3)
        .says("the subject says WIP")
        .never_says("succeeded");
    assert_eq!(fixture.head(), first);

    // Its config is checked like any other's, against the schema that it brought.
    fixture.plan.set("gate", "forbiden", "\"WIP\"");
    fixture.run().exits(2).says("forbiden").says("test.toml:");
}
