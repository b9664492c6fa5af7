//! Which messages a run becomes, in each mode.

use std::cell::RefCell;
use std::collections::VecDeque;

use deployhost_plugin::http::{Error, Request, Response};
use deployhost_plugin::serde_json::{Value, from_slice};
use deployhost_plugin::{Duration, Failure, Stopped};

use super::*;
use crate::channel::publish;
use crate::delivery_host::DeliveryHost;
use crate::discord_message::DiscordMessage;

/// Answers from a list, then accepts everything, each with the next id.
#[derive(Default)]
struct Server {
    faults: RefCell<VecDeque<(u16, &'static str)>>,
    seen: RefCell<Vec<String>>,
}

impl DeliveryHost for Server {
    fn send(&self, request: &Request) -> Result<Response, Error> {
        let body: Value = from_slice(&request.body).unwrap();
        let path = request.url.strip_prefix(HOOK).unwrap();
        let mut seen = self.seen.borrow_mut();
        seen.push(format!(
            "{} {path} {}",
            request.method,
            body["content"].as_str().unwrap()
        ));
        let id = format!(r#"{{"id":"{}"}}"#, 100 + seen.len());
        let fault = self.faults.borrow_mut().pop_front();
        let (status, body) = fault.unwrap_or((200, &id));
        Ok(Response {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        })
    }

    fn sleep(&self, _: Duration) -> Result<(), Stopped> {
        Ok(())
    }
}

fn run(server: &Server, mode: Mode, kinds: &[&str]) -> Result<Option<String>, Failure> {
    let config = Config {
        mode,
        ..config(Language::En)
    };
    let mut memory: Option<String> = None;
    for kind in kinds {
        let message = DiscordMessage {
            content: kind.to_string(),
            title: format!("title of {kind}"),
        };
        memory = publish(
            server,
            &config,
            &event(kind, false),
            &message,
            memory.as_deref(),
        )?
        .or(memory);
    }
    Ok(memory)
}

fn seen(mode: Mode, kinds: &[&str], faults: &[(u16, &'static str)]) -> Vec<String> {
    let server = Server::default();
    server.faults.borrow_mut().extend(faults.iter().copied());
    run(&server, mode, kinds).unwrap();
    server.seen.into_inner()
}

#[test]
fn each_event_is_a_message() {
    assert_eq!(
        seen(Mode::Messages, &["started", "succeeded"], &[]),
        ["POST ?wait=true started", "POST ?wait=true succeeded"]
    );
    assert_eq!(
        seen(Mode::Messages, &["started", "failed"], &[]),
        ["POST ?wait=true started", "POST ?wait=true failed"]
    );
}

#[test]
fn one_message_is_kept_up_to_date() {
    for end in ["succeeded", "unchanged"] {
        assert_eq!(
            seen(Mode::Edit, &["started", "progress", "progress", end], &[]),
            [
                "POST ?wait=true started".to_owned(),
                "PATCH /messages/101 progress".to_owned(),
                "PATCH /messages/101 progress".to_owned(),
                format!("PATCH /messages/101 {end}"),
            ]
        );
    }
}

#[test]
fn what_went_wrong_is_a_new_message() {
    for end in [
        "failed",
        "rolled-back",
        "refused",
        "needs-operator",
        "cancelled",
        "interrupted",
        "exploded",
    ] {
        assert_eq!(
            seen(Mode::Edit, &["started", end], &[]),
            [
                "POST ?wait=true started".to_owned(),
                format!("POST ?wait=true {end}"),
                format!("PATCH /messages/101 title of {end}"),
            ]
        );
        assert_eq!(
            seen(Mode::Edit, &[end], &[]),
            [format!("POST ?wait=true {end}")]
        );
    }
}

#[test]
fn a_message_that_somebody_deleted_is_sent_again() {
    let gone = (404, r#"{"message":"Unknown Message","code":10008}"#);
    let ok = (200, r#"{"id":"7"}"#);
    assert_eq!(
        seen(
            Mode::Edit,
            &["started", "progress", "succeeded"],
            &[ok, gone, ok]
        ),
        [
            "POST ?wait=true started",
            "PATCH /messages/7 progress",
            "POST ?wait=true progress",
            "PATCH /messages/7 succeeded",
        ]
    );
}

#[test]
fn news_that_are_out_do_not_fail_for_the_edit_below_them() {
    for fault in [(404, r#"{"code":10008}"#), (429, "{}"), (500, "")] {
        let ok = (200, r#"{"id":"7"}"#);
        assert_eq!(
            seen(Mode::Edit, &["started", "failed"], &[ok, ok, fault]).len(),
            3
        );
    }
}

#[test]
fn an_edit_that_is_not_taken_is_tried_again_later() {
    let server = Server::default();
    server
        .faults
        .borrow_mut()
        .extend([(200, r#"{"id":"7"}"#), (502, "")]);
    let failure = run(&server, Mode::Edit, &["started", "succeeded"]).unwrap_err();
    assert!(matches!(failure, Failure::Temporary(_)), "{failure:?}");
}

#[test]
fn progress_waits_for_what_began_it() {
    assert_eq!(seen(Mode::Edit, &["progress"], &[]), [""; 0]);
    // But one that is made up, to be looked at.
    let mut made_up = event("progress", false);
    made_up.context.details.push(("test".into(), "true".into()));
    let server = Server::default();
    let config = Config {
        mode: Mode::Edit,
        ..config(Language::En)
    };
    let message = discord_message::compose(&made_up, &config).unwrap();
    publish(&server, &config, &made_up, &message, None).unwrap();
    assert_eq!(server.seen.borrow().len(), 1);
}

#[test]
fn a_memory_that_is_no_id_is_in_no_url() {
    let server = Server::default();
    let config = Config {
        mode: Mode::Edit,
        ..config(Language::En)
    };
    let message = DiscordMessage {
        content: "x".into(),
        title: "x".into(),
    };
    for odd in ["../../evil", "", "1?x", "123456789012345678901"] {
        publish(
            &server,
            &config,
            &event("succeeded", false),
            &message,
            Some(odd),
        )
        .unwrap();
    }
    assert!(
        server
            .seen
            .borrow()
            .iter()
            .all(|it| it == "POST ?wait=true x")
    );
}
