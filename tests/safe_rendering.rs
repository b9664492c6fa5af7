//! A commit's Compose file names a file of the machine: Compose would open it and quote it, so nothing
//! of it may be heard anywhere.

use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::fixture::compose::greeting;
use crate::fixture::{Fixture, PlanEntry};

/// A line of a file that only this machine's owner reads.
const LINE: &str = "marker0x5f3759df:$y$j9T$salt:19000:0:99999";

/// Every file below a folder that has the line in it.
fn holding(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map_while(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(holding(&path));
        } else if let Ok(bytes) = std::fs::read(&path)
            && String::from_utf8_lossy(&bytes).contains("marker0x5f3759df")
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn b9_no_line_of_a_file_of_the_machine_is_told() {
    let mut fixture = Fixture::new("rendering");
    let discord = fixture.discord();
    fixture
        .plan
        .notifiers
        .push(PlanEntry::discord("discord-notify"));
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("shadow");
    std::fs::write(&secret, format!("{LINE}\nsecond {LINE}\n")).unwrap();
    let secret = secret.to_str().unwrap();

    fixture.commit("Good", &[("compose.yml", &greeting("hello"))]);
    fixture.run().exits(0);
    let before = fixture.container("web");

    let good = greeting("hello");
    let with = |key: &str| {
        greeting("hello").replace("    environment", &format!("    {key}\n    environment"))
    };
    const OUTSIDE: &str = "a file that Compose reads lies outside of the work tree";
    for (what, text, words) in [
        ("include", format!("{good}include: ['{secret}']\n"), OUTSIDE),
        (
            "extends",
            with(&format!("extends: {{ file: '{secret}', service: web }}")),
            OUTSIDE,
        ),
        ("env_file", with(&format!("env_file: '{secret}'")), OUTSIDE),
        (
            "label_file",
            with(&format!("label_file: ['{secret}']")),
            OUTSIDE,
        ),
        (
            "link",
            with("env_file: link.env"),
            "symbolic links in the commit",
        ),
    ] {
        if what == "link" {
            symlink(secret, fixture.path("developer/link.env")).unwrap();
        }
        fixture.commit(what, &[("compose.yml", &text)]);
        fixture
            .run()
            .exits(2)
            .says(words)
            .never_says("marker0x5f3759df");
        assert_eq!(fixture.container("web"), before, "{what}");
    }
    std::fs::remove_file(fixture.path("developer/link.env")).unwrap();
    // What a container mounts is its own affair: it is mounted, compared, and never told.
    for line in [LINE, "another marker0x5f3759df"] {
        std::fs::write(secret, line).unwrap();
        let mounted =
            with("configs: [told]") + &format!("configs: {{ told: {{ file: '{secret}' }} }}\n");
        fixture.commit("Mounted", &[("compose.yml", &mounted)]);
        fixture.run().exits(0).never_says("marker0x5f3759df");
        assert_ne!(fixture.container("web"), before);
    }
    assert_eq!(holding(&fixture.state()), Vec::<String>::new());
    let messages = discord.messages();
    assert!(messages.len() > 5, "{messages:?}");
    for message in messages {
        assert!(!format!("{message:?}").contains("marker0x5f3759df"));
    }
}

#[test]
fn b9_a_compose_file_from_elsewhere_is_not_fetched() {
    let fixture = Fixture::new("remote");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    fixture.commit("Good", &[("compose.yml", &greeting("hello"))]);
    fixture.run().exits(0);
    let before = fixture.container("web");
    let good = greeting("hello");
    for remote in [
        format!("http://{address}/compose.yml"),
        format!("https://{address}/a/b.git"),
        format!("oci://{address}/a"),
    ] {
        let text = format!("{good}include: ['{remote}']\n");
        fixture.commit("Remote", &[("compose.yml", &text)]);
        fixture
            .run()
            .exits(2)
            .says("a Compose file from elsewhere is not fetched");
        assert_eq!(fixture.container("web"), before);
    }
    assert!(listener.accept().is_err(), "somebody asked for it");
}
