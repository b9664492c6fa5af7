//! What a Discord channel is told, over Discord's own protocol, and what its absence never changes.

use std::path::Path;
use std::time::Duration;

use hello_server::{Discord, Fault};
use serde_json::json;

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
        told[0].contains("Test deployment started") && told[0].contains(&site.name),
        "{told:?}"
    );
    assert!(
        told[1].contains("deployment succeeded!") && told[1].contains(&first[..7]),
        "{told:?}"
    );
    assert!(
        told[0].contains("to ＠everyone; ${secret.discord} \\`id\\`\n"),
        "a commit message is text: {told:?}"
    );
    channel.keeps_its_secret(&run);

    site.commit("Break it", &[("page", "bad\n")]);
    let run = site.run().exits(4);
    let told = channel.told(2);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[1].contains("failed - rolled back") && told[1].contains(&first[..7]),
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
    assert!(channel.told(2).iter().any(|it| it.contains("succeeded!")));
}

#[test]
fn one_message_is_kept_up_to_date_and_what_goes_wrong_is_another() {
    let mut channel = channel("edited");
    let notifier = Entry::new(
        "discord",
        "discord-notify",
        &[
            ("webhook", "\"${secret.discord}\""),
            ("language", "\"fr\""),
            ("mode", "\"edit\""),
            ("messages", "{ unchanged = \"{{{plan}}} {commit}\" }"),
        ],
    );
    channel.site.plan.notifiers = vec![notifier];
    let Channel { site, discord, .. } = &channel;
    // Each message as it was left, and how often it was edited.
    let left = |since: usize| {
        let mut left: Vec<(String, String, usize)> = Vec::new();
        for message in &discord.messages()[since..] {
            let content = message.content().to_owned();
            match left.iter_mut().find(|(id, ..)| *id == message.id) {
                Some((_, last, edits)) => (*last, *edits) = (content, *edits + 1),
                None => left.push((message.id.clone(), content, 0)),
            }
        }
        left
    };
    let first = site.commit("First", &[("page", "good one\n")]);
    let run = site.run().exits(0);
    let one = left(0);
    assert_eq!(one.len(), 1, "{one:?}");
    assert!(
        one[0].1.starts_with("✅ **Déploiement Test réussi!**\n"),
        "{one:?}"
    );
    assert!(one[0].2 >= 1, "{one:?}");
    assert_eq!(discord.messages()[0].method, "POST");
    channel.keeps_its_secret(&run);

    let before = discord.messages().len();
    site.run().exits(0);
    let again = left(before);
    assert_eq!(again.len(), 1, "{again:?}");
    assert_eq!(again[0].1, format!("{{{}}} {}", site.name, &first[..7]));

    let before = discord.messages().len();
    site.commit("Break it", &[("page", "bad\n")]);
    let run = site.run().exits(4);
    let two = left(before);
    assert_eq!(two.len(), 2, "{two:?}");
    let title = "↩️ **Déploiement Test échoué - retour arrière effectué**";
    assert_eq!(two[0].1, title);
    assert!(two[1].1.starts_with(&format!("{title}\n❌ ")), "{two:?}");
    assert!(
        two[1]
            .1
            .contains(&format!("🔙 De retour sur: `{}` First\n", &first[..7])),
        "{two:?}"
    );
    assert_eq!(two[1].2, 0, "{two:?}");
    channel.told(0);
    channel.keeps_its_secret(&run);
}

#[test]
fn a_text_that_is_wrong_is_found_before_anything_runs() {
    for (text, why) in [
        (
            "{comit}",
            "there is no `{comit}`: did you mean `commit`? — ",
        ),
        ("see ${secret.discord}", "a secret may only begin a text — "),
        ("${secret.discord}", "names a secret, "),
        ("{commit", "has a `{` without its `}`"),
    ] {
        let mut channel = channel("texts");
        let notifier = Entry::new(
            "discord",
            "discord-notify",
            &[
                ("webhook", "\"${secret.discord}\""),
                ("messages", &format!("{{ failed = {text:?} }}")),
            ],
        );
        channel.site.plan.notifiers = vec![notifier];
        channel.site.commit("First", &[("page", "good one\n")]);
        let run = channel.site.run().exits(2);
        run.says("config.messages.failed: ").says(why);
        assert!(!channel.site.tree().exists());
        let webhook = channel.discord.webhook();
        run.never_says(webhook.rsplit('/').next().unwrap());
        assert_eq!(channel.discord.requests(), 0);
    }
}

#[test]
fn a_message_that_was_put_off_is_sent_when_discord_says() {
    let channel = channel("limited");
    channel.site.commit("First", &[("page", "good one\n")]);
    // What the plugin waits for itself, then what it leaves to the program to try again.
    let limited = std::iter::repeat_n(Fault::TooMany(0.4), 3);
    channel.discord.fail_next(limited);
    channel
        .discord
        .fail_next([Fault::Status(500), Fault::Hangup]);
    let run = channel.site.run().exits(0);
    let told = channel.told(0);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].contains("started") && told[1].contains("succeeded!"),
        "{told:?}"
    );
    assert_eq!(channel.discord.requests(), 7);
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
