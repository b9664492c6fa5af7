//! The notices of a run arrive: once, late rather than never, and without changing the run.

use std::process::Command;

use hello_server::{Fault, Message};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::fixture::wait::wait_until;
use crate::fixture::{Fixture, PlanEntry};
use crate::notify_fixture::{NotifyFixture, detail, is_late, kinds};
use crate::support::program;

/// What is said of a step.
fn step(message: &Message, name: &str) -> Value {
    let steps = message.body["steps"].as_array().unwrap();
    let found = steps.iter().find(|pair| pair[0] == name).unwrap();
    serde_json::from_str(found[1].as_str().unwrap()).unwrap()
}

#[test]
fn a_message_arrives_once_through_all_that_goes_wrong() {
    let notify = NotifyFixture::with_plugin("wrong", "discord-notify");
    let (discord, _page) = (notify.discord(), notify.page());
    let wrong = || {
        let put_off = std::iter::repeat_n(Fault::TooMany(0.3), 3);
        put_off.chain([Fault::Status(500)])
    };
    discord.fail_next(wrong());
    notify.fixture.run().exits(0);
    assert_eq!((discord.messages().len(), discord.requests()), (2, 6));

    discord.fail_next(wrong());
    notify
        .fixture
        .asks("notify", &["--event", "needs-operator"])
        .exits(0)
        .says("discord: delivered");
    assert_eq!((discord.messages().len(), discord.requests()), (3, 11));
}

#[test]
fn what_a_run_could_not_tell_the_next_one_tells_late() {
    let notify = NotifyFixture::new("late");
    let _page = notify.page();
    let run = notify.fixture.run_with(&["--json"]).exits(0);
    let first = run.event("opened", "")["run"].clone();
    run.says("1 notice is not yet delivered").says(&format!(
        "notify --flush --state {}",
        notify.fixture.state().display()
    ));

    let (discord, before) = (notify.discord(), now());
    let run = notify.fixture.run_with(&["--json"]).exits(0);
    run.never_says("not yet delivered").says("told late");
    let messages = discord.messages();
    assert_eq!(kinds(&discord), ["succeeded", "started", "unchanged"]);
    assert_eq!(messages[0].body["run"], first);
    assert_eq!(
        messages.iter().map(is_late).collect::<Vec<_>>(),
        [true, false, false]
    );
    // It says when it happened, not when it was told.
    assert!(messages[0].body["at"].as_u64().unwrap() < before);
    let local = detail(&messages[0], "local-time").unwrap();
    assert_eq!(local.len(), "2026-01-31T12:00:00+01:00".len(), "{local}");
    assert_eq!(messages[0].body["memory"], Value::Null);
    assert_eq!(messages[2].body["memory"], "after started");

    // It is recorded with the run that it was about, and told to nobody again.
    let shown = notify
        .fixture
        .asks("show", &["--json", first.as_str().unwrap()])
        .exits(0);
    let delivered: Vec<Value> = shown
        .events()
        .iter()
        .filter(|it| it["event"] == "notified" && it["kind"] == "succeeded")
        .map(|it| it["ok"].clone())
        .collect();
    assert_eq!(delivered.last(), Some(&json!(true)), "{delivered:?}");
    notify
        .fixture
        .asks("notify", &["--flush"])
        .exits(0)
        .says("nothing is owed");
    assert_eq!(discord.messages().len(), 3);
}

#[test]
fn a_run_that_was_killed_while_it_was_telling_is_told_of_all_the_same() {
    let notify = NotifyFixture::new("cut");
    let _page = notify.page();
    let mut run = notify.fixture.start();
    run.until("ended", "");
    run.kill();
    let discord = notify.discord();
    notify.fixture.asks("notify", &["--flush"]).exits(0);
    assert_eq!(kinds(&discord), ["succeeded"]);
}

/// The first one has ended and still tells when the second one begins.
#[test]
fn two_runs_are_told_one_after_the_other_and_each_once() {
    let notify = NotifyFixture::new("order");
    let _page = notify.page();
    let mut first = notify.fixture.start();
    first.until("ended", "");
    let mut second = notify.fixture.start();
    let id = second.until("opened", "")["run"].clone();
    let discord = notify.discord();
    first.end().exits(0);
    second.end().exits(0);
    notify.fixture.asks("notify", &["--flush"]).exits(0);
    let messages = discord.messages();
    let of_second = |it: &Message| it.body["run"] == id;
    let turn = messages.iter().position(of_second).unwrap();
    assert!(messages[turn..].iter().all(of_second), "{messages:?}");
    let sent = kinds(&discord);
    for end in ["succeeded", "unchanged"] {
        assert_eq!(sent.iter().filter(|it| *it == end).count(), 1, "{sent:?}");
    }
}

/// What cannot be told now is no reason not to tell another target's notifiers.
#[test]
fn a_run_tells_what_is_owed_of_another_target() {
    let notify = NotifyFixture::new("other");
    let _page = notify.page();
    let mut other = notify.fixture.plan.clone();
    other.environment = "other";
    notify.fixture.run_plan(&other).exits(0);
    let discord = notify.discord();
    notify.fixture.run().exits(0);
    let messages = discord.messages();
    assert_eq!(messages.iter().filter(|it| is_late(it)).count(), 1);
    assert_eq!(messages.len(), 3, "{messages:?}");
}

#[test]
fn a_killed_run_is_told_before_the_next_one() {
    let mut notify = NotifyFixture::new("killed");
    notify.fixture.plan.set("health", "start_period", "\"1m\"");
    let discord = notify.discord();
    let page = notify.page();
    notify.fixture.run().exits(0);
    drop(page);
    notify.fixture.commit("Second", &[("README.md", "two\n")]);
    let mut run = notify.fixture.start();
    let killed = run.until("opened", "")["run"].clone();
    run.until("verifying", "health");
    wait_until("three messages", || discord.messages().len() >= 3);
    run.kill();

    let _page = notify.page();
    notify.fixture.run().exits(0);
    assert_eq!(
        kinds(&discord),
        [
            "started",
            "succeeded",
            "started",
            "interrupted",
            "started",
            "succeeded"
        ]
    );
    let interrupted = &discord.messages()[3];
    assert_eq!(interrupted.body["run"], killed);
    assert!(is_late(interrupted));
    assert_eq!(step(interrupted, "code")["state"], "done");
    assert_eq!(step(interrupted, "health")["state"], "running");
    assert_eq!(step(interrupted, "health")["role"], "verify");
    assert_ne!(interrupted.body["by-hand"], json!([]));
    // It goes on from what the notifier had been given last.
    assert_ne!(interrupted.body["memory"], Value::Null);
}

/// What its message names, and how the plan comes to be refused.
type RefusedPlan = (&'static str, fn(&mut Fixture));

#[test]
fn a_refusal_is_told_before_there_is_a_run() {
    let mut notify = NotifyFixture::new("refused");
    let (discord, _page) = (notify.discord(), notify.page());
    let whole = notify.fixture.plan.clone();
    let refusals: [RefusedPlan; 4] = [
        ("git-snyc", |fixture| {
            fixture.plan.without("code");
            let code = PlanEntry::new("code", "git-snyc", &[]);
            fixture.plan.steps.insert(0, code);
        }),
        ("atempts", |fixture| {
            fixture.plan.set("health", "atempts", "3");
        }),
        ("notifier", |fixture| {
            fixture
                .plan
                .steps
                .push(PlanEntry::discord("discord-notify"));
            fixture.plan.notifiers[0] = fixture.plan.notifiers[0].clone().named("raw");
        }),
        // What is broken of the notifiers themselves stops none of the others.
        ("second", |fixture| {
            let second = PlanEntry::new(
                "second",
                "discord-notify",
                &[("webhook", "\"${secret.second}\"")],
            );
            fixture.plan.notifiers.insert(0, second);
            fixture.plan.secrets = "second = { env = \"SECOND_URL\", kind = \"url\", origin = \"https://discord.com\" }";
        }),
    ];
    for (at, (word, refuse)) in refusals.into_iter().enumerate() {
        notify.fixture.plan = whole.clone();
        refuse(&mut notify.fixture);
        let run = notify.fixture.run().exits(2);
        run.says(word);
        let messages = discord.messages();
        assert_eq!(messages.len(), at + 1, "{messages:?}");
        let notice = &messages[at];
        assert_eq!(notice.content(), "refused");
        let problem = notice.body["problem"].as_str().unwrap();
        assert!(problem.contains(word), "{problem}");
        run.says(problem).never_says("could not be told");
        assert_eq!(detail(notice, "late"), None);
        // What only asks is nobody's business, and neither is what waits for another.
        notify.fixture.run_with(&["--dry-run"]).exits(2);
        notify.fixture.asks("check", &[]).exits(2);
        assert_eq!(discord.messages().len(), at + 1);
    }
    notify.fixture.plan = whole;
    notify
        .fixture
        .asks("rollback", &[])
        .exits(2)
        .says("nothing to roll back to");
    assert_eq!(discord.messages().len(), 5);
    assert_eq!(kinds(&discord)[4], "refused");

    drop(discord);
    notify.fixture.plan.set("health", "atempts", "3");
    let run = notify.fixture.run().exits(2);
    run.says("warning: discord could not be told of this");
}

#[test]
fn who_waits_for_another_run_tells_nobody() {
    let mut notify = NotifyFixture::new("held");
    notify.fixture.plan.set("health", "start_period", "\"1m\"");
    let discord = notify.discord();
    let mut run = notify.fixture.start();
    run.until("verifying", "health");
    notify.fixture.run().exits(75);
    let _page = notify.page();
    run.end().exits(0);
    let sent = kinds(&discord);
    let sent: Vec<_> = sent.iter().filter(|kind| *kind != "progress").collect();
    assert_eq!(sent, ["started", "succeeded"]);
}

#[test]
fn one_that_is_gone_is_not_asked_again() {
    let notify = NotifyFixture::new("gone");
    let (discord, _page) = (notify.discord(), notify.page());
    discord.fail_next([Fault::Status(404)]);
    let run = notify.fixture.run().exits(0);
    run.says("gone; it is told nothing more of this run")
        .never_says("not yet delivered");
    assert_eq!((discord.requests(), discord.messages().len()), (1, 0));
    notify
        .fixture
        .asks("notify", &["--flush"])
        .exits(0)
        .says("nothing is owed");
    // Of another run it is told again: somebody may have mended it.
    notify.fixture.run().exits(0);
    assert_eq!(kinds(&discord), ["started", "unchanged"]);
    assert!(discord.messages().iter().all(|it| !is_late(it)));
}

#[test]
fn how_far_it_is_is_told_now_and_then() {
    let mut notify = NotifyFixture::new("progress");
    notify.fixture.plan.set("health", "start_period", "\"1m\"");
    let discord = notify.discord();
    let mut run = notify.fixture.start();
    run.until("verifying", "health");
    wait_until("two of progress", || discord.messages().len() >= 3);
    let _page = notify.page();
    let run = run.end().exits(0);
    let messages = discord.messages();
    let progress: Vec<_> = messages
        .iter()
        .filter(|it| it.content() == "progress")
        .collect();
    assert!(progress.len() >= 2, "{:?}", kinds(&discord));
    // Of all that the step tells, few reach the channel.
    let steps = run.events().into_iter();
    let steps = steps.filter(|it| it["event"] == "progress").count();
    assert!(progress.len() * 5 < steps, "{} of {steps}", progress.len());
    for notice in progress {
        assert_eq!(step(notice, "health")["state"], "running");
        assert_ne!(step(notice, "health")["summary"], Value::Null);
        assert_eq!(step(notice, "code")["state"], "done");
    }
    assert_eq!(messages.last().unwrap().content(), "succeeded");
    let lost = run
        .events()
        .into_iter()
        .filter(|it| it["event"] == "notified" && it["ok"] == false);
    assert_eq!(lost.count(), 0);
}

#[test]
fn it_says_what_to_type() {
    let mut notify = NotifyFixture::new("typed");
    notify.fixture.plan.confirm = Some("DEPLOY");
    let (discord, _page) = (notify.discord(), notify.page());
    notify.fixture.run_with(&["--confirm", "no"]).exits(6);
    notify.fixture.run_with(&["--confirm", "DEPLOY"]).exits(0);
    let messages = discord.messages();
    assert_eq!(kinds(&discord), ["cancelled", "started", "succeeded"]);
    assert!(
        messages[0].body["problem"]
            .as_str()
            .unwrap()
            .contains("DEPLOY")
    );
    let notice = &messages[2];
    assert_eq!(detail(notice, "confirm").as_deref(), Some("DEPLOY"));
    notify.fixture.commit("Second", &[("README.md", "two\n")]);
    notify.fixture.run_with(&["--confirm", "DEPLOY"]).exits(0);
    for (key, code) in [("logs", 0), ("rollback", 6)] {
        let typed = detail(notice, key).unwrap();
        let path = program::binary().parent().unwrap().display();
        let ran = Command::new("sh")
            .args(["-c", &typed])
            .env("PATH", format!("{path}:/usr/bin:/bin"))
            .envs(notify.fixture.environment.iter().cloned())
            .output()
            .unwrap();
        // It would go back, were it confirmed.
        let output = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
        assert_eq!(ran.status.code(), Some(code), "{typed}: {output}");
        assert!(output.contains(&notify.fixture.name), "{typed}: {output}");
    }
}

/// Somebody takes every call and never answers.
#[test]
fn a_run_does_not_wait_for_its_last_notices_for_ever() {
    let notify = NotifyFixture::new("silent");
    let _page = notify.page();
    let _deaf = std::net::TcpListener::bind(&notify.address).unwrap();
    let mut run = notify.fixture.start();
    run.until("ended", "");
    run.end().exits(0).says("not yet delivered");

    // Told to stop meanwhile, it ends as well.
    let mut run = notify.fixture.start();
    run.until("ended", "");
    run.send(Signal::INT);
    run.end().exits(0).says("not yet delivered");
}

#[test]
fn who_is_told_to_stop_waits_for_no_notice() {
    let notify = NotifyFixture::new("stopped");
    let _page = notify.page();
    let discord = notify.discord();
    discord.fail_next(std::iter::repeat_n(Fault::Status(500), 100));
    let mut run = notify.fixture.start();
    run.until("ended", "");
    run.send(Signal::INT);
    let before = discord.requests();
    run.end().exits(0).says("not yet delivered");
    // But for one that is under way, none is tried again.
    let more = discord.requests() - before;
    assert!(more <= 1, "{more} requests");
}

fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    u64::try_from(since.unwrap().as_millis()).unwrap()
}
