//! Texts that others wrote (commits, authors, branches, files, whoever deploys), and what they would
//! do to a shell, a terminal, a channel or a program that reads them.

use std::path::{Path, PathBuf};
use std::process::Command;

use hello_server::{Discord, Message};
use serde_json::{Value, json};

use super::terminal;
use crate::fixture::page::Served;
use crate::fixture::repository::git;
use crate::fixture::{Fixture, PlanEntry, RunningCommand, docker};
use crate::github::gha_fixture::GhaFixture;
use crate::support::program;

/// Longest text that the environment takes as one value.
const LONGEST: usize = 100_000;

struct HostileFixture {
    fixture: Fixture,
    discord: Discord,
    _served: Served,
}

impl HostileFixture {
    fn new(word: &str) -> Self {
        let mut fixture = Fixture::without_containers(word);
        let discord = tell(&mut fixture);
        fixture.plan.set("health", "expect", "{ text = \"good\" }");
        fixture.plan.set("health", "start_period", "\"100ms\"");
        fixture.plan.set("health", "attempts", "1");
        fixture.plan.set("health", "consecutive", "1");
        fixture.plan.set("health", "interval", "\"100ms\"");
        let page = fixture.tree().join("page");
        let served = Served::on(fixture.port, move || {
            std::fs::read_to_string(&page).unwrap_or_default()
        });
        Self {
            fixture,
            discord,
            _served: served,
        }
    }

    /// A commit of that message and author, whose page is good or is not.
    fn commit(&self, message: &[u8], author: &str, page: &str) {
        let developer = self.fixture.path("developer");
        std::fs::write(developer.join("page"), page).unwrap();
        let file = self.fixture.path("message");
        std::fs::write(&file, message).unwrap();
        let (file, author) = (file.to_str().unwrap(), format!("user.name=A {author}"));
        git(&developer, &["add", "--all"]);
        let verbatim = [
            "--cleanup=verbatim",
            "--allow-empty",
            "--allow-empty-message",
        ];
        let words = ["-c", &author, "commit", "--quiet", "--file", file];
        git(&developer, &[&words[..], &verbatim].concat());
        let remote = self.fixture.remote().to_str().unwrap();
        git(
            &developer,
            &["push", "--quiet", remote, "HEAD:refs/heads/main"],
        );
    }

    /// Every command that tells of the past reads it again, and steers nothing.
    fn can_look_back(&self) {
        let all = self.fixture.asks("history", &["--json"]).exits(0).events();
        let last = all.last().unwrap()["run"].as_str().unwrap().to_owned();
        self.fixture
            .asks("show", &[&last, "--json", "--logs"])
            .exits(0)
            .events();
        for (command, options) in [
            ("show", &[last.as_str(), "--logs"][..]),
            ("history", &[]),
            ("status", &[]),
        ] {
            let output = self.fixture.asks(command, options);
            terminal::is_steered_by_nobody(&output.out);
            let _ended = output.exits(0);
        }
    }

    /// Nothing was run, and nobody was called.
    fn is_unharmed(&self) {
        assert_eq!(called_pwned(&self.fixture.path("")), Vec::<PathBuf>::new());
        for message in self.discord.messages() {
            harms_nobody(&message);
        }
    }
}

/// Has the plan tell a channel of its own.
fn tell(fixture: &mut Fixture) -> Discord {
    let discord = fixture.discord();
    fixture
        .plan
        .notifiers
        .push(PlanEntry::discord("discord-notify"));
    discord
}

/// The same command with a terminal as its standard output, and what it wrote there.
fn on_a_terminal(fixture: &Fixture, command: &Command) -> (i32, String) {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<String> = words
        .map(|word| format!("'{}'", word.to_str().unwrap().replace('\'', "'\\''")))
        .collect();
    let mut script = Command::new("script");
    script
        .args([
            "--quiet",
            "--return",
            "--command",
            &format!("stty cols 100; {}", words.join(" ")),
            "/dev/null",
        ])
        .current_dir(fixture.path(""))
        .env_clear()
        .env("TERM", "xterm-256color")
        .env("SHELL", "/bin/sh");
    for (name, value) in command.get_envs() {
        script.envs(value.map(|value| (name, value)));
    }
    let ran = RunningCommand::start(script, fixture.limit()).end();
    (ran.status.code().unwrap_or(-1), ran.out)
}

fn texts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/canary/texts")
}

/// By name; and one of a mebibyte, which needs no file.
fn messages() -> Vec<(PathBuf, Vec<u8>)> {
    let mut messages: Vec<_> = std::fs::read_dir(texts().join("messages"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    messages.sort();
    assert!(messages.len() > 15, "{messages:?}");
    messages.push((
        "a mebibyte".into(),
        "@everyone ".repeat(104_858).into_bytes(),
    ));
    messages
}

/// The beginnings of all of them on one line.
fn all_at_once() -> String {
    let mut all = String::new();
    for (_, message) in messages() {
        let text = String::from_utf8_lossy(&message).replace(['\0', '\n', '\r'], " ");
        all += &text[..text.floor_char_boundary(200)];
    }
    all
}

/// Everything below a folder that has the name which the texts would give a file.
fn called_pwned(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().is_some_and(|name| name == "pwned") {
            found.push(path.clone());
        }
        if path.is_dir() && !path.is_symlink() {
            found.extend(called_pwned(&path));
        }
    }
    found
}

/// As Discord would take it: nobody is called, nothing is a link, and it is not refused.
fn harms_nobody(message: &Message) {
    let Message { body, .. } = message;
    let content = message.content();
    assert_eq!(body["allowed_mentions"], json!({ "parse": [] }), "{body}");
    assert!(
        content.encode_utf16().count() <= hello_server::CONTENT,
        "{body}"
    );
    let text = content.replace('\n', " ");
    assert!(!text.chars().any(terminal::steers), "{content:?}");
    let members = body.as_object().unwrap().keys();
    let known = ["allowed_mentions", "content", "flags", "username"];
    assert!(
        members.clone().all(|key| known.contains(&key.as_str())),
        "{body}"
    );
    // What is escaped is no longer there as it was; what is in a code block is text.
    let shown: String = content.split("```").step_by(2).collect();
    for alive in [
        "@everyone",
        "@here",
        "<@",
        "<#",
        "</deploy",
        "<:x",
        "](http",
        "||spoiler",
        "**bold",
    ] {
        let dead = format!("\\{alive}");
        let rest = shown.replace(&dead, "");
        assert!(!rest.contains(alive), "{alive} in {content}");
    }
}

#[test]
fn no_commit_message_or_author_does_anything() {
    let mut hostile = HostileFixture::new("hostile");
    hostile.commit(b"First", "", "good");
    hostile.fixture.run().exits(0);
    for (number, (path, message)) in messages().into_iter().enumerate() {
        let text = String::from_utf8_lossy(&message).replace('\0', "");
        let author = text.lines().next().unwrap_or_default();
        let author = &author[..author.floor_char_boundary(LONGEST)];
        let text = &text[..text.floor_char_boundary(LONGEST)];
        hostile
            .fixture
            .environment
            .retain(|(name, _)| *name != "USER");
        hostile.fixture.environment.push(("USER", text.to_owned()));
        hostile.commit(&message, author, &format!("good {number} {text}"));
        let command = hostile.fixture.command(&hostile.fixture.plan, "run", &[]);
        let (code, shown) = on_a_terminal(&hostile.fixture, &command);
        assert_eq!(code, 0, "{path:?}: {shown}");
        assert!(shown.contains("succeeded"), "{path:?}: {shown}");
        terminal::is_steered_by_nobody(&shown);
    }
    // What the way back leads to is named, too.
    for (page, code) in [("good", 0), ("bad", 4)] {
        hostile.commit(all_at_once().as_bytes(), "", page);
        let run = hostile.fixture.run_with(&["--json"]);
        terminal::is_steered_by_nobody(&run.out);
        run.exits(code).events();
    }
    hostile.is_unharmed();
    hostile.can_look_back();
    // One of the beginning and one of the end of each: none was refused, and none was cut off.
    assert_eq!(hostile.discord.messages().len(), 2 * (3 + messages().len()));
}

#[test]
fn no_name_of_a_branch_or_a_file_does_anything() {
    let mut hostile = HostileFixture::new("names");
    let developer = hostile.fixture.path("developer");
    let files = std::fs::read_to_string(texts().join("files.txt")).unwrap();
    for name in files.lines() {
        let name: Value = serde_json::from_str(name).unwrap();
        std::fs::write(developer.join(name.as_str().unwrap()), "x").unwrap();
    }
    hostile.commit(b"First", "", "good");
    hostile.fixture.run().exits(0);
    // What lies in the way of a file is named to people.
    for name in files.lines() {
        let name: Value = serde_json::from_str(name).unwrap();
        let name = format!("{}-later", name.as_str().unwrap());
        std::fs::write(developer.join(&name), "theirs").unwrap();
        std::fs::write(hostile.fixture.tree().join(&name), "mine").unwrap();
    }
    hostile.commit(b"In the way", "", "good");
    let command = hostile.fixture.command(&hostile.fixture.plan, "run", &[]);
    let (code, shown) = on_a_terminal(&hostile.fixture, &command);
    assert_eq!(code, 3, "{shown}");
    terminal::is_steered_by_nobody(&shown);
    git(&hostile.fixture.tree(), &["clean", "--quiet", "--force"]);

    let branches = std::fs::read_to_string(texts().join("branches.txt")).unwrap();
    for (number, branch) in branches.lines().enumerate() {
        let to = format!("HEAD:refs/heads/{branch}");
        hostile.commit(b"On a branch", "", &format!("good {number}"));
        git(
            &developer,
            &[
                "push",
                "--quiet",
                hostile.fixture.remote().to_str().unwrap(),
                &to,
            ],
        );
        hostile.fixture.plan.set("code", "ref", &toml_text(branch));
        let command = hostile.fixture.command(&hostile.fixture.plan, "run", &[]);
        let (code, shown) = on_a_terminal(&hostile.fixture, &command);
        // It is deployed, or refused for its name.
        assert!([0, 2, 3].contains(&code), "{branch}: {shown}");
        terminal::is_steered_by_nobody(&shown);
    }
    hostile.is_unharmed();
    hostile.can_look_back();
}

/// As a TOML text, which may hold no character that turns the plan's own text around.
fn toml_text(text: &str) -> String {
    format!("'''{text}'''")
}

/// Everything at once, through the example's own plan, app and containers.
#[test]
fn the_example_is_not_moved_by_it() {
    let mut fixture = Fixture::new("hello");
    let discord = tell(&mut fixture);
    let hello = program::repository().join("examples/hello");
    let meant = |text: String| {
        text.replace("http://127.0.0.1:18081", &discord.origin())
            .replace("18080", &fixture.port.to_string())
            .replace("deployhost-hello/busybox", docker::BASE)
            .replace("deployhost-hello", &fixture.name)
    };
    let read = |path: &str| meant(std::fs::read_to_string(hello.join(path)).unwrap());
    let plan = read("plan.toml");
    let all = all_at_once();
    for (page, code) in [("Hello, world", 0), ("Oops", 4)] {
        let index = read("app/www/index.html").replace("Hello, world", page);
        let files = [
            ("Dockerfile", read("app/Dockerfile")),
            ("compose.yml", read("app/compose.yml")),
            ("www/index.html", index),
        ];
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| (*path, text.as_str()))
            .collect();
        fixture.commit(&all, &files);
        let mut command = fixture.command(&fixture.plan, "run", &["--confirm", "DEPLOY"]);
        std::fs::write(fixture.path("test.toml"), &plan).unwrap();
        command.env("USER", &all);
        let (ended, shown) = on_a_terminal(&fixture, &command);
        assert_eq!(ended, code, "{shown}");
        terminal::is_steered_by_nobody(&shown);
    }
    assert!(
        fixture.page().contains("Hello, world"),
        "{}",
        fixture.page()
    );
    assert_eq!(called_pwned(&fixture.path("")), Vec::<PathBuf>::new());
    assert_eq!(discord.messages().len(), 4);
    discord.messages().iter().for_each(harms_nobody);
}

/// The same through the workflows of the other, whose runner would obey what commands it.
#[test]
fn no_job_is_moved_by_it() {
    let machine = GhaFixture::new("jobs");
    let all = all_at_once();
    let sha = machine.push(&all, &[]);
    let job = machine.pushed(&sha, &all).exits(0);
    assert_eq!(machine.preprod(), sha);
    let broken = machine.push(&all, &[("10_preprod/src/index.html", "Oops\n")]);
    let back = machine.pushed(&broken, &all).exits(4);
    assert_eq!(machine.preprod(), sha);
    let cancelled = machine.confirmed(&sha, &all).exits(6);
    for job in [job, back, cancelled] {
        assert_eq!(job.annotations.len(), 1, "{:?}", job.annotations);
        terminal::is_steered_by_nobody(&job.log);
        terminal::is_steered_by_nobody(&job.summary);
    }
    assert_eq!(
        called_pwned(&machine.fixture.path("")),
        Vec::<PathBuf>::new()
    );
    let messages = machine.discord.messages();
    assert!(messages.len() > 4, "{messages:?}");
    messages.iter().for_each(harms_nobody);
}
