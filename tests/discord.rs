//! What a Discord channel is told, over Discord's own protocol, and what its absence never changes.

use std::path::Path;

use hello_server::{Discord, Fault};
use serde_json::json;

use crate::fixture::page::Served;
use crate::fixture::{CommandOutput, Fixture, PlanEntry};

struct Channel {
    fixture: Fixture,
    discord: Discord,
    _served: Served,
}

/// A tree whose page is in it, on a channel. There must be a first commit before it is served.
fn channel(word: &str) -> Channel {
    let mut fixture = Fixture::without_containers(word);
    let discord = fixture.discord();
    fixture
        .plan
        .notifiers
        .push(PlanEntry::discord("discord-notify"));
    fixture.plan.set("health", "expect", "{ text = \"good\" }");
    fixture.plan.set("health", "start_period", "\"1s\"");
    let page = fixture.tree().join("page");
    let served = Served::on(fixture.port, move || {
        std::fs::read_to_string(&page).unwrap_or_default()
    });
    Channel {
        fixture,
        discord,
        _served: served,
    }
}

impl Channel {
    /// What came since the last time, one text a message.
    fn list_messages(&self, since: usize) -> Vec<String> {
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
    fn keeps_its_secret(&self, run: &CommandOutput) {
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
            holding(&self.fixture.state(), self.fixture.name.as_bytes()),
            Vec::<String>::new()
        );
        assert_eq!(
            holding(&self.fixture.state(), token.as_bytes()),
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
    let Channel { fixture, .. } = &channel;
    let first = fixture.commit(
        "Say \"good\" to @everyone; ${secret.discord} `id`",
        &[("page", "good one\n")],
    );
    let run = fixture.run().exits(0);
    let messages = channel.list_messages(0);
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(
        messages[0].contains("Test deployment started") && messages[0].contains(&fixture.name),
        "{messages:?}"
    );
    assert!(
        messages[1].contains("deployment succeeded!") && messages[1].contains(&first[..7]),
        "{messages:?}"
    );
    assert!(
        messages[0].contains("to ＠everyone; ${secret.discord} \\`id\\`\n"),
        "a commit message is text: {messages:?}"
    );
    channel.keeps_its_secret(&run);

    fixture.commit("Break it", &[("page", "bad\n")]);
    let run = fixture.run().exits(4);
    let messages = channel.list_messages(2);
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(
        messages[1].contains("failed - rolled back") && messages[1].contains(&first[..7]),
        "{messages:?}"
    );
    channel.keeps_its_secret(&run);

    fixture.run_with(&["--dry-run"]).exits(0);
    assert_eq!(channel.list_messages(4), Vec::<String>::new());
}

#[test]
fn it_is_told_of_a_cancellation() {
    let mut channel = channel("cancelled");
    channel.fixture.plan.confirm = Some("DEPLOY");
    let fixture = &channel.fixture;
    fixture.commit("Wait for it", &[("page", "good one\n")]);
    let run = fixture.run_with(&["--confirm", "no"]).exits(6);
    run.says("cancelled");
    assert!(!fixture.tree().exists());
    let messages = channel.list_messages(0);
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].contains("cancelled"), "{messages:?}");
    channel.keeps_its_secret(&run);

    fixture.run().exits(6).says("cancelled");
    assert!(!fixture.tree().exists());
    fixture
        .run_with(&["--confirm", "DEPLOY"])
        .exits(0)
        .says("succeeded");
    assert!(
        channel
            .list_messages(2)
            .iter()
            .any(|it| it.contains("succeeded!"))
    );
}

#[test]
fn one_message_is_kept_up_to_date_and_what_goes_wrong_is_another() {
    let mut channel = channel("edited");
    let notifier = PlanEntry::new(
        "discord",
        "discord-notify",
        &[
            ("webhook", "\"${secret.discord}\""),
            ("language", "\"fr\""),
            ("mode", "\"edit\""),
            ("messages", "{ unchanged = \"{{{plan}}} {commit}\" }"),
        ],
    );
    channel.fixture.plan.notifiers = vec![notifier];
    let Channel {
        fixture, discord, ..
    } = &channel;
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
    let first = fixture.commit("First", &[("page", "good one\n")]);
    let run = fixture.run().exits(0);
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
    fixture.run().exits(0);
    let again = left(before);
    assert_eq!(again.len(), 1, "{again:?}");
    assert_eq!(again[0].1, format!("{{{}}} {}", fixture.name, &first[..7]));

    let before = discord.messages().len();
    fixture.commit("Break it", &[("page", "bad\n")]);
    let run = fixture.run().exits(4);
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
    channel.list_messages(0);
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
        let notifier = PlanEntry::new(
            "discord",
            "discord-notify",
            &[
                ("webhook", "\"${secret.discord}\""),
                ("messages", &format!("{{ failed = {text:?} }}")),
            ],
        );
        channel.fixture.plan.notifiers = vec![notifier];
        channel.fixture.commit("First", &[("page", "good one\n")]);
        let run = channel.fixture.run().exits(2);
        run.says("config.messages.failed: ").says(why);
        assert!(!channel.fixture.tree().exists());
        let webhook = channel.discord.webhook();
        run.never_says(webhook.rsplit('/').next().unwrap());
        assert_eq!(channel.discord.requests(), 0);
    }
}

#[test]
fn a_message_that_was_put_off_is_sent_when_discord_says() {
    let channel = channel("limited");
    channel.fixture.commit("First", &[("page", "good one\n")]);
    // What the plugin waits for itself, then what it leaves to the program to try again.
    let limited = std::iter::repeat_n(Fault::TooMany(0.4), 3);
    channel.discord.fail_next(limited);
    channel
        .discord
        .fail_next([Fault::Status(500), Fault::Hangup]);
    let run = channel.fixture.run().exits(0);
    let messages = channel.list_messages(0);
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(
        messages[0].contains("started") && messages[1].contains("succeeded!"),
        "{messages:?}"
    );
    assert_eq!(channel.discord.requests(), 7);
    channel.keeps_its_secret(&run);
}

#[test]
fn a_dead_webhook_changes_no_outcome() {
    let Channel {
        mut fixture,
        discord,
        _served,
    } = channel("dead");
    fixture.commit("First", &[("page", "good one\n")]);
    discord.fail_next(std::iter::repeat_n(Fault::Status(404), 20));
    let run = fixture.run().exits(0);
    run.says("succeeded").says("discord");
    assert_eq!(discord.messages(), []);

    // Nobody listens at all: the run waits a while for its last notices, and then ends.
    let webhook =
        "http://127.0.0.1:9/api/webhooks/1/token-of-nobody-token-of-nobody-token-of-nobody";
    fixture.plan.discord = Some("http://127.0.0.1:9".to_owned());
    fixture.environment = vec![("DISCORD_WEBHOOK_URL", webhook.to_owned())];
    fixture.commit("Second", &[("page", "good two\n")]);
    let run = fixture.run().exits(0);
    run.says("succeeded").never_says("token-of-nobody");
    assert_eq!(
        holding(&fixture.state(), b"token-of-nobody"),
        Vec::<String>::new()
    );

    fixture.commit("Third", &[("page", "bad\n")]);
    fixture.run().exits(4).says("rolled-back");
}
