//! What is not granted, or not now, is denied: an answer that the plugin can read, never a trap, and
//! nothing reaches the world.

use deployhost_runtime::capabilities::EntryGrants;
use deployhost_runtime::capability::call::Phase;
use deployhost_runtime::capability::compose::ProjectName;
use deployhost_runtime::capability::containers::ContainersGrant;
use deployhost_runtime::capability::http::{HttpGrant, Methods, Origin};

use super::plugin_harness::PluginHarness;

const GET: &str = r#"{"do": "get", "text": "http://granted.example/page"}"#;
const POST: &str = r#"{"do": "post", "text": "http://granted.example/page"}"#;

fn granted(phase: Phase) -> PluginHarness {
    let grant = HttpGrant {
        origin: Origin::parse("http://granted.example").unwrap(),
        methods: Methods::Any,
        private: false,
    };
    PluginHarness {
        grants: EntryGrants {
            http: vec![grant],
            containers: vec![ContainersGrant {
                project: ProjectName::new("misbehaving").unwrap(),
                services: None,
                files: Vec::new(),
            }],
            ..EntryGrants::default()
        },
        phase,
        ..PluginHarness::default()
    }
}

/// The trick's answer while planning.
fn planned(harness: &PluginHarness, config: &str) -> String {
    harness.plan(config).unwrap().unwrap().actions.remove(0).0
}

#[test]
fn nothing_is_granted_by_itself() {
    let harness = PluginHarness::default();
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
            r#"{"do": "list", "text": "misbehaving"}"#,
            "Err(Error::Denied(\"project misbehaving is not granted",
        ),
        (
            r#"{"do": "restart", "text": "0123456789ab"}"#,
            "Err(Error::",
        ),
    ] {
        let output = harness.says(config);
        assert!(output.starts_with(denied), "{config}: {output}");
    }
    assert!(harness.requests().is_empty() && harness.effects().is_empty());
}

#[test]
fn a_grant_is_for_its_origin_alone() {
    let harness = granted(Phase::Acting);
    assert_eq!(harness.says(GET), "answered 204");
    for other in [
        "https://granted.example/",
        "http://granted.example:8080/",
        "http://granted.example.evil/",
        "http://evil@granted.example.evil/",
    ] {
        let output = harness.says(&format!(r#"{{"do": "get", "text": "{other}"}}"#));
        assert!(
            output.starts_with("Error::Denied(") || output.starts_with("Error::Invalid("),
            "{other}: {output}"
        );
    }
    assert_eq!(harness.requests(), ["GET http://granted.example/page"]);
}

#[test]
fn planning_reads_and_does_not_act() {
    let harness = granted(Phase::Reading);
    assert_eq!(planned(&harness, GET), "answered 204");
    let output = planned(&harness, POST);
    assert!(output.starts_with("Error::Denied("), "{output}");
    assert!(output.contains("not while planning"), "{output}");
    assert_eq!(harness.requests(), ["GET http://granted.example/page"]);
    assert!(harness.effects().is_empty());
}

#[test]
fn acting_is_written_down_before_it_is_done() {
    let harness = granted(Phase::Acting);
    assert_eq!(harness.says(POST), "answered 204");
    assert_eq!(harness.effects(), ["POST http://granted.example/page"]);
    assert_eq!(harness.requests(), ["POST http://granted.example/page"]);
    // Reading is no effect.
    harness.says(GET);
    assert_eq!(harness.effects().len(), 1);
}

#[test]
fn checking_reads_nothing() {
    let harness = granted(Phase::Acting);
    for config in [GET, POST, r#"{"do": "list", "text": "misbehaving"}"#] {
        let found = harness.check(config).unwrap();
        assert_eq!(found[0].pointer, "/do");
        let output = &found[0].diagnostic.message;
        assert!(output.contains("Denied(\"nothing may be read"), "{output}");
    }
    assert!(harness.requests().is_empty() && harness.effects().is_empty());
}
