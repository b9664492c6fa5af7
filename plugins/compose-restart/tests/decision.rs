//! The words for each decision.

use compose_restart::decision::{Decision, Preparation, Verb, listed, short_commit, short_image};

fn what(preparation: Preparation, verb: Verb) -> Option<String> {
    let why = String::new();
    Decision {
        service: "app".into(),
        verb,
        preparation,
        why,
    }
    .what()
}

#[test]
fn the_words_for_each() {
    use Preparation::{Another, Build, None as Ready, Pull, Retag};
    const RECREATE: Verb = Verb::Recreate;
    for (preparation, verb, words) in [
        (Ready, Verb::Leave, None),
        (Ready, Verb::Restart, Some("restart app")),
        (Ready, RECREATE, Some("recreate app")),
        (Ready, Verb::Create, Some("create app")),
        (Ready, Verb::Stop, Some("stop app")),
        (
            Build { sure: true },
            Verb::Leave,
            Some("build and recreate app"),
        ),
        (
            Build { sure: false },
            Verb::Leave,
            Some("at most: build and recreate app"),
        ),
        (
            Build { sure: false },
            Verb::Restart,
            Some("at most: build and recreate app"),
        ),
        (
            Build { sure: false },
            RECREATE,
            Some("build and recreate app"),
        ),
        (
            Build { sure: true },
            Verb::Create,
            Some("build and create app"),
        ),
        (Pull, Verb::Leave, Some("at most: recreate app")),
        (Pull, RECREATE, Some("recreate app")),
        (Pull, Verb::Create, Some("create app")),
        (Retag, Verb::Restart, Some("at most: recreate app")),
        (Retag, RECREATE, Some("recreate app")),
        (Ready, Verb::Scale, Some("scale app")),
        (Another, Verb::Leave, Some("at most: recreate app")),
        (Another, RECREATE, Some("recreate app")),
    ] {
        assert_eq!(
            what(preparation, verb).as_deref(),
            words,
            "{preparation:?} {verb:?}"
        );
    }
}

#[test]
fn lists_read_as_people_write_them() {
    let list = |words: &[&str]| listed(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>());
    assert_eq!(list(&[]), "");
    assert_eq!(list(&["a"]), "a");
    assert_eq!(list(&["a", "b"]), "a and b");
    assert_eq!(list(&["a", "b", "c"]), "a, b and c");
}

#[test]
fn ids_are_shown_short() {
    assert_eq!(short_image("sha256:0123456789abcdef"), "0123456789ab");
    assert_eq!(short_image("odd"), "odd");
    assert_eq!(short_commit("0123456789"), "0123456");
}
