use std::cell::RefCell;
use std::collections::VecDeque;

use deployhost_plugin::http::{Error, Request, Response};
use deployhost_plugin::{
    Commit, Context, Duration, Event, Failure, Problem, Stopped, check, describe_notifier, schema,
    serde_json,
};
use serde_json::{Value, json};

use crate::delivery::{Next, World, deliver, next, request};
use crate::text::{LONGEST, cut, first_line, length, plain, time};
use crate::{Config, message};

const HOOK: &str = "https://discord.com/s-0123456789abcdef";

fn event(kind: &str) -> Event {
    Event {
        kind: kind.into(),
        context: Context {
            run: "0193-run".into(),
            plan: "hello".into(),
            environment: "preproduction".into(),
            url: Some("https://hello.example.org/".into()),
            actor: Some("ada".into()),
            commit: Some(Commit {
                id: "abc1234def5678900000000000000000000000aa".into(),
                subject: "Serve the new page".into(),
                author: "Grace".into(),
            }),
            ..Context::default()
        },
        at_unix_ms: 1_700_000_000_500,
        duration_ms: 80_000,
        ..Event::default()
    }
}

fn told(event: &Event) -> String {
    message::of(event).unwrap()
}

mod messages {
    use super::*;

    #[test]
    fn started() {
        let mut event = event("started");
        event.steps = vec![
            (
                "code".into(),
                json!({"actions": [["move /srv/app to abc1234", "why"]]}).to_string(),
            ),
            (
                "app".into(),
                json!({"actions": ["recreate app"]}).to_string(),
            ),
            ("health".into(), "no json".into()),
        ];
        assert_eq!(
            told(&event),
            "🚀 **hello (preproduction): deployment started**\n\
             📦 `abc1234` Serve the new page · Grace\n\
             🔧 code: move /srv/app to abc1234\n\
             🔧 app: recreate app\n\
             👤 ada\n\
             🔗 <https://hello.example.org/>"
        );
    }

    #[test]
    fn succeeded() {
        let mut event = event("succeeded");
        event.evidence = "verified".into();
        assert_eq!(
            told(&event),
            "✅ **hello (preproduction): deployed**\n\
             📦 `abc1234` Serve the new page · Grace\n\
             🔎 verified: the answer carried `abc1234`\n\
             👤 ada · ⏱️ 1m 20s · <t:1700000000:f>\n\
             🔗 <https://hello.example.org/>"
        );
        for (evidence, words) in [
            ("answering", "🔎 answering: it answers"),
            ("running", "🔎 running: its containers"),
            ("applied", "🔎 applied: nothing was probed"),
            ("blessed", "🔎 blessed"),
        ] {
            event.evidence = evidence.into();
            assert!(told(&event).contains(words), "{evidence}");
        }
        event.evidence.clear();
        assert!(!told(&event).contains('🔎'));
    }

    #[test]
    fn what_went_wrong_is_said_with_what_changed() {
        for (kind, words) in [
            (
                "refused",
                "⛔ **hello (preproduction): refused, nothing was changed**",
            ),
            (
                "failed",
                "❌ **hello (preproduction): failed, nothing had changed**",
            ),
            (
                "cancelled",
                "🚫 **hello (preproduction): cancelled, nothing was changed**",
            ),
            ("interrupted", "⚡ **hello (preproduction): interrupted**"),
            (
                "rolled-back",
                "↩️ **hello (preproduction): failed and rolled back**\n📦 back on `abc1234` Serve the new page",
            ),
            (
                "exploded_twice",
                "ℹ️ **hello (preproduction): exploded\\_twice**",
            ),
        ] {
            let mut event = event(kind);
            event.problem = Some("health: status 502\nafter 20s".into());
            event.hints = vec!["look at *the log*".into(); 5];
            let told = told(&event);
            assert!(told.starts_with(words), "{told}");
            assert!(told.contains("❗ health: status 502 after 20s\n"), "{told}");
            assert_eq!(told.matches("💡 look at \\*the log\\*").count(), 3);
            assert!(told.contains("<t:1700000000:f>"));
        }
    }

    #[test]
    fn a_rollback_without_its_commit_names_the_previous_one() {
        let mut event = event("rolled-back");
        event.context.previous = event.context.commit.take();
        assert!(told(&event).contains("back on `abc1234`"));
    }

    #[test]
    fn a_rollback_names_what_was_tried() {
        let mut event = event("rolled-back");
        event.context.details = vec![("tried".into(), "f00dfeedf00d".into())];
        assert!(told(&event).contains("📦 back on `abc1234` Serve the new page · tried `f00dfee`"));
    }

    #[test]
    fn unchanged() {
        assert!(
            told(&event("unchanged")).starts_with("💤 **hello (preproduction): already as asked**")
        );
    }

    #[test]
    fn an_operator_gets_one_command_and_the_rest_below() {
        let mut event = event("needs-operator");
        event.problem = Some("the rollback failed".into());
        event.by_hand = vec![
            "git -C '/srv/my app' reset --hard abc".into(),
            "echo ```".into(),
        ];
        let told = told(&event);
        assert!(
            told.ends_with(
                "```sh\ndeployhost rollback\n# or by hand:\ngit -C '/srv/my app' reset --hard abc\n\
                 echo ` ` `\n```"
            ),
            "{told}"
        );
        event.by_hand = vec![];
        assert!(super::told(&event).ends_with("```sh\ndeployhost rollback\n```"));
        event.by_hand = vec!["deployhost rollback plan.toml".into()];
        assert!(super::told(&event).ends_with("```sh\ndeployhost rollback plan.toml\n```"));
    }

    #[test]
    fn too_many_commands_are_left_out_as_whole_lines() {
        let mut event = event("needs-operator");
        event.by_hand = (0..100)
            .map(|i| format!("command {i} {}", "x".repeat(40)))
            .collect();
        let told = told(&event);
        assert!(length(&told) <= LONGEST);
        assert_eq!(told.matches("```").count(), 2);
        assert!(
            told.ends_with(" more: `deployhost show 0193-run`"),
            "{told}"
        );
        let block = told.split("```").nth(1).unwrap();
        assert!(
            block
                .lines()
                .filter(|l| l.starts_with("command"))
                .all(|l| l.ends_with('x'))
        );
    }

    #[test]
    fn progress_is_not_told() {
        assert_eq!(message::of(&event("progress")), None);
    }

    #[test]
    fn an_event_that_knows_nothing_is_still_told() {
        let bare = Event {
            kind: "failed".into(),
            ..Event::default()
        };
        assert_eq!(
            told(&bare),
            "❌ ** (): failed, nothing had changed**\n<t:0:f>"
        );
    }

    #[test]
    fn however_long_things_are_discord_takes_the_message() {
        for kind in [
            "started",
            "succeeded",
            "failed",
            "rolled-back",
            "needs-operator",
            "x",
        ] {
            let mut event = event(kind);
            let long = "🚀*".repeat(3_000);
            event.context.plan = long.clone();
            event.context.actor = Some(long.clone());
            event.context.commit.as_mut().unwrap().subject = long.clone();
            event.context.commit.as_mut().unwrap().author = long.clone();
            event.problem = Some(long.clone());
            event.hints = vec![long.clone(); 9];
            event.by_hand = vec![long.clone(); 9];
            event.steps = vec![(long.clone(), json!({"actions": vec![long; 9]}).to_string())];
            let told = told(&event);
            assert!(length(&told) <= LONGEST, "{kind}: {}", length(&told));
            assert_eq!(told.matches("```").count() % 2, 0, "{kind}");
        }
    }

    #[test]
    fn a_commit_message_is_text() {
        let mut event = event("started");
        event.context.commit.as_mut().unwrap().subject =
            "\n  Fix \"it\" @everyone <@1> [x](https://evil) `a` ||s|| # ${secret}\u{202e}\nBody"
                .into();
        let told = told(&event);
        assert!(
            told.contains(
                "Fix \"it\" \\@everyone \\<\\@1\\> \\[x\\]\\(https://evil\\) \\`a\\` \\|\\|s\\|\\| \\# ${secret} · Grace"
            ),
            "{told}"
        );
        assert!(!told.contains("Body"));
    }

    #[test]
    fn a_url_that_is_more_than_a_link_is_left_out() {
        for url in ["javascript:alert(1)", "https://a> @everyone", "https://é"] {
            let mut event = event("started");
            event.context.url = Some(url.into());
            assert!(!told(&event).contains('🔗'), "{url}");
        }
    }
}

mod texts {
    use super::*;

    #[test]
    fn an_escape_is_never_torn_from_what_it_escapes() {
        for most in 1..20 {
            let text = plain("a*b_c`d[e]f(g)", most);
            assert!(length(&text) <= most, "{text}");
            let backslashes = text
                .trim_end_matches('…')
                .chars()
                .rev()
                .take_while(|c| *c == '\\');
            assert_eq!(backslashes.count() % 2, 0, "{text}");
        }
    }

    #[test]
    fn a_cut_keeps_whole_characters() {
        assert_eq!(cut("🚀🚀🚀", 6), "🚀🚀🚀");
        assert_eq!(cut("🚀🚀🚀", 5), "🚀🚀…");
        assert_eq!(cut("éa", 1), "…");
    }

    #[test]
    fn what_cannot_be_seen_is_gone() {
        assert_eq!(
            plain("a\u{0}\u{1b}b\u{202e}c\u{200b}d \t\n e", 50),
            "abcd e"
        );
        assert_eq!(first_line("\r\n \nfirst\rx\nsecond", 50), "first x");
    }

    #[test]
    fn times() {
        for (ms, words) in [
            (0, "0ms"),
            (850, "850ms"),
            (12_900, "12s"),
            (80_000, "1m 20s"),
            (3_720_000, "1h 2m"),
        ] {
            assert_eq!(time(ms), words);
        }
    }
}

mod deliveries {
    use super::*;

    fn config() -> Config {
        Config {
            webhook: HOOK.into(),
            username: None,
        }
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

    struct Fake {
        answers: RefCell<VecDeque<Result<Response, Error>>>,
        slept: RefCell<Vec<u64>>,
        stop: bool,
    }

    impl World for Fake {
        fn send(&self, _: &Request) -> Result<Response, Error> {
            self.answers.borrow_mut().pop_front().unwrap()
        }
        fn sleep(&self, time: Duration) -> Result<(), Stopped> {
            self.slept.borrow_mut().push(time.as_millis());
            if self.stop { Err(Stopped) } else { Ok(()) }
        }
    }

    fn fake(answers: Vec<Result<Response, Error>>) -> Fake {
        Fake {
            answers: RefCell::new(answers.into()),
            slept: RefCell::default(),
            stop: false,
        }
    }

    #[test]
    fn the_request_mentions_nobody_and_waits_for_the_id() {
        let sent = request(&config(), "it's \"text\"\nhere");
        assert_eq!(sent.method, "POST");
        assert_eq!(sent.url, format!("{HOOK}?wait=true"));
        let body: Value = serde_json::from_slice(&sent.body).unwrap();
        assert_eq!(body["content"], "it's \"text\"\nhere");
        assert_eq!(body["allowed_mentions"], json!({"parse": []}));
        assert!(body.get("username").is_none());

        let threaded = Config {
            webhook: format!("{HOOK}?thread_id=1"),
            username: Some("Deploys".into()),
        };
        let sent = request(&threaded, "");
        assert_eq!(sent.url, format!("{HOOK}?thread_id=1&wait=true"));
        let body: Value = serde_json::from_slice(&sent.body).unwrap();
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
            assert_eq!(deliver(&world, &config(), "x").unwrap().as_deref(), id);
        }
    }

    #[test]
    fn it_waits_as_long_as_it_is_told() {
        for (headers, body, ms) in [
            (&[][..], r#"{"retry_after": 1.5}"#, 1_500),
            (&[("Retry-After", "3")][..], "", 3_000),
            (&[("Retry-After", "3")][..], r#"{"retry_after": 0.65}"#, 650),
            (&[][..], r#"{"retry_after": 0.0}"#, 300),
            (&[][..], r#"{"retry_after": -5}"#, 300),
            (&[][..], r#"{"retry_after": 2285}"#, 60_000),
            (&[("Retry-After", "Wed, 21 Oct")][..], "<html>", 1_000),
            (&[("Retry-After", "NaN")][..], "", 1_000),
        ] {
            let world = fake(vec![
                answer(429, headers, body),
                answer(200, &[], r#"{"id":"1"}"#),
            ]);
            assert_eq!(
                deliver(&world, &config(), "x").unwrap().as_deref(),
                Some("1")
            );
            assert_eq!(*world.slept.borrow(), [ms], "{body}");
        }
    }

    #[test]
    fn five_attempts_are_enough() {
        let world = fake(vec![answer(429, &[], ""); 5]);
        let failure = deliver(&world, &config(), "x").unwrap_err();
        assert!(matches!(failure, Failure::Temporary(_)), "{failure:?}");
        assert_eq!(world.slept.borrow().len(), 4);
    }

    #[test]
    fn a_stopped_wait_leaves_the_message_for_later() {
        let mut world = fake(vec![answer(429, &[], "")]);
        world.stop = true;
        assert!(matches!(
            deliver(&world, &config(), "x"),
            Err(Failure::Temporary(_))
        ));
    }

    #[test]
    fn a_webhook_that_is_gone_is_permanent_and_never_quoted() {
        for status in [401, 403, 404] {
            let body = format!(r#"{{"message":"{HOOK}","code":10015}}"#);
            let Next::Failed(Failure::Permanent(text)) = next(&answer(status, &[], &body), HOOK)
            else {
                panic!("{status}");
            };
            assert!(
                text.contains("webhook is gone") && !text.contains("s-0123"),
                "{text}"
            );
        }
    }

    #[test]
    fn other_answers() {
        assert_eq!(
            next(
                &answer(400, &[], r#"{"code":50035,"message":"Invalid Form Body"}"#),
                HOOK
            ),
            Next::Failed(Failure::Permanent(
                "Discord refused the message (status 400, code 50035)".into()
            ))
        );
        assert!(matches!(
            next(&answer(503, &[], ""), HOOK),
            Next::Failed(Failure::Temporary(_))
        ));
        assert!(matches!(
            next(&answer(302, &[], ""), HOOK),
            Next::Failed(Failure::Permanent(_))
        ));
    }

    #[test]
    fn without_an_answer_it_is_the_hosts_to_try_later() {
        let quoting = || format!("POST {HOOK}?wait=true: broke");
        for error in [
            Error::Timeout(quoting()),
            Error::Unreachable(quoting()),
            Error::Interrupted(quoting()),
        ] {
            let Next::Failed(Failure::Temporary(text)) = next(&Err(error), HOOK) else {
                panic!()
            };
            assert!(!text.contains("s-0123"), "{text}");
        }
        let denied = next(&Err(Error::Denied("no grant".into())), HOOK);
        assert_eq!(
            denied,
            Next::Failed(Failure::Permanent("Discord: no grant".into()))
        );
    }
}

mod configuring {
    use super::*;

    fn problems(config: Value) -> Vec<Problem> {
        check::<Config>(&config.to_string(), Config::problems)
    }

    #[test]
    fn the_schema_grants_the_webhook() {
        assert_eq!(
            schema::faults(&schema::of::<Config>()),
            Vec::<String>::new()
        );
        let schema = schema::of::<Config>().to_value();
        assert_eq!(schema["properties"]["webhook"]["x-grant"], "http-write");
        let description = describe_notifier::<crate::DiscordNotify>();
        assert_eq!(
            (description.role.as_str(), description.recovery.as_str()),
            ("notify", "none")
        );
    }

    #[test]
    fn each_rule_has_its_place_and_quotes_no_webhook() {
        assert_eq!(
            problems(json!({"webhook": HOOK, "username": "Deploys"})),
            vec![]
        );
        for (config, pointer) in [
            (json!({"webhook": "discord.com/s-0123"}), "/webhook"),
            (
                json!({"webhook": "https://discord.com/s-0123 x"}),
                "/webhook",
            ),
            (
                json!({"webhook": "https://discord.com/s-0123#x"}),
                "/webhook",
            ),
            (json!({"webhook": HOOK, "username": " "}), "/username"),
            (
                json!({"webhook": HOOK, "username": "x".repeat(81)}),
                "/username",
            ),
            (
                json!({"webhook": HOOK, "username": "My DisCord bot"}),
                "/username",
            ),
        ] {
            let found = problems(config.clone());
            assert_eq!(found[0].pointer, pointer, "{config}");
            assert!(!found[0].message.contains("s-0123"));
        }
    }
}
