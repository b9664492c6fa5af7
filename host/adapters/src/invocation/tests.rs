#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

const ID: &str = "1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c";

fn read(event: Option<&Path>, others: &[(&str, &str)]) -> Invocation {
    Invocation::read(|name| match (name, event) {
        ("GITHUB_EVENT_PATH", Some(path)) => Some(path.as_os_str().to_owned()),
        ("GITHUB_ACTIONS", _) => Some("true".into()),
        _ => {
            let found = others.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| value.into())
        }
    })
}

/// A job at [`ID`] with this event.
fn told(event: &str) -> Invocation {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), event).unwrap();
    read(
        Some(file.path()),
        &[("GITHUB_SHA", ID), ("GITHUB_ACTOR", "ada")],
    )
}

fn push(id: &str, message: &str) -> String {
    let author = serde_json::json!({ "name": "Ada", "email": "ada@example.org" });
    let head = serde_json::json!({ "id": id, "message": message, "author": author });
    serde_json::json!({ "ref": "refs/heads/main", "head_commit": head }).to_string()
}

#[test]
fn a_person_is_who_is_logged_in() {
    let actor = |variables: &'static [(&str, &str)]| {
        let find = |name: &str| {
            let found = variables.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| OsString::from(value))
        };
        let trigger = Invocation::read(find);
        assert!(trigger.warnings.is_empty() && trigger.commit.is_none());
        trigger.actor
    };
    assert_eq!(
        actor(&[("USER", "root"), ("SUDO_USER", "ada")]).as_deref(),
        Some("ada")
    );
    assert_eq!(
        actor(&[("USER", ""), ("LOGNAME", "eve")]).as_deref(),
        Some("eve")
    );
    assert_eq!(
        actor(&[("GITHUB_ACTIONS", "false"), ("GITHUB_ACTOR", "x")]),
        None
    );
}

#[test]
fn a_push_names_its_commit() {
    let trigger = told(&push(
        ID,
        "Fix \"bug\" in $(touch pwned)\u{1b}[2J\n\nand more",
    ));
    assert_eq!(trigger.warnings, []);
    assert_eq!(trigger.actor.as_deref(), Some("ada"));
    let commit = trigger.commit.unwrap();
    assert_eq!(commit.id, ID);
    assert_eq!(commit.subject, "Fix \"bug\" in $(touch pwned) [2J");
    assert_eq!(commit.author, "Ada");
}

#[test]
fn an_event_that_has_no_commit_leaves_the_jobs() {
    let other = push(&ID.replace('1', "2"), "Another one");
    for event in [
        r#"{"inputs":{"confirm":"DEPLOY"},"ref":"refs/heads/main"}"#,
        r#"{"head_commit":null}"#,
        &other,
    ] {
        let trigger = told(event);
        assert_eq!(trigger.warnings, [], "{event}");
        let commit = trigger.commit.unwrap();
        assert_eq!((commit.id.as_str(), commit.subject.as_str()), (ID, ""));
    }
}

#[test]
fn what_is_damaged_is_a_warning() {
    let warning = |trigger: Invocation| {
        assert_eq!(trigger.warnings.len(), 1, "{:?}", trigger.warnings);
        assert_eq!(trigger.commit.map(|commit| commit.id).as_deref(), Some(ID));
        trigger.warnings[0].to_string()
    };
    for event in [
        "",
        "{",
        "[]",
        "null",
        r#"{"head_commit":{"id":7}}"#,
        "\u{0}",
    ] {
        assert!(warning(told(event)).contains("understood"), "{event}");
    }
    let job = [("GITHUB_SHA", ID)];
    let folder = tempfile::tempdir().unwrap();
    let none = folder.path().join("none.json");
    assert!(warning(read(Some(&none), &job)).contains("cannot be read"));
    assert!(warning(read(Some(folder.path()), &job)).contains("regular file"));
    let pipe = folder.path().join("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    assert!(warning(read(Some(&pipe), &job)).contains("regular file"));
    let large = folder.path().join("large");
    let made = std::fs::File::create(&large).unwrap();
    made.set_len(LARGEST as u64 + 1).unwrap();
    assert!(warning(read(Some(&large), &job)).contains("25 MiB"));
    assert!(warning(read(None, &job)).contains("names no event"));
}

#[test]
fn a_commit_id_is_one() {
    for id in ["main", "-x", "", &ID[1..], &ID.to_uppercase()] {
        let trigger = read(None, &[("GITHUB_SHA", id)]);
        assert!(trigger.commit.is_none(), "{id}");
    }
}
