use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use deployhost_plugin::http::{Error, Request, Response};
use deployhost_plugin::{
    Commit, Context, Duration, Failure, Problem, Receipt, Stopped, serde_json,
};
use serde_json::{Value, json};

use crate::probe::{Next, Probe};
use crate::watch::{World, until_well};
use crate::{Config, answer};

const ID: &str = "abc1234def5678900000000000000000000000aa";

fn config(more: Value) -> Config {
    let mut config = json!({"url": "https://example.org/"});
    config
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    deployhost_plugin::parse(&config.to_string()).unwrap()
}

fn deployed() -> Context {
    Context {
        commit: Some(Commit {
            id: ID.into(),
            subject: "s".into(),
            author: "a".into(),
        }),
        ..Context::default()
    }
}

fn ok(body: &str) -> Result<Response, Error> {
    Ok(Response {
        status: 200,
        headers: vec![("X-Commit".into(), "abc1234".into())],
        body: body.as_bytes().to_vec(),
    })
}

fn status(status: u16, body: &str) -> Result<Response, Error> {
    Ok(Response {
        status,
        headers: vec![],
        body: body.as_bytes().to_vec(),
    })
}

fn refused() -> Result<Response, Error> {
    Err(Error::Unreachable("connection refused".into()))
}

/// Answers in turn, the last one for ever; each takes 50 ms. Time passes only by that and by sleep.
struct Fake {
    now: Cell<u64>,
    answers: RefCell<VecDeque<Result<Response, Error>>>,
    asked: RefCell<Vec<u64>>,
    stop_at: u64,
    jump: Cell<i64>,
}

fn fake(answers: Vec<Result<Response, Error>>) -> Fake {
    Fake {
        now: Cell::new(1_000_000_000),
        answers: RefCell::new(answers.into()),
        asked: RefCell::default(),
        stop_at: u64::MAX,
        jump: Cell::new(0),
    }
}

impl World for Fake {
    fn now_unix_ms(&self) -> u64 {
        self.now.get().saturating_add_signed(self.jump.get())
    }

    fn sleep(&self, time: Duration) -> Result<(), Stopped> {
        self.now.set(self.now.get() + time.as_millis());
        if self.now.get() - 1_000_000_000 >= self.stop_at {
            return Err(Stopped);
        }
        Ok(())
    }

    fn send(&self, request: &Request) -> Result<Response, Error> {
        assert_eq!(request.method, "GET");
        self.asked.borrow_mut().push(self.now.get() - 1_000_000_000);
        self.now.set(self.now.get() + 50);
        let mut answers = self.answers.borrow_mut();
        match answers.len() {
            1 => answers[0].clone(),
            _ => answers.pop_front().unwrap(),
        }
    }
}

fn run(answers: Vec<Result<Response, Error>>, more: Value) -> Result<Receipt, Failure> {
    until_well(&fake(answers), &deployed(), &config(more))
}

fn permanent(result: Result<Receipt, Failure>) -> String {
    match result.unwrap_err() {
        Failure::Permanent(text) => text,
        other => panic!("{other:?}"),
    }
}

mod probing {
    use super::*;

    fn probe(attempts: u32, consecutive: u32, start: u64) -> Probe {
        Probe::new(&config(json!({
            "attempts": attempts, "consecutive": consecutive, "start_period": format!("{start}s"),
        })))
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const AGAIN: Next = Next::Again {
        after: Duration::from_secs(5),
    };
    const SOON: Next = Next::Again {
        after: Duration::from_secs(1),
    };

    #[test]
    fn one_good_answer_is_made_sure_of() {
        let mut probe = probe(10, 2, 30);
        assert_eq!(probe.record(at(0), true), SOON);
        assert_eq!(probe.record(at(1), true), Next::Passed);
    }

    #[test]
    fn one_may_be_enough() {
        assert_eq!(probe(10, 1, 30).record(at(0), true), Next::Passed);
    }

    #[test]
    fn bad_answers_in_the_start_period_do_not_count() {
        let mut probe = probe(2, 1, 30);
        for second in [0, 10, 20, 29] {
            assert_eq!(probe.record(at(second), false), AGAIN);
        }
        assert_eq!(probe.bad(), 0);
        assert_eq!(probe.record(at(30), false), AGAIN);
        assert_eq!(probe.record(at(35), false), Next::Failed);
    }

    #[test]
    fn without_a_start_period_the_first_bad_answer_counts() {
        assert_eq!(probe(1, 1, 0).record(at(0), false), Next::Failed);
    }

    #[test]
    fn a_service_that_flaps_fails() {
        let mut probe = probe(3, 2, 0);
        for _ in 0..2 {
            assert_eq!(probe.record(at(1), true), SOON);
            assert_eq!(probe.record(at(2), false), AGAIN);
        }
        assert_eq!(probe.record(at(3), true), SOON);
        assert_eq!(probe.record(at(4), false), Next::Failed);
        assert_eq!(probe.asked(), 6);
    }

    #[test]
    fn a_late_good_answer_is_still_made_sure_of() {
        let mut probe = probe(2, 2, 0);
        assert_eq!(probe.record(at(0), false), AGAIN);
        assert_eq!(probe.record(at(5), true), SOON);
        assert_eq!(probe.record(at(6), true), Next::Passed);
    }

    #[test]
    fn a_short_interval_is_kept_when_making_sure() {
        let mut probe = Probe::new(&config(json!({"interval": "200ms"})));
        let next = probe.record(at(0), true);
        assert_eq!(
            next,
            Next::Again {
                after: Duration::from_millis(200)
            }
        );
    }
}

mod watching {
    use super::*;

    #[test]
    fn a_good_service_is_seen_at_once() {
        let world = fake(vec![ok("hello")]);
        let receipt = until_well(&world, &deployed(), &config(json!({}))).unwrap();
        assert_eq!(receipt.evidence, "answering");
        assert_eq!(
            receipt.summary,
            "answers with status 200, after 1s (2 probes)"
        );
        assert_eq!(*world.asked.borrow(), [0, 1_050]);
    }

    #[test]
    fn a_slow_start_uses_up_no_attempts() {
        let mut answers = vec![refused(); 5];
        answers.push(ok("hello"));
        assert!(run(answers, json!({"attempts": 1, "start_period": "2m"})).is_ok());
    }

    #[test]
    fn the_failure_says_what_was_asked_and_seen_and_how_long() {
        let told = permanent(run(
            vec![status(502, "<html>\n  <b>Bad\u{7} Gateway</b>")],
            json!({"attempts": 3, "start_period": "10s", "expect": {"text": "Streamlit"}}),
        ));
        assert_eq!(
            told,
            "https://example.org/ is not well after 20s (5 probes): status 502; wanted status 200\n\
             wanted: status 200, the text `Streamlit`, 2 times in a row\n\
             last answer: status 502: <html> <b>Bad Gateway</b>"
        );
    }

    #[test]
    fn nobody_there_is_said() {
        let told = permanent(run(
            vec![refused()],
            json!({"attempts": 1, "start_period": "0s"}),
        ));
        assert!(told.contains("(1 probe): connection refused\n"), "{told}");
        let told = permanent(run(
            vec![Err(Error::Timeout("x".into()))],
            json!({"attempts": 1, "start_period": "0s"}),
        ));
        assert!(told.contains("(1 probe): no answer within 5s\n"), "{told}");
    }

    #[test]
    fn what_is_not_granted_fails_at_once() {
        let world = fake(vec![Err(Error::Denied("no grant".into()))]);
        let failure = until_well(&world, &deployed(), &config(json!({}))).unwrap_err();
        assert_eq!(
            failure,
            Failure::Permanent("GET https://example.org/: no grant".into())
        );
        assert_eq!(world.asked.borrow().len(), 1);
        let failure = run(vec![Err(Error::Invalid("bad url".into()))], json!({})).unwrap_err();
        assert!(matches!(failure, Failure::Config(_)));
    }

    #[test]
    fn a_stopped_run_stops() {
        let mut world = fake(vec![refused()]);
        world.stop_at = 10_000;
        assert_eq!(
            until_well(&world, &deployed(), &config(json!({}))).unwrap_err(),
            Failure::Permanent("stopped".into())
        );
    }

    #[test]
    fn a_clock_that_is_set_ends_no_start_period() {
        let world = fake(vec![refused(), ok("hello")]);
        world.jump.set(-1);
        let jumping = Jumping(world);
        let config = config(json!({"attempts": 1, "start_period": "2m"}));
        assert!(until_well(&jumping, &deployed(), &config).is_ok());
    }

    /// The clock is set an hour forward while the first request is under way.
    struct Jumping(Fake);

    impl World for Jumping {
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
}

mod witnessing {
    use super::*;

    fn quick(witness: Value) -> Value {
        json!({"attempts": 1, "start_period": "0s", "witness": witness})
    }

    #[test]
    fn a_header_a_word_or_a_pointer_verifies() {
        for (witness, body) in [
            (json!({"header": "x-commit"}), "hello"),
            (json!({"text": true}), "<!-- build ABC1234def -->"),
            (json!({"text": true}), ID),
            (
                json!({"pointer": "/build/commit"}),
                r#"{"build":{"commit":"abc1234def"}}"#,
            ),
        ] {
            let receipt = run(vec![ok(body)], quick(witness.clone())).unwrap();
            assert_eq!(receipt.evidence, "verified", "{witness}");
            assert!(
                receipt.summary.contains("and carries abc1234"),
                "{}",
                receipt.summary
            );
        }
    }

    #[test]
    fn another_commit_is_not_yet() {
        for (witness, body, why) in [
            (json!({"header": "x-other"}), "", "no header `x-other`"),
            (
                json!({"text": true}),
                "build abc123",
                "does not carry commit abc1234",
            ),
            (json!({"text": true}), "abc1234ffff", "does not carry"),
            (json!({"text": true}), "xabc1234", "does not carry"),
            (json!({"text": true}), "", "does not carry"),
            (
                json!({"pointer": "/c"}),
                r#"{"c":"fff0000"}"#,
                "answers with commit fff0000, wanted abc1234",
            ),
            (
                json!({"pointer": "/c"}),
                r#"{"c":"abc123"}"#,
                "answers with commit abc123, wanted",
            ),
            (
                json!({"pointer": "/c"}),
                r#"{"c":"abc1234-dirty"}"#,
                "wanted abc1234",
            ),
            (json!({"pointer": "/c"}), r#"{"c":7}"#, "no text at `/c`"),
            (json!({"pointer": "/c"}), "not json", "no text at `/c`"),
        ] {
            let told = permanent(run(vec![ok(body)], quick(witness)));
            assert!(told.lines().next().unwrap().contains(why), "{told}");
            assert!(
                told.contains("\nwanted: status 200, commit abc1234, 2 times"),
                "{told}"
            );
        }
    }

    #[test]
    fn the_old_service_that_still_answers_is_waited_out() {
        let old = || ok(r#"{"c":"0000000"}"#);
        let answers = vec![old(), old(), old(), ok(r#"{"c":"abc1234"}"#)];
        let receipt = run(answers, json!({"witness": {"pointer": "/c"}})).unwrap();
        assert_eq!(receipt.evidence, "verified");
    }

    #[test]
    fn on_the_way_back_to_what_was_found_the_witness_is_welcome_only() {
        let back = Context {
            details: vec![("found-in-place".into(), "true".into())],
            ..deployed()
        };
        let told = |body| {
            let config = config(quick(json!({"text": true})));
            until_well(&fake(vec![ok(body)]), &back, &config).unwrap()
        };
        assert_eq!(told("abc1234").evidence, "verified");
        assert_eq!(told("nothing").evidence, "answering");
        assert!(told("nothing").summary.contains("does not tell abc1234"));
    }

    #[test]
    fn without_a_commit_or_a_witness_nothing_is_verified() {
        let unknown = Context::default();
        let with = config(quick(json!({"text": true})));
        assert_eq!(
            until_well(&fake(vec![ok(ID)]), &unknown, &with)
                .unwrap()
                .evidence,
            "answering"
        );
        assert_eq!(run(vec![ok(ID)], json!({})).unwrap().evidence, "answering");
    }
}

mod expecting {
    use super::*;

    fn judged(response: Result<Response, Error>, expect: Value) -> Option<String> {
        config(json!({"expect": expect}))
            .expect
            .missing(&response.unwrap())
    }

    #[test]
    fn what_is_good() {
        for expect in [
            json!({}),
            json!({"status": 200}),
            json!({"status": [204, 200]}),
            json!({"text": "up\": true"}),
            json!({"header": {"name": "x-COMMIT", "value": "abc1234"}}),
            json!({"json": {"pointer": "/up", "equals": true}}),
            json!({"json": {"pointer": "/n", "equals": 1}}),
            json!({"json": {"pointer": "/list/1/a", "equals": null}}),
        ] {
            let body = r#"{"up": true, "n": 1.0, "list": [0, {"a": null}]}"#;
            assert_eq!(judged(ok(body), expect.clone()), None, "{expect}");
        }
    }

    #[test]
    fn what_is_not() {
        for (response, expect, why) in [
            (status(204, ""), json!({}), "wanted status 200"),
            (
                ok(""),
                json!({"status": [301, 302]}),
                "wanted status 301 or 302",
            ),
            (
                ok("Hello"),
                json!({"text": "hello"}),
                "does not contain `hello`",
            ),
            (
                ok(""),
                json!({"header": {"name": "x-commit", "value": "f"}}),
                "header `x-commit` is `abc1234`, wanted `f`",
            ),
            (
                ok(""),
                json!({"header": {"name": "server", "value": "f"}}),
                "has no header `server`",
            ),
            (
                ok("<html>"),
                json!({"json": {"pointer": "/a", "equals": 1}}),
                "is not JSON",
            ),
            (
                ok("{}"),
                json!({"json": {"pointer": "/a", "equals": 1}}),
                "nothing at `/a`",
            ),
            (
                ok(r#"{"a":"1"}"#),
                json!({"json": {"pointer": "/a", "equals": 1}}),
                "`/a` is \"1\", wanted 1",
            ),
        ] {
            let told = judged(response, expect.clone()).unwrap();
            assert!(told.contains(why), "{told}");
        }
    }

    #[test]
    fn a_redirect_is_shown_with_where_it_leads() {
        let redirect = Response {
            status: 302,
            headers: vec![("Location".into(), "/login".into())],
            body: vec![],
        };
        assert_eq!(
            answer::status(&redirect),
            "status 302, a redirect to /login"
        );
    }

    #[test]
    fn what_strangers_wrote_is_shown_in_80_characters() {
        assert_eq!(answer::excerpt(&"é".repeat(200)).chars().count(), 81);
        assert_eq!(answer::excerpt(" a \n\t b\u{202e}c\u{1b}[31m "), "a bc[31m");
        assert_eq!(
            answer::line(&status(500, " \n").unwrap()),
            "status 500, an empty body"
        );
    }
}

mod configuring {
    use super::*;
    use deployhost_plugin::{check, describe_step, schema};

    fn problems(more: Value) -> Vec<Problem> {
        let mut config = json!({"url": "https://example.org/"});
        config
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        check::<Config>(&config.to_string(), Config::problems)
    }

    #[test]
    fn the_schema_is_one_that_the_host_can_explain() {
        assert_eq!(
            schema::faults(&schema::of::<Config>()),
            Vec::<String>::new()
        );
        let schema = schema::of::<Config>().to_value();
        assert_eq!(schema["properties"]["url"]["x-grant"], "http-read");
        assert_eq!(schema["properties"]["start_period"]["default"], "30s");
        assert_eq!(schema["properties"]["attempts"]["maximum"], 100);
        let description = describe_step::<crate::HttpHealthcheck>();
        assert_eq!(
            (description.role.as_str(), description.recovery.as_str()),
            ("verify", "none")
        );
    }

    #[test]
    fn defaults_are_fine() {
        assert_eq!(problems(json!({})), vec![]);
        let config = config(json!({}));
        assert_eq!(config.expect.status.0, [200]);
        assert_eq!((config.attempts, config.consecutive), (10, 2));
    }

    #[test]
    fn each_rule_has_its_place() {
        for (more, pointer) in [
            (json!({"url": "example.org"}), "/url"),
            (json!({"url": "https://a b"}), "/url"),
            (json!({"attempts": 0}), "/attempts"),
            (json!({"attempts": 101}), "/attempts"),
            (json!({"consecutive": 0}), "/consecutive"),
            (json!({"interval": "99ms"}), "/interval"),
            (json!({"interval": "5"}), "/interval"),
            (json!({"timeout": "0s"}), "/timeout"),
            (json!({"timeout": "61s"}), "/timeout"),
            (json!({"expect": {"status": 99}}), "/expect/status"),
            (json!({"expect": {"status": []}}), "/expect/status"),
            (json!({"expect": {"status": "ok"}}), "/expect/status"),
            (json!({"expect": {"text": ""}}), "/expect/text"),
            (
                json!({"expect": {"text": "x".repeat(4097)}}),
                "/expect/text",
            ),
            (
                json!({"expect": {"header": {"name": "a b", "value": ""}}}),
                "/expect/header/name",
            ),
            (
                json!({"expect": {"json": {"pointer": "a", "equals": 1}}}),
                "/expect/json/pointer",
            ),
            (json!({"witness": {}}), "/witness"),
            (
                json!({"witness": {"text": true, "header": "x"}}),
                "/witness",
            ),
            (json!({"witness": {"text": false}}), "/witness/text"),
            (json!({"witness": {"header": ""}}), "/witness/header"),
            (
                json!({"witness": {"pointer": "commit"}}),
                "/witness/pointer",
            ),
        ] {
            let found = problems(more.clone());
            assert_eq!(
                found.first().map(|p| p.pointer.as_str()),
                Some(pointer),
                "{more}"
            );
        }
    }
}
