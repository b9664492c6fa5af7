//! Logic of one's own, written against the SDK alone: the program is never rebuilt for it.

use hello_server::Discord;

use crate::site::page::Served;
use crate::site::{Entry, Site, program, workshop};

/// A tree and a page, and a local Discord that is told.
fn told(word: &str) -> (Site, Discord, Served) {
    let mut site = Site::without_containers(word);
    let discord = Discord::listen("127.0.0.1:0", |_| {}).unwrap();
    site.plan.discord = Some(discord.origin());
    site.environment
        .push(("DISCORD_WEBHOOK_URL", discord.webhook()));
    let served = Served::on(site.port, || "a page".to_owned());
    (site, discord, served)
}

#[test]
fn the_notifier_is_another_by_editing_the_plan() {
    let before = std::fs::read(program::binary()).unwrap();
    let (mut site, discord, _served) = told("crier");
    site.plan.notifiers.push(Entry::discord("discord-notify"));
    site.commit("First", &[("README.md", "one\n")]);
    site.run().exits(0);
    let first = discord.messages();
    assert!(
        first.iter().all(|it| !it.content().contains("Hear ye")),
        "{first:?}"
    );
    assert_eq!(first.len(), 2);

    let crier = workshop::plugin("town-crier");
    site.plan.notifiers = vec![Entry::discord(crier.to_str().unwrap())];
    site.commit("Second", &[("README.md", "two\n")]);
    site.run().exits(0);
    let said: Vec<_> = discord.messages()[2..]
        .iter()
        .map(|it| it.content().to_owned())
        .collect();
    assert_eq!(
        said,
        ["Hear ye! It is started!", "Hear ye! It is succeeded!"]
    );
    assert_eq!(std::fs::read(program::binary()).unwrap(), before);
}

#[test]
fn a_step_of_ones_own_refuses_a_commit() {
    let (mut site, _discord, _served) = told("gate");
    let gate = workshop::plugin("gate");
    let gate = Entry::new("gate", gate.to_str().unwrap(), &[("forbidden", "\"WIP\"")]);
    site.plan.discord = None;
    site.plan.steps.insert(1, gate);
    let first = site.commit("Finish it", &[("README.md", "one\n")]);
    site.run().exits(0).says("nothing forbidden in it");
    assert_eq!(site.head(), first);

    site.commit("WIP: not yet", &[("README.md", "two\n")]);
    site.run()
        .exits(3)
        .says("the subject says WIP")
        .never_says("succeeded");
    assert_eq!(site.head(), first);

    // Its config is checked like any other's, against the schema that it brought.
    site.plan.set("gate", "forbiden", "\"WIP\"");
    site.run().exits(2).says("forbiden").says("test.toml:");
}
