//! That what a run has to tell arrives: once, late rather than never, and without changing the run.

use std::process::Command;
use std::time::{Duration, Instant};

use hello_server::{Discord, Fault, Message};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::site::page::Served;
use crate::site::{Entry, Site, port, program, workshop};

/// Of the plan's only notifier, which posts all that it is told.
const NOTIFIER: &str = "discord";

/// A tree and a page that is good, told by the herald to a Discord that is not there yet.
struct Town {
    site: Site,
    address: String,
}

impl Town {
    fn new(word: &str) -> Self {
        let herald = workshop::plugin("herald");
        Self::telling(word, herald.to_str().unwrap())
    }

    fn telling(word: &str, plugin: &str) -> Self {
        let mut site = Site::without_containers(word);
        let address = format!("127.0.0.1:{}", port::free());
        site.plan.discord = Some(format!("http://{address}"));
        site.plan.notifiers.push(Entry::discord(plugin));
        let hook = Discord::listen("127.0.0.1:0", |_| {}).unwrap();
        let webhook = hook
            .webhook()
            .replace(&hook.origin(), &format!("http://{address}"));
        site.environment.push(("DISCORD_WEBHOOK_URL", webhook));
        site.plan.set("health", "expect", "{ text = \"good\" }");
        site.commit("First", &[("README.md", "one\n")]);
        Self { site, address }
    }

    fn discord(&self) -> Discord {
        Discord::listen(&self.address, |_| {}).unwrap()
    }

    fn page(&self) -> Served {
        Served::on(self.site.port, || "good".to_owned())
    }
}

fn kinds(discord: &Discord) -> Vec<String> {
    let messages = discord.messages();
    messages.iter().map(|it| it.content().to_owned()).collect()
}

fn detail(message: &Message, key: &str) -> Option<String> {
    let details = message.body["details"].as_array().unwrap();
    let found = details.iter().find(|pair| pair[0] == key)?;
    Some(found[1].as_str().unwrap().to_owned())
}

fn is_late(message: &Message) -> bool {
    detail(message, "late").as_deref() == Some("true")
}

/// What is said of a step.
fn step(message: &Message, name: &str) -> Value {
    let steps = message.body["steps"].as_array().unwrap();
    let found = steps.iter().find(|pair| pair[0] == name).unwrap();
    serde_json::from_str(found[1].as_str().unwrap()).unwrap()
}

#[test]
fn a_message_arrives_once_through_all_that_goes_wrong() {
    let town = Town::telling("wrong", "discord-notify");
    let (discord, _page) = (town.discord(), town.page());
    let wrong = || {
        let put_off = std::iter::repeat_n(Fault::TooMany(0.3), 3);
        put_off.chain([Fault::Status(500)])
    };
    discord.fail_next(wrong());
    town.site.run().exits(0);
    assert_eq!((discord.messages().len(), discord.requests()), (2, 6));

    discord.fail_next(wrong());
    town.site
        .asks("notify", &["--event", "needs-operator"])
        .exits(0)
        .says("discord: delivered");
    assert_eq!((discord.messages().len(), discord.requests()), (3, 11));
}

#[test]
fn what_a_run_could_not_tell_the_next_one_tells_late() {
    let town = Town::new("late");
    let _page = town.page();
    let run = town.site.run_with(&["--json"]).exits(0);
    let first = run.event("opened", "")["run"].clone();
    run.says("1 notice is not yet delivered").says(&format!(
        "notify --flush --state {}",
        town.site.state().display()
    ));
    // The outcome came within seconds; it then waited, and no longer than it says.
    assert!(run.took() < Duration::from_secs(25), "{:?}", run.took());

    let (discord, before) = (town.discord(), now());
    let run = town.site.run_with(&["--json"]).exits(0);
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
    let shown = town
        .site
        .asks("show", &["--json", first.as_str().unwrap()])
        .exits(0);
    let told: Vec<Value> = shown
        .events()
        .iter()
        .filter(|it| it["event"] == "notified" && it["kind"] == "succeeded")
        .map(|it| it["ok"].clone())
        .collect();
    assert_eq!(told.last(), Some(&json!(true)), "{told:?}");
    town.site
        .asks("notify", &["--flush"])
        .exits(0)
        .says("nothing is owed");
    assert_eq!(discord.messages().len(), 3);
}

#[test]
fn a_run_that_was_killed_while_it_was_telling_is_told_of_all_the_same() {
    let town = Town::new("cut");
    let _page = town.page();
    let mut run = town.site.start();
    run.until("ended", "");
    run.kill();
    let discord = town.discord();
    town.site.asks("notify", &["--flush"]).exits(0);
    assert_eq!(kinds(&discord), ["succeeded"]);
}

/// The first one has ended and still tells when the second one begins.
#[test]
fn two_runs_are_told_one_after_the_other_and_each_once() {
    let town = Town::new("order");
    let _page = town.page();
    let mut first = town.site.start();
    first.until("ended", "");
    let mut second = town.site.start();
    let id = second.until("opened", "")["run"].clone();
    let discord = town.discord();
    first.end().exits(0);
    second.end().exits(0);
    town.site.asks("notify", &["--flush"]).exits(0);
    let messages = discord.messages();
    let of_second = |it: &Message| it.body["run"] == id;
    let turn = messages.iter().position(of_second).unwrap();
    assert!(messages[turn..].iter().all(of_second), "{messages:?}");
    let told = kinds(&discord);
    for end in ["succeeded", "unchanged"] {
        assert_eq!(told.iter().filter(|it| *it == end).count(), 1, "{told:?}");
    }
}

#[test]
fn two_that_flush_at_once_deliver_once() {
    let town = Town::new("flush");
    let _page = town.page();
    let never = town.site.asks("notify", &["--flush"]).exits(0);
    never.says("nothing is owed");
    assert!(!town.site.state().exists());
    town.site.run().exits(0);
    let left = town.site.asks("notify", &["--flush"]).exits(1);
    left.says("0 delivered, 1 left")
        .says("succeeded, to discord: ");

    let discord = town.discord();
    // The first attempt takes a second longer: the others come meanwhile.
    discord.fail_next([Fault::Status(500)]);
    let flush = || {
        let flush = town.site.asks("notify", &["--flush", "--json"]).exits(0);
        let said = flush.events().remove(0);
        assert_eq!(said["left"], json!([]), "{said}");
        said["delivered"].as_array().unwrap().len()
    };
    let delivered: usize = std::thread::scope(|scope| {
        let flushes: Vec<_> = (0..3).map(|_| scope.spawn(flush)).collect();
        flushes.into_iter().map(|it| it.join().unwrap()).sum()
    });
    assert_eq!(delivered, 1);
    assert_eq!(kinds(&discord), ["succeeded"]);
    assert!(is_late(&discord.messages()[0]));
}

/// What cannot be told now is no reason not to tell another target's notifiers.
#[test]
fn a_run_tells_what_is_owed_of_another_target() {
    let town = Town::new("other");
    let _page = town.page();
    let mut other = town.site.plan.clone();
    other.environment = "other";
    town.site.run_plan(&other).exits(0);
    let discord = town.discord();
    town.site.run().exits(0);
    let messages = discord.messages();
    assert_eq!(messages.iter().filter(|it| is_late(it)).count(), 1);
    assert_eq!(messages.len(), 3, "{messages:?}");
}

#[test]
fn a_killed_run_is_told_before_the_next_one() {
    let mut town = Town::new("killed");
    town.site.plan.set("health", "start_period", "\"1m\"");
    let discord = town.discord();
    let page = town.page();
    town.site.run().exits(0);
    drop(page);
    town.site.commit("Second", &[("README.md", "two\n")]);
    let mut run = town.site.start();
    let killed = run.until("opened", "")["run"].clone();
    run.until("verifying", "health");
    while discord.messages().len() < 3 {
        std::thread::sleep(Duration::from_millis(20));
    }
    run.kill();

    let _page = town.page();
    town.site.run().exits(0);
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
type Refusal = (&'static str, fn(&mut Site));

#[test]
fn a_refusal_is_told_before_there_is_a_run() {
    let mut town = Town::new("refused");
    let (discord, _page) = (town.discord(), town.page());
    let whole = town.site.plan.clone();
    let refusals: [Refusal; 4] = [
        ("git-snyc", |site| {
            site.plan.without("code");
            let code = Entry::new("code", "git-snyc", &[]);
            site.plan.steps.insert(0, code);
        }),
        ("atempts", |site| {
            site.plan.set("health", "atempts", "3");
        }),
        ("notifier", |site| {
            site.plan.steps.push(Entry::discord("discord-notify"));
            site.plan.notifiers[0] = site.plan.notifiers[0].clone().named("herald");
        }),
        // What is broken of the notifiers themselves stops none of the others.
        ("second", |site| {
            let second = Entry::new(
                "second",
                "discord-notify",
                &[("webhook", "\"${secret.second}\"")],
            );
            site.plan.notifiers.insert(0, second);
            site.plan.secrets = "second = { env = \"SECOND_URL\", kind = \"url\", origin = \"https://discord.com\" }";
        }),
    ];
    for (at, (word, refuse)) in refusals.into_iter().enumerate() {
        town.site.plan = whole.clone();
        refuse(&mut town.site);
        let run = town.site.run().exits(2);
        run.says(word);
        let messages = discord.messages();
        assert_eq!(messages.len(), at + 1, "{messages:?}");
        let told = &messages[at];
        assert_eq!(told.content(), "refused");
        let problem = told.body["problem"].as_str().unwrap();
        assert!(problem.contains(word), "{problem}");
        run.says(problem).never_says("could not be told");
        assert_eq!(detail(told, "late"), None);
        // What only asks is nobody's business, and neither is what waits for another.
        town.site.run_with(&["--dry-run"]).exits(2);
        town.site.asks("check", &[]).exits(2);
        assert_eq!(discord.messages().len(), at + 1);
    }
    town.site.plan = whole;
    town.site
        .asks("rollback", &[])
        .exits(2)
        .says("nothing to roll back to");
    assert_eq!(discord.messages().len(), 5);
    assert_eq!(kinds(&discord)[4], "refused");

    drop(discord);
    town.site.plan.set("health", "atempts", "3");
    let run = town.site.run().exits(2);
    run.says("warning: discord could not be told of this");
    assert!(run.took() < Duration::from_secs(15), "{:?}", run.took());
}

#[test]
fn who_waits_for_another_run_tells_nobody() {
    let mut town = Town::new("held");
    town.site.plan.set("health", "start_period", "\"1m\"");
    let discord = town.discord();
    let mut run = town.site.start();
    run.until("verifying", "health");
    town.site.run().exits(75);
    let _page = town.page();
    run.end().exits(0);
    let told = kinds(&discord);
    let told: Vec<_> = told.iter().filter(|kind| *kind != "progress").collect();
    assert_eq!(told, ["started", "succeeded"]);
}

#[test]
fn one_that_is_gone_is_not_asked_again() {
    let town = Town::new("gone");
    let (discord, _page) = (town.discord(), town.page());
    discord.fail_next([Fault::Status(404)]);
    let run = town.site.run().exits(0);
    run.says("gone; it is told nothing more of this run")
        .never_says("not yet delivered");
    assert_eq!((discord.requests(), discord.messages().len()), (1, 0));
    town.site
        .asks("notify", &["--flush"])
        .exits(0)
        .says("nothing is owed");
    // Of another run it is told again: somebody may have mended it.
    town.site.run().exits(0);
    assert_eq!(kinds(&discord), ["started", "unchanged"]);
    assert!(discord.messages().iter().all(|it| !is_late(it)));
}

#[test]
fn a_debt_that_nothing_could_pay_is_given_up() {
    let town = Town::new("given");
    let _page = town.page();
    town.site.run().exits(0);
    let discord = town.discord();
    discord.fail_next([Fault::Status(404)]);
    town.site
        .asks("notify", &["--flush"])
        .exits(0)
        .says("given up: ")
        .says("gone");
    town.site
        .asks("notify", &["--flush"])
        .exits(0)
        .says("nothing is owed");
    assert_eq!(discord.messages(), []);
}

#[test]
fn how_far_it_is_is_told_now_and_then() {
    let mut town = Town::new("progress");
    town.site.plan.set("health", "start_period", "\"1m\"");
    let discord = town.discord();
    let mut run = town.site.start();
    run.until("verifying", "health");
    let began = Instant::now();
    while discord.messages().len() < 3 {
        assert!(
            began.elapsed() < Duration::from_secs(40),
            "{:?}",
            kinds(&discord)
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    let waited = began.elapsed();
    let _page = town.page();
    let run = run.end().exits(0);
    let messages = discord.messages();
    let progress: Vec<_> = messages
        .iter()
        .filter(|it| it.content() == "progress")
        .collect();
    assert!(progress.len() >= 2, "{:?}", kinds(&discord));
    assert!(waited > Duration::from_secs(5), "two within {waited:?}");
    for told in progress {
        assert_eq!(step(told, "health")["state"], "running");
        assert_ne!(step(told, "health")["summary"], Value::Null);
        assert_eq!(step(told, "code")["state"], "done");
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
    let mut town = Town::new("typed");
    town.site.plan.confirm = Some("DEPLOY");
    let (discord, _page) = (town.discord(), town.page());
    town.site.run_with(&["--confirm", "no"]).exits(6);
    town.site.run_with(&["--confirm", "DEPLOY"]).exits(0);
    let messages = discord.messages();
    assert_eq!(kinds(&discord), ["cancelled", "started", "succeeded"]);
    assert!(
        messages[0].body["problem"]
            .as_str()
            .unwrap()
            .contains("DEPLOY")
    );
    let told = &messages[2];
    assert_eq!(detail(told, "confirm").as_deref(), Some("DEPLOY"));
    town.site.commit("Second", &[("README.md", "two\n")]);
    town.site.run_with(&["--confirm", "DEPLOY"]).exits(0);
    for (key, code) in [("logs", 0), ("rollback", 6)] {
        let typed = detail(told, key).unwrap();
        let path = program::binary().parent().unwrap().display();
        let ran = Command::new("sh")
            .args(["-c", &typed])
            .env("PATH", format!("{path}:/usr/bin:/bin"))
            .envs(town.site.environment.iter().cloned())
            .output()
            .unwrap();
        // It would go back, were it confirmed.
        let said = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
        assert_eq!(ran.status.code(), Some(code), "{typed}: {said}");
        assert!(said.contains(&town.site.name), "{typed}: {said}");
    }
}

#[test]
fn every_event_can_be_tried() {
    let mut town = Town::new("tried");
    town.site.plan.confirm = Some("DEPLOY");
    let discord = town.discord();
    let kinds_ = [
        "started",
        "progress",
        "succeeded",
        "unchanged",
        "refused",
        "failed",
        "rolled-back",
        "needs-operator",
        "cancelled",
        "interrupted",
    ];
    for kind in kinds_ {
        let tried = town.site.asks("notify", &["--event", kind]).exits(0);
        tried.says(kind).says("discord: delivered");
    }
    assert_eq!(kinds(&discord), kinds_);
    for told in discord.messages() {
        assert_eq!(detail(&told, "test").as_deref(), Some("true"), "{told:?}");
        assert_eq!(detail(&told, "confirm").as_deref(), Some("DEPLOY"));
        assert!(told.body["commit"].is_string(), "{told:?}");
    }
    assert_ne!(discord.messages()[7].body["by-hand"], json!([]));

    // The commit is the tree's own, where there is one.
    let page = town.page();
    town.site.run_with(&["--confirm", "DEPLOY"]).exits(0);
    drop(page);
    town.site.asks("notify", &["--event", "started"]).exits(0);
    assert_eq!(
        discord.messages().last().unwrap().body["commit"],
        town.site.head()
    );

    let wrong = town.site.asks("notify", &["--event", "suceeded"]).exits(2);
    wrong.says("did you mean succeeded?");
    town.site.asks("notify", &[]).exits(2);
    let plan = town.site.path("test.toml").display().to_string();
    let both = ["--flush", "--plan", plan.as_str()];
    town.site.asks("notify", &both).exits(2);
    town.site
        .asks("notify", &["--event", "started", "--flush"])
        .exits(2);
    discord.fail_next([Fault::Status(404)]);
    let gone = town
        .site
        .asks("notify", &["--event", "started", "--json"])
        .exits(1);
    let said = &gone.events()[0];
    assert_eq!(said["told"][0]["notifier"], NOTIFIER);
    assert_eq!(said["told"][0]["delivered"], false);
    assert_eq!(said["told"][0]["problem"], "gone");
}

/// Somebody takes every call and never answers.
#[test]
fn a_run_waits_for_its_last_notices_no_longer_than_it_says() {
    let town = Town::new("silent");
    let _page = town.page();
    let _deaf = std::net::TcpListener::bind(&town.address).unwrap();
    let mut run = town.site.start();
    run.until("ended", "");
    let since = Instant::now();
    run.end().exits(0).says("not yet delivered");
    let waited = since.elapsed();
    assert!(waited > Duration::from_secs(9), "{waited:?}");
    assert!(waited < Duration::from_secs(16), "{waited:?}");
}

#[test]
fn who_is_told_to_stop_waits_for_no_notice() {
    let town = Town::new("stopped");
    let _page = town.page();
    let _deaf = std::net::TcpListener::bind(&town.address).unwrap();
    let mut run = town.site.start();
    run.until("ended", "");
    let since = Instant::now();
    run.send(Signal::INT);
    run.end().exits(0).says("not yet delivered");
    let waited = since.elapsed();
    assert!(waited < Duration::from_secs(8), "{waited:?}");
}

fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    u64::try_from(since.unwrap().as_millis()).unwrap()
}
