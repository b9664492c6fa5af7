//! The loop, against a service and a clock that are none.

use super::*;

#[test]
fn a_good_service_is_seen_at_once() {
    let host = fake(vec![ok("hello")]);
    let receipt = wait_until_healthy(&host, &deployed(), &config(json!({}))).unwrap();
    assert_eq!(receipt.evidence, "answering");
    assert_eq!(
        receipt.summary,
        "answers with status 200, after 1s (2 probes)"
    );
    assert_eq!(*host.sent_at.borrow(), [0, 1_050]);
}

#[test]
fn a17_an_answer_that_may_be_a_left_over_containers_is_less() {
    let beside = |names: Value| Context {
        outputs: vec![("left_over".into(), names.to_string())],
        ..deployed()
    };
    let ask = |context: &Context, more: Value| {
        let host = fake(vec![ok("hello")]);
        wait_until_healthy(&host, context, &config(more)).unwrap()
    };
    let receipt = ask(&beside(json!(["shop_web_1"])), json!({}));
    assert_eq!(receipt.evidence, "running");
    assert_eq!(
        receipt.summary,
        "answers with status 200, after 1s (2 probes), or shop_web_1 does, whose service is gone from the Compose file"
    );
    let witness = json!({"witness": {"header": "x-commit"}});
    let receipt = ask(&beside(json!(["shop_web_1"])), witness.clone());
    assert_eq!(receipt.evidence, "verified");
    assert_eq!(ask(&beside(json!([])), json!({})).evidence, "answering");

    // One that ends again and again is not even verified by the commit.
    let b8 = Context {
        outputs: vec![("unstable".into(), r#"["shop_web_1"]"#.into())],
        ..deployed()
    };
    let receipt = ask(&b8, witness);
    assert_eq!(receipt.evidence, "running");
    assert!(
        receipt.summary.ends_with(", but shop_web_1 keeps ending"),
        "{}",
        receipt.summary
    );
}

#[test]
fn a_slow_start_uses_up_no_attempts() {
    let mut answers = vec![refused(); 5];
    answers.push(ok("hello"));
    assert!(run(answers, json!({"attempts": 1, "start_period": "2m"})).is_ok());
}

#[test]
fn the_failure_shows_the_url_what_was_seen_and_how_long() {
    let text = permanent(run(
        vec![status(502, "<html>\n  <b>Bad\u{7} Gateway</b>")],
        json!({"attempts": 3, "start_period": "10s", "expect": {"text": "Streamlit"}}),
    ));
    assert_eq!(
        text,
        "https://example.org/ is not well after 20s (5 probes): status 502; wanted status 200\n\
         wanted: status 200, the text `Streamlit`, 2 times in a row\n\
         last answer: status 502: <html> <b>Bad Gateway</b>"
    );
}

#[test]
fn nobody_there_is_named() {
    let text = permanent(run(
        vec![refused()],
        json!({"attempts": 1, "start_period": "0s"}),
    ));
    assert!(text.contains("(1 probe): connection refused\n"), "{text}");
    let text = permanent(run(
        vec![Err(Error::Timeout(Diagnostic::new("http.timeout", "x")))],
        json!({"attempts": 1, "start_period": "0s"}),
    ));
    assert!(text.contains("(1 probe): no answer within 5s\n"), "{text}");
}

#[test]
fn what_is_not_granted_fails_at_once() {
    let host = fake(vec![Err(Error::Denied(Diagnostic::new(
        "http.denied",
        "no grant",
    )))]);
    let failure = wait_until_healthy(&host, &deployed(), &config(json!({}))).unwrap_err();
    assert_eq!(
        failure,
        Failure::permanent("http.denied", "GET https://example.org/: no grant")
    );
    assert_eq!(host.sent_at.borrow().len(), 1);
    let failure = run(
        vec![Err(Error::Invalid(Diagnostic::new(
            "http.invalid",
            "bad url",
        )))],
        json!({}),
    )
    .unwrap_err();
    assert!(matches!(failure, Failure::Config(_)));
}

#[test]
fn a_stopped_run_stops() {
    let mut host = fake(vec![refused()]);
    host.stop_at = 10_000;
    assert_eq!(
        wait_until_healthy(&host, &deployed(), &config(json!({}))).unwrap_err(),
        Failure::permanent("run.stopped", "stopped")
    );
}

#[test]
fn a_clock_that_is_set_ends_no_start_period() {
    let host = fake(vec![refused(), ok("hello")]);
    host.jump.set(-1);
    let jumping = Jumping(host);
    let config = config(json!({"attempts": 1, "start_period": "2m"}));
    assert!(wait_until_healthy(&jumping, &deployed(), &config).is_ok());
}

/// The clock is set an hour forward while the first request is under way.
struct Jumping(FakeService);

impl ProbeHost for Jumping {
    fn now_unix_ms(&self) -> u64 {
        self.0.now_unix_ms()
    }
    fn sleep(&self, time: Duration) -> Result<(), Stopped> {
        self.0.sleep(time)
    }
    fn send(&self, request: &Request) -> Result<Response, Error> {
        self.0.jump.set(3_600_000);
        self.0.send(request)
    }
}

#[test]
fn the_failure_has_its_code_its_parameters_and_its_notes() {
    let failure = run(
        vec![status(502, "down")],
        json!({"attempts": 1, "start_period": "0s"}),
    )
    .unwrap_err();
    let diagnostic = failure.diagnostic();
    assert_eq!(diagnostic.code, "http-healthcheck.not-healthy");
    for (name, value) in [
        ("url", "https://example.org/"),
        ("status", "502"),
        ("probes", "1"),
        ("elapsed", "50ms"),
        ("seen", "status 502; wanted status 200"),
        ("wanted", "status 200"),
    ] {
        assert_eq!(diagnostic.value(name), Some(value), "{name}");
    }
    assert_eq!(
        diagnostic.notes,
        [
            "wanted: status 200, 2 times in a row",
            "last answer: status 502: down"
        ]
    );
}
