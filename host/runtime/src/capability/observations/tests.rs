#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn origin(text: &str) -> Origin {
    Origin::parse(text).unwrap()
}

fn seen(at: &str, asked: &str, answered: &str) -> Option<Evidence> {
    let observations = Observations::of(ObservedDeployment {
        commit: Some(COMMIT.into()),
        origin: Some(origin("https://shop.example.org")),
    });
    observations.answered(&Exchange {
        origin: &origin(at),
        asked: vec![asked.as_bytes()],
        answered: vec![answered.as_bytes()],
    });
    observations.evidence()
}

#[test]
fn b10_the_commit_in_the_services_answer_proves_it() {
    for at in [
        "https://shop.example.org",
        "http://127.0.0.1:8080",
        "http://localhost:8080",
    ] {
        for answer in [
            format!("{{\"commit\": \"{COMMIT}\"}}"),
            "commit 0123456".to_owned(),
            "v1-0123456789AB".to_owned(),
        ] {
            assert_eq!(
                seen(at, "/version", &answer),
                Some(Evidence::Verified),
                "{at} {answer}"
            );
        }
    }
}

#[test]
fn b10_another_host_an_echo_and_a_coincidence_do_not() {
    let answering = Some(Evidence::Answering);
    assert_eq!(seen("https://forge.example.org", "/", COMMIT), answering);
    assert_eq!(seen("http://10.0.0.1", "/", COMMIT), answering);
    let echo = format!("/?commit={COMMIT}");
    assert_eq!(seen("http://127.0.0.1:1", &echo, COMMIT), answering);
    for answer in ["012345", "ff0123456", "0123457", ""] {
        assert_eq!(
            seen("http://127.0.0.1:1", "/", answer),
            answering,
            "{answer}"
        );
    }
    let longer = format!("{COMMIT}0");
    assert_eq!(seen("http://127.0.0.1:1", "/", &longer), answering);
}

#[test]
fn b5_what_was_seen_before_a_change_is_forgotten() {
    let observations = Observations::default();
    assert_eq!(observations.evidence(), None);
    observations.looked_at_containers();
    assert_eq!(observations.evidence(), Some(Evidence::Running));
    observations.changed();
    assert_eq!(observations.evidence(), None);
}
