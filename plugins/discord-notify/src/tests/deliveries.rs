//! One request to the webhook, and what its answer means.

use std::cell::RefCell;
use std::collections::VecDeque;

use deployhost_plugin::http::{Error, Request, Response};
use deployhost_plugin::serde_json::{Value, from_slice, json};
use deployhost_plugin::{Diagnostic, Duration, Failure, Stopped};

use super::{Config, HOOK, Language};
use crate::delivery::{self, DeliveryAnswer, edit, interpret, post};
use crate::delivery_host::DeliveryHost;

fn config() -> Config {
    super::config(Language::En)
}

/// Delivers a new message; the id that Discord gave it.
fn deliver(world: &FakeWebhook) -> Result<Option<String>, Failure> {
    let config = config();
    let sent = delivery::deliver(world, &config, &post(&config, "x"))?;
    Ok(sent.expect("a new message is never gone"))
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Response, Error> {
    Ok(Response {
        status,
        headers: headers
            .iter()
            .map(|(k, v)| (k.to_string(), v.to_string()))
            .collect(),
        body: body.as_bytes().to_vec(),
    })
}

struct FakeWebhook {
    answers: RefCell<VecDeque<Result<Response, Error>>>,
    slept: RefCell<Vec<u64>>,
    stop: bool,
}

impl DeliveryHost for FakeWebhook {
    fn send(&self, _: &Request) -> Result<Response, Error> {
        self.answers.borrow_mut().pop_front().unwrap()
    }
    fn sleep(&self, time: Duration) -> Result<(), Stopped> {
        self.slept.borrow_mut().push(time.as_millis());
        if self.stop { Err(Stopped) } else { Ok(()) }
    }
}

fn fake(answers: Vec<Result<Response, Error>>) -> FakeWebhook {
    FakeWebhook {
        answers: RefCell::new(answers.into()),
        slept: RefCell::default(),
        stop: false,
    }
}

#[test]
fn the_request_mentions_nobody_and_waits_for_the_id() {
    let sent = post(&config(), "it's \"text\"\nhere");
    assert_eq!(sent.method, "POST");
    assert_eq!(sent.url, format!("{HOOK}?wait=true"));
    let body: Value = from_slice(&sent.body).unwrap();
    assert_eq!(body["content"], "it's \"text\"\nhere");
    assert_eq!(body["allowed_mentions"], json!({"parse": []}));
    assert!(body.get("username").is_none());

    let threaded = Config {
        webhook: format!("{HOOK}?thread_id=1"),
        username: Some("Deploys".into()),
        ..config()
    };
    let sent = post(&threaded, "");
    assert_eq!(sent.url, format!("{HOOK}?thread_id=1&wait=true"));
    let body: Value = from_slice(&sent.body).unwrap();
    assert_eq!(body["username"], "Deploys");
}

#[test]
fn the_messages_id_is_remembered() {
    for (status, body, id) in [
        (200, r#"{"id":"1234567890"}"#, Some("1234567890")),
        (204, "", None),
        (200, r#"{"id":"../evil"}"#, None),
        (200, r#"{"id":7}"#, None),
    ] {
        let world = fake(vec![answer(status, &[], body)]);
        assert_eq!(deliver(&world).unwrap().as_deref(), id);
    }
}

#[test]
fn it_waits_as_long_as_discord_asks() {
    for (headers, body, ms) in [
        (&[][..], r#"{"retry_after": 1.5}"#, 1_500),
        (&[("Retry-After", "3")][..], "", 3_000),
        (&[("Retry-After", "3")][..], r#"{"retry_after": 0.65}"#, 650),
        (&[][..], r#"{"retry_after": 0.0}"#, 300),
        (&[][..], r#"{"retry_after": -5}"#, 300),
        (&[("Retry-After", "Wed, 21 Oct")][..], "<html>", 1_000),
        (&[("Retry-After", "NaN")][..], "", 1_000),
    ] {
        let world = fake(vec![
            answer(429, headers, body),
            answer(200, &[], r#"{"id":"1"}"#),
        ]);
        assert_eq!(deliver(&world).unwrap().as_deref(), Some("1"));
        assert_eq!(*world.slept.borrow(), [ms], "{body}");
    }
}

#[test]
fn it_does_not_wait_for_long() {
    // As often as Discord asks, for a while.
    let world = fake(vec![answer(429, &[], r#"{"retry_after": 0.3}"#); 9]);
    let failure = deliver(&world).unwrap_err();
    assert!(matches!(failure, Failure::Temporary(_)), "{failure:?}");
    assert_eq!(*world.slept.borrow(), [300; 3]);
    let world = fake(vec![answer(429, &[], r#"{"retry_after": 5}"#); 9]);
    deliver(&world).unwrap_err();
    assert_eq!(*world.slept.borrow(), [5_000]);
    // What is too much is not waited for at all, and shown as no more than an hour.
    for (headers, body, time) in [
        (&[][..], r#"{"retry_after": 2285}"#, "2285s"),
        (&[][..], r#"{"retry_after": 1e300}"#, "1h"),
        (&[("Retry-After", "86400")][..], "<html>banned", "1h"),
    ] {
        let world = fake(vec![answer(429, headers, body)]);
        let Err(Failure::Temporary(diagnostic)) = deliver(&world) else {
            panic!("{body}");
        };
        assert!(diagnostic.message.ends_with(time), "{diagnostic}");
        assert!(world.slept.borrow().is_empty());
    }
}

#[test]
fn a_stopped_wait_leaves_the_message_for_later() {
    let mut world = fake(vec![answer(429, &[], "")]);
    world.stop = true;
    assert!(matches!(deliver(&world), Err(Failure::Temporary(_))));
}

#[test]
fn a_webhook_that_is_gone_is_permanent_and_never_quoted() {
    for status in [401, 403, 404] {
        let body = format!(r#"{{"message":"{HOOK}","code":10015}}"#);
        let DeliveryAnswer::Failed(Failure::Permanent(diagnostic)) =
            interpret(&answer(status, &[], &body), HOOK)
        else {
            panic!("{status}");
        };
        assert!(
            diagnostic.message.contains("webhook is gone"),
            "{diagnostic}"
        );
        assert!(!format!("{diagnostic:?}").contains("s-0123"));
    }
}

#[test]
fn other_answers() {
    assert_eq!(
        interpret(
            &answer(400, &[], r#"{"code":50035,"message":"Invalid Form Body"}"#),
            HOOK
        ),
        DeliveryAnswer::Failed(
            Failure::permanent(
                "discord-notify.message-refused",
                "Discord refused the message (status 400, code 50035)"
            )
            .parameter("code", 50_035)
            .parameter("status", 400)
        )
    );
    assert!(matches!(
        interpret(&answer(503, &[], ""), HOOK),
        DeliveryAnswer::Failed(Failure::Temporary(_))
    ));
    assert!(matches!(
        interpret(&answer(302, &[], ""), HOOK),
        DeliveryAnswer::Failed(Failure::Permanent(_))
    ));
}

#[test]
fn without_an_answer_it_is_the_hosts_to_try_later() {
    let quoting = || {
        let url = format!("{HOOK}?wait=true");
        Diagnostic::new("http.broken", format!("POST {url}: broke"))
            .parameter("url", &url)
            .note(&url)
            .help(url)
    };
    for error in [
        Error::Timeout(quoting()),
        Error::Unreachable(quoting()),
        Error::Interrupted(quoting()),
    ] {
        let DeliveryAnswer::Failed(Failure::Temporary(diagnostic)) = interpret(&Err(error), HOOK)
        else {
            panic!()
        };
        assert_eq!(diagnostic.code, "http.broken");
        assert!(
            !format!("{diagnostic:?}").contains("s-0123"),
            "{diagnostic:?}"
        );
    }
    let denied = interpret(
        &Err(Error::Denied(Diagnostic::new("http.denied", "no grant"))),
        HOOK,
    );
    assert_eq!(
        denied,
        DeliveryAnswer::Failed(Failure::permanent("http.denied", "Discord: no grant"))
    );
}

#[test]
fn an_edit_mentions_nobody_either() {
    let sent = edit(&config(), "42", "text");
    assert_eq!(sent.method, "PATCH");
    assert_eq!(sent.url, format!("{HOOK}/messages/42"));
    let body: Value = from_slice(&sent.body).unwrap();
    assert_eq!(body["content"], "text");
    assert_eq!(body["allowed_mentions"], json!({"parse": []}));
    let threaded = Config {
        webhook: format!("{HOOK}?thread_id=1"),
        username: Some("Deploys".into()),
        ..config()
    };
    let sent = edit(&threaded, "42", "");
    assert_eq!(sent.url, format!("{HOOK}/messages/42?thread_id=1"));
    let body: Value = from_slice(&sent.body).unwrap();
    assert!(body.get("username").is_none());
}

#[test]
fn only_a_message_can_be_gone_without_its_webhook() {
    let code = |code: u32| interpret(&answer(404, &[], &format!(r#"{{"code":{code}}}"#)), HOOK);
    assert_eq!(code(10_008), DeliveryAnswer::Gone);
    assert!(matches!(
        code(10_015),
        DeliveryAnswer::Failed(Failure::Permanent(_))
    ));
}
