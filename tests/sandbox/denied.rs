//! What is not granted, or not now, is denied: an answer that the plugin can read, never a trap, and
//! nothing reaches the world.

use deployhost_runtime::capability::call::Phase;
use deployhost_runtime::capability::compose::ProjectName;
use deployhost_runtime::capability::containers;
use deployhost_runtime::capability::http::{Grant, Methods, Origin};
use deployhost_runtime::sandbox::Granted;

use super::yard::Yard;

const GET: &str = r#"{"do": "get", "text": "http://granted.example/page"}"#;
const POST: &str = r#"{"do": "post", "text": "http://granted.example/page"}"#;

fn granted(phase: Phase) -> Yard {
    let grant = Grant {
        origin: Origin::parse("http://granted.example").unwrap(),
        methods: Methods::Any,
        private: false,
    };
    Yard {
        granted: Granted {
            http: vec![grant],
            containers: vec![containers::Grant {
                project: ProjectName::new("zoo").unwrap(),
                services: None,
                files: Vec::new(),
            }],
            ..Granted::default()
        },
        phase,
        ..Yard::default()
    }
}

/// The trick's answer while planning.
fn planned(yard: &Yard, config: &str) -> String {
    yard.plan(config).unwrap().unwrap().actions.remove(0).0
}

#[test]
fn nothing_is_granted_by_itself() {
    let yard = Yard::default();
    for (config, denied) in [
        (
            GET,
            "Error::Denied(\"GET http://granted.example is not granted",
        ),
        (
            POST,
            "Error::Denied(\"POST http://granted.example is not granted",
        ),
        (
            r#"{"do": "list", "text": "zoo"}"#,
            "Err(Error::Denied(\"project zoo is not granted",
        ),
        (
            r#"{"do": "restart", "text": "0123456789ab"}"#,
            "Err(Error::",
        ),
    ] {
        let said = yard.says(config);
        assert!(said.starts_with(denied), "{config}: {said}");
    }
    assert!(yard.requests().is_empty() && yard.effects().is_empty());
}

#[test]
fn a_grant_is_for_its_origin_alone() {
    let yard = granted(Phase::Acting);
    assert_eq!(yard.says(GET), "answered 204");
    for other in [
        "https://granted.example/",
        "http://granted.example:8080/",
        "http://granted.example.evil/",
        "http://evil@granted.example.evil/",
    ] {
        let said = yard.says(&format!(r#"{{"do": "get", "text": "{other}"}}"#));
        assert!(
            said.starts_with("Error::Denied(") || said.starts_with("Error::Invalid("),
            "{other}: {said}"
        );
    }
    assert_eq!(yard.requests(), ["GET http://granted.example/page"]);
}

#[test]
fn planning_reads_and_does_not_act() {
    let yard = granted(Phase::Reading);
    assert_eq!(planned(&yard, GET), "answered 204");
    let said = planned(&yard, POST);
    assert!(said.starts_with("Error::Denied("), "{said}");
    assert!(said.contains("not while planning"), "{said}");
    assert_eq!(yard.requests(), ["GET http://granted.example/page"]);
    assert!(yard.effects().is_empty());
}

#[test]
fn acting_is_written_down_before_it_is_done() {
    let yard = granted(Phase::Acting);
    assert_eq!(yard.says(POST), "answered 204");
    assert_eq!(yard.effects(), ["POST http://granted.example/page"]);
    assert_eq!(yard.requests(), ["POST http://granted.example/page"]);
    // Reading is no effect.
    yard.says(GET);
    assert_eq!(yard.effects().len(), 1);
}

#[test]
fn checking_reads_nothing() {
    let yard = granted(Phase::Acting);
    for config in [GET, POST, r#"{"do": "list", "text": "zoo"}"#] {
        let found = yard.check(config).unwrap();
        assert_eq!(found[0].pointer, "/do");
        let said = &found[0].message;
        assert!(said.contains("Denied(\"nothing may be read"), "{said}");
    }
    assert!(yard.requests().is_empty() && yard.effects().is_empty());
}
