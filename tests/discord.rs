//! What a Discord channel is told, over Discord's own protocol, and what its absence never changes.

use std::path::Path;
use std::time::Duration;

use hello_server::{Discord, Fault};
use serde_json::json;

use crate::site::onlooker::Onlooker;
use crate::site::page::Served;
use crate::site::{Entry, Said, Site};

struct Channel {
    site: Site,
    discord: Discord,
    _served: Served,
}

/// A tree whose page is in it, on a channel. There must be a first commit before it is served.
fn channel(word: &str) -> Channel {
    let mut site = Site::without_containers(word);
    let discord = Discord::listen("127.0.0.1:0", |_| {}).unwrap();
    site.plan.discord = Some(discord.origin());
    site.environment
        .push(("DISCORD_WEBHOOK_URL", discord.webhook()));
    site.plan.notifiers.push(Entry::discord("discord-notify"));
    site.plan.set("health", "expect", "{ text = \"good\" }");
    site.plan.set("health", "start_period", "\"1s\"");
    let page = site.tree().join("page");
    let served = Served::on(site.port, move || {
        std::fs::read_to_string(&page).unwrap_or_default()
    });
    Channel {
        site,
        discord,
        _served: served,
    }
}

impl Channel {
    /// What came since the last time, one text a message.
    fn told(&self, since: usize) -> Vec<String> {
        let messages = self.discord.messages();
        for message in &messages {
            assert_eq!(
                message.body["allowed_mentions"],
                json!({ "parse": [] }),
                "{message:?}"
            );
        }
        messages[since..]
            .iter()
            .map(|it| it.content().to_owned())
            .collect()
    }

    /// Neither what the run said nor anything that it keeps has the webhook in it.
    fn keeps_its_secret(&self, run: &Said) {
        let token = self
            .discord
            .webhook()
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned();
        assert!(token.len() > 20);
        run.never_says(&token);
        // What is kept of the run is where it is looked for.
        assert_ne!(
            holding(&self.site.state(), self.site.name.as_bytes()),
            Vec::<String>::new()
        );
        assert_eq!(
            holding(&self.site.state(), token.as_bytes()),
            Vec::<String>::new()
        );
    }
}

/// The files below a folder with these bytes in them.
fn holding(folder: &Path, bytes: &[u8]) -> Vec<String> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(holding(&path, bytes));
        } else if std::fs::read(&path)
            .is_ok_and(|held| held.windows(bytes.len()).any(|it| it == bytes))
        {
            files.push(path.display().to_string());
        }
    }
    files
}

#[test]
fn it_is_told_of_every_end() {
    let channel = channel("told");
    let Channel { site, .. } = &channel;
    let first = site.commit(
        "Say \"good\" to @everyone; ${secret.discord} `id`",
        &[("page", "good one\n")],
    );
    let run = site.run().exits(0);
    let told = channel.told(0);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].contains("deployment started") && told[0].contains(&site.name),
        "{told:?}"
    );
    assert!(
        told[1].contains("deployed") && told[1].contains(&first[..7]),
        "{told:?}"
    );
    assert!(
        told[0].contains("secret.discord"),
        "a commit message is text: {told:?}"
    );
    channel.keeps_its_secret(&run);

    site.commit("Break it", &[("page", "bad\n")]);
    let run = site.run().exits(4);
    let told = channel.told(2);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[1].contains("rolled back") && told[1].contains(&first[..7]),
        "{told:?}"
    );
    channel.keeps_its_secret(&run);

    site.run_with(&["--dry-run"]).exits(0);
    assert_eq!(channel.told(4), Vec::<String>::new());
}

#[test]
fn it_is_told_of_a_cancellation() {
    let mut channel = channel("cancelled");
    channel.site.plan.confirm = Some("DEPLOY");
    let site = &channel.site;
    site.commit("Wait for it", &[("page", "good one\n")]);
    let run = site.run_with(&["--confirm", "no"]).exits(6);
    run.says("cancelled");
    assert!(!site.tree().exists());
    let told = channel.told(0);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("cancelled"), "{told:?}");
    channel.keeps_its_secret(&run);

    site.run().exits(6).says("cancelled");
    assert!(!site.tree().exists());
    site.run_with(&["--confirm", "DEPLOY"])
        .exits(0)
        .says("succeeded");
    assert!(channel.told(2).iter().any(|it| it.contains("deployed")));
}

#[test]
fn a_message_that_was_put_off_is_sent_when_discord_says() {
    let channel = channel("limited");
    channel.site.commit("First", &[("page", "good one\n")]);
    channel
        .discord
        .fail_next([Fault::TooMany(0.4), Fault::TooMany(0.4)]);
    let run = channel.site.run().exits(0);
    let told = channel.told(0);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].contains("started") && told[1].contains("deployed"),
        "{told:?}"
    );
    assert_eq!(channel.discord.requests(), 4);
    channel.keeps_its_secret(&run);
}

#[test]
fn a_dead_webhook_changes_no_outcome() {
    let Channel {
        mut site,
        discord,
        _served,
    } = channel("dead");
    site.commit("First", &[("page", "good one\n")]);
    discord.fail_next(std::iter::repeat_n(Fault::Status(404), 20));
    let run = site.run().exits(0);
    run.says("succeeded").says("discord");
    assert_eq!(discord.messages(), []);

    // Nobody listens at all: the run waits a while for its last notices, and no longer.
    let webhook =
        "http://127.0.0.1:9/api/webhooks/1/token-of-nobody-token-of-nobody-token-of-nobody";
    site.plan.discord = Some("http://127.0.0.1:9".to_owned());
    site.environment = vec![("DISCORD_WEBHOOK_URL", webhook.to_owned())];
    site.commit("Second", &[("page", "good two\n")]);
    let run = site.run().exits(0);
    run.says("succeeded").never_says("token-of-nobody");
    assert!(run.took() < Duration::from_secs(20), "{:?}", run.took());
    assert_eq!(
        holding(&site.state(), b"token-of-nobody"),
        Vec::<String>::new()
    );

    site.commit("Third", &[("page", "bad\n")]);
    site.run().exits(4).says("rolled-back");
}

#[test]
fn the_webhook_is_in_no_argument_vector() {
    let channel = channel("vectors");
    channel.site.commit("First", &[("page", "good one\n")]);
    let onlooker = Onlooker::looking();
    let run = channel.site.run().exits(0);
    let saw = onlooker.saw();
    assert_eq!(channel.told(0).len(), 2);
    // It looked closely enough to see the program and its children.
    let state = channel.site.state().display().to_string();
    assert!(
        saw.iter().any(|it| it.contains("deployhost run")),
        "{saw:#?}"
    );
    assert!(
        saw.iter()
            .any(|it| it.contains("git") && it.contains(&state)),
        "{saw:#?}"
    );
    let token = channel
        .discord
        .webhook()
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    assert!(!saw.iter().any(|it| it.contains(&token)), "{saw:#?}");
    channel.keeps_its_secret(&run);
}
