#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn carried(asked: &str, answered: &str) -> bool {
    let observations = Observations::of(ObservedDeployment {
        commit: Some(COMMIT.into()),
        origin: None,
    });
    observations.carries_commit(&Exchange {
        asked: vec![asked.as_bytes()],
        answered: vec![answered.as_bytes()],
    })
}

#[test]
fn b10_the_commit_is_found_whole_or_by_its_first_digits() {
    for answer in [
        format!("{{\"commit\": \"{COMMIT}\"}}"),
        "commit 0123456".to_owned(),
        "v1-0123456789AB".to_owned(),
    ] {
        assert!(carried("/version", &answer), "{answer}");
    }
}

#[test]
fn b10_an_echo_and_a_coincidence_are_not_it() {
    assert!(!carried(&format!("/?commit={COMMIT}"), COMMIT));
    let longer = format!("{COMMIT}0");
    for answer in ["012345", "ff0123456", "0123457", "", &longer] {
        assert!(!carried("/", answer), "{answer}");
    }
}

#[test]
fn b10_the_origin_of_the_plan_is_known_from_any_other() {
    let origin = |text: &str| Origin::parse(text).unwrap();
    let observations = Observations::of(ObservedDeployment {
        commit: None,
        origin: Some(origin("https://shop.example.org")),
    });
    assert!(observations.is_plans(&origin("https://shop.example.org:443")));
    for other in [
        "http://shop.example.org",
        "https://shop.example.org:8443",
        "http://127.0.0.1",
    ] {
        assert!(!observations.is_plans(&origin(other)), "{other}");
    }
}

#[test]
fn b5_what_was_seen_before_a_change_is_forgotten() {
    let observations = Observations::default();
    assert_eq!(observations.evidence(), None);
    observations.looked_at_containers();
    assert_eq!(observations.evidence(), Some(Evidence::Running));
    observations.answered(false);
    assert_eq!(observations.evidence(), Some(Evidence::Answering));
    observations.answered(true);
    observations.answered(false);
    assert_eq!(observations.evidence(), Some(Evidence::Verified));
    observations.changed();
    assert_eq!(observations.evidence(), None);
}
