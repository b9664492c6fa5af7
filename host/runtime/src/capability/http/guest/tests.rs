#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

use super::super::super::call::{Phase, Recorder};
use super::super::{AddressPolicy, LONGEST_TIMEOUT, Methods, Origin, TIMEOUT};
use super::*;
use crate::capability::error::CapabilityErrorKind;
use deployhost_policy::secret::SecretKind;

/// Keeps intents, or refuses them.
#[derive(Default)]
struct Journal {
    begun: Mutex<Vec<String>>,
    full: bool,
}

#[async_trait]
impl Recorder for Journal {
    async fn begin(&self, what: String) -> Result<(), Diagnostic> {
        if self.full {
            return Err(Diagnostic::new("disk.full", "disk full"));
        }
        self.begun.lock().unwrap().push(what);
        Ok(())
    }
    fn log(&self, _: &str, _: &str) {}
    fn progress(&self, _: u32, _: u32, _: &str) {}
}

/// Keeps requests, and gives each the same answer; none: never answers.
struct Kept {
    sent: Mutex<Vec<Request>>,
    answer: Option<Result<Response, CapabilityError>>,
}

#[async_trait]
impl Port for Kept {
    async fn send(&self, request: Request) -> Result<Response, CapabilityError> {
        self.sent.lock().unwrap().push(request);
        match &self.answer {
            Some(answer) => answer.clone(),
            None => std::future::pending().await,
        }
    }
}

struct Environment {
    http: Http,
    journal: Arc<Journal>,
    port: Arc<Kept>,
    stop: watch::Sender<bool>,
}

struct Setting {
    phase: Phase,
    writes: Writes,
    full: bool,
    secrets: Vec<Arc<Secret>>,
    answer: Option<Result<Response, CapabilityError>>,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            phase: Phase::Acting,
            writes: Writes::Changes,
            full: false,
            secrets: Vec::new(),
            answer: Some(Ok(response(&[], ""))),
        }
    }
}

fn response(headers: &[(&str, &str)], body: &str) -> Response {
    let headers = headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()));
    Response {
        status: 200,
        headers: headers.collect(),
        body: body.into(),
    }
}

fn house(setting: Setting) -> Environment {
    let journal = Arc::new(Journal {
        full: setting.full,
        ..Journal::default()
    });
    let (stop, stopped) = watch::channel(false);
    let call = Arc::new(Call::new(setting.phase, journal.clone(), stopped));
    let port = Arc::new(Kept {
        sent: Mutex::default(),
        answer: setting.answer,
    });
    let grants = ["https://good.example", "http://10.0.0.5:8080"].map(|origin| HttpGrant {
        origin: Origin::parse(origin).unwrap(),
        methods: Methods::Any,
        private: false,
    });
    let http = Http::new(
        call,
        grants.into(),
        setting.secrets,
        port.clone(),
        setting.writes,
    );
    Environment {
        http: http.unwrap(),
        journal,
        port,
        stop,
    }
}

fn ask(method: &str, url: &str) -> GuestRequest {
    GuestRequest {
        method: method.into(),
        url: url.into(),
        headers: Vec::new(),
        body: Vec::new(),
        timeout_ms: 0,
        signing: None,
    }
}

fn secrets() -> Vec<Arc<Secret>> {
    let secret = |name, kind, value| {
        let origin = Origin::parse("https://good.example").unwrap();
        Arc::new(Secret::new(name, kind, origin, value).unwrap())
    };
    vec![
        secret(
            "hook",
            SecretKind::Url,
            "https://good.example/hooks/CANARY-0123456789",
        ),
        secret("key", SecretKind::Token, "KEY-CANARY-0123"),
    ]
}

#[tokio::test]
async fn what_is_refused_is_neither_sent_nor_journaled() {
    let with = |change: &dyn Fn(&mut GuestRequest)| {
        let mut asked = ask("POST", "https://good.example/");
        change(&mut asked);
        asked
    };
    let table = [
        ("denied", with(&|a| a.url = "https://evil.example/".into())),
        ("denied", with(&|a| a.url = "http://good.example/".into())),
        (
            "denied",
            with(&|a| a.url = "https://good.example:8443/".into()),
        ),
        (
            "denied",
            with(&|a| a.url = "https://good.example@evil.example/".into()),
        ),
        (
            "denied",
            with(&|a| a.url = "https://good.example\\@evil.example/".into()),
        ),
        ("denied", with(&|a| a.url = "https://GOOD.EXAMPLE./".into())),
        (
            "denied",
            with(&|a| a.url = "https://good.example%00.evil.example/".into()),
        ),
        (
            "denied",
            with(&|a| a.url = "https://evil.example#good.example".into()),
        ),
        ("denied", with(&|a| a.url = "http://10.0.0.6:8080/".into())),
        ("denied", with(&|a| a.url = "http://10.5:8080/".into())),
        ("denied", with(&|a| a.url = "file:///etc/passwd".into())),
        ("invalid", with(&|a| a.url = "good.example".into())),
        (
            "invalid",
            with(&|a| a.url = "https://good.example/\r\nX: y".into()),
        ),
        ("invalid", with(&|a| a.method = "CONNECT".into())),
        ("invalid", with(&|a| a.method = "post".into())),
        (
            "invalid",
            with(&|a| a.headers = vec![("Host".into(), "evil.example".into())]),
        ),
        (
            "invalid",
            with(&|a| a.headers = vec![("x".into(), "a\r\nb: c".into())]),
        ),
        (
            "invalid",
            with(&|a| a.headers = vec![("x".into(), "y".into()); 65]),
        ),
        ("too-large", with(&|a| a.body = vec![0; LARGEST_BODY + 1])),
    ];
    let house = house(Setting::default());
    for (wanted, asked) in table {
        let url = asked.url.clone();
        let word = match house.http.answer(asked).await.unwrap_err().kind {
            CapabilityErrorKind::Denied => "denied",
            CapabilityErrorKind::Invalid => "invalid",
            CapabilityErrorKind::TooLarge => "too-large",
            other => panic!("{url}: {other:?}"),
        };
        assert_eq!(word, wanted, "{url}");
    }
    assert!(house.port.sent.lock().unwrap().is_empty());
    assert!(house.journal.begun.lock().unwrap().is_empty());
}

#[tokio::test]
async fn each_phase_and_role_has_its_methods() {
    use Phase::{Acting, Nothing, Reading};
    use Writes::{Changes, Messages};
    // Phase, whose request, method; is it sent, is it journaled.
    let table = [
        (Nothing, Changes, "GET", false, false),
        (Nothing, Messages, "POST", false, false),
        (Reading, Changes, "GET", true, false),
        (Reading, Changes, "HEAD", true, false),
        (Reading, Changes, "POST", false, false),
        (Reading, Messages, "POST", false, false),
        (Acting, Changes, "GET", true, false),
        (Acting, Changes, "POST", true, true),
        (Acting, Changes, "DELETE", true, true),
        (Acting, Changes, "OPTIONS", true, true),
        (Acting, Messages, "POST", true, false),
        (Acting, Messages, "PATCH", true, false),
    ];
    for (phase, writes, method, sent, journaled) in table {
        let house = house(Setting {
            phase,
            writes,
            ..Setting::default()
        });
        let answer = house
            .http
            .answer(ask(method, "https://good.example/a?b"))
            .await;
        assert_eq!(
            answer.is_ok(),
            sent,
            "{phase:?} {writes:?} {method}: {answer:?}"
        );
        assert_eq!(house.port.sent.lock().unwrap().len(), usize::from(sent));
        let begun = house.journal.begun.lock().unwrap().clone();
        let wanted = [format!("{method} https://good.example/a")];
        assert_eq!(begun, wanted[..usize::from(journaled)]);
    }
}

#[tokio::test]
async fn without_a_durable_intent_nothing_is_sent() {
    let house = house(Setting {
        full: true,
        ..Setting::default()
    });
    let answer = house
        .http
        .answer(ask("POST", "https://good.example/"))
        .await;
    assert!(
        matches!(&answer, Err(error) if error.kind == CapabilityErrorKind::Other),
        "{answer:?}"
    );
    assert!(house.port.sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_request_is_sent_within_its_limits() {
    let house = house(Setting::default());
    let mut asked = ask("PUT", "http://10.0.0.5:8080/a");
    asked.body = vec![7; LARGEST_BODY];
    asked.headers = vec![("x-a".into(), "b".into())];
    house.http.answer(asked).await.unwrap();
    for (ms, wanted) in [
        (1, Duration::from_millis(1)),
        (60_001, LONGEST_TIMEOUT),
        (u32::MAX, LONGEST_TIMEOUT),
    ] {
        let mut asked = ask("GET", "https://good.example");
        asked.timeout_ms = ms;
        house.http.answer(asked).await.unwrap();
        assert_eq!(
            house.port.sent.lock().unwrap().last().unwrap().timeout,
            wanted
        );
    }
    let sent = house.port.sent.lock().unwrap();
    assert_eq!(sent[0].timeout, TIMEOUT);
    assert_eq!(sent[0].most, LARGEST_BODY);
    assert_eq!(
        sent[0].policy,
        AddressPolicy::Only("10.0.0.5".parse().unwrap())
    );
    assert_eq!(sent[0].body.len(), LARGEST_BODY);
    assert_eq!(sent[0].headers, [("x-a".to_owned(), "b".to_owned())]);
    assert_eq!(sent[1].policy, AddressPolicy::Public);
}

#[tokio::test]
async fn a_stopped_run_ends_its_request() {
    let house = house(Setting {
        answer: None,
        ..Setting::default()
    });
    let stop = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        house.stop.send(true).unwrap();
    };
    let asked = house.http.answer(ask("GET", "https://good.example/"));
    let wanted = stopped();
    let both = async { tokio::join!(asked, stop) };
    let (answer, ()) = tokio::time::timeout(Duration::from_secs(60), both)
        .await
        .unwrap();
    assert_eq!(answer, Err(wanted.clone()));
    let after = house
        .http
        .answer(ask("POST", "https://good.example/"))
        .await;
    assert_eq!(after, Err(wanted));
    assert!(house.journal.begun.lock().unwrap().is_empty());
    assert_eq!(house.port.sent.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn placeholders_are_filled_for_the_port_alone() {
    let secrets = secrets();
    let (hook, key) = (secrets[0].placeholder(), secrets[1].placeholder());
    let house = house(Setting {
        secrets,
        ..Setting::default()
    });
    let mut asked = ask("POST", &format!("{hook}/messages/1?wait=true"));
    asked.headers = vec![("Authorization".into(), format!("Bearer {key}"))];
    asked.body = format!("{hook} {key}").into();
    house.http.answer(asked).await.unwrap();
    let mut elsewhere = ask("POST", "http://10.0.0.5:8080/");
    elsewhere.headers = vec![("Authorization".into(), format!("Bearer {key}"))];
    house.http.answer(elsewhere).await.unwrap();

    let sent = house.port.sent.lock().unwrap();
    let url = "https://good.example/hooks/CANARY-0123456789/messages/1?wait=true";
    assert_eq!(sent[0].url.as_str(), url);
    assert_eq!(sent[0].headers[0].1, "Bearer KEY-CANARY-0123");
    assert_eq!(sent[0].body, format!("{hook} {key}").into_bytes());
    assert_eq!(sent[1].headers[0].1, format!("Bearer {key}"));
    let begun = house.journal.begun.lock().unwrap();
    assert_eq!(
        begun[0],
        "POST https://good.example/[secret hook]/messages/1"
    );
}

#[tokio::test]
async fn answers_come_back_without_secrets() {
    let body = "{\"url\":\"https:\\/\\/good.example\\/hooks\\/CANARY-0123456789\",\"key\":\"KEY-CANARY-0123\"}";
    let headers = [
        ("location", "/hooks/CANARY-0123456789"),
        ("x-key", "S0VZLUNBTkFSWS0wMTIz"),
    ];
    let answer = Some(Ok(response(&headers, body)));
    let house = house(Setting {
        secrets: secrets(),
        answer,
        ..Setting::default()
    });
    let answer = house
        .http
        .answer(ask("GET", "https://good.example/"))
        .await
        .unwrap();
    assert_eq!(answer.headers[0].1, "[secret hook]");
    assert_eq!(answer.headers[1].1, "[secret key]");
    let body = String::from_utf8(answer.body).unwrap();
    assert_eq!(body, "{\"url\":\"[secret hook]\",\"key\":\"[secret key]\"}");
}

#[tokio::test]
async fn an_answer_that_cannot_be_scrubbed_is_not_asked_for_nor_given() {
    let secrets = secrets();
    let hook = secrets[0].placeholder();
    let answer = Some(Ok(response(&[("Content-Encoding", "gzip")], "…")));
    let house = house(Setting {
        secrets,
        answer,
        ..Setting::default()
    });
    for name in ["Accept-Encoding", "range", "If-Range"] {
        let mut asked = ask("GET", &hook);
        asked.headers = vec![(name.into(), "x".into())];
        let answer = house.http.answer(asked.clone()).await;
        assert!(
            matches!(&answer, Err(error) if error.kind == CapabilityErrorKind::Invalid),
            "{name}: {answer:?}"
        );
        asked.url = "https://good.example/".into();
        assert!(
            house.http.answer(asked).await.is_ok(),
            "{name}, without a secret"
        );
    }
    let answer = house.http.answer(ask("GET", &hook)).await;
    assert!(
        matches!(&answer, Err(error) if error.kind == CapabilityErrorKind::Other),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_secret_that_is_no_header_is_not_sent() {
    let origin = Origin::parse("https://good.example").unwrap();
    let secret = Secret::new(
        "key",
        SecretKind::Token,
        origin,
        "line-one\r\nX-Evil: line-two",
    )
    .unwrap();
    let marker = secret.placeholder();
    let house = house(Setting {
        secrets: vec![Arc::new(secret)],
        ..Setting::default()
    });
    let mut asked = ask("GET", "https://good.example/");
    asked.headers = vec![("x-key".into(), marker)];
    let error = house.http.answer(asked).await.unwrap_err();
    assert!(
        error.kind == CapabilityErrorKind::Invalid && !error.to_string().contains("line"),
        "{error}"
    );
    assert!(house.port.sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_error_of_the_port_reaches_the_plugin_redacted() {
    let text = "broken: https://good.example/hooks/CANARY-0123456789";
    for error in [
        Diagnostic::new("http.test", text).denied(),
        Diagnostic::new("http.test", text).timeout(),
        Diagnostic::new("http.test", text).unreachable(),
        Diagnostic::new("http.test", text).interrupted(),
        Diagnostic::new("http.test", text).other(),
    ] {
        let answer = Some(Err(error));
        let mut house = house(Setting {
            secrets: secrets(),
            answer,
            ..Setting::default()
        });
        let asked = ask("GET", "https://good.example/");
        let error = http::Host::send(&mut house.http, asked).await.unwrap_err();
        let seen = http::Host::convert_error(&mut house.http, error).unwrap();
        let shown = format!("{seen:?}");
        assert!(shown.contains("broken: [secret hook]"), "{shown}");
    }
}
