//! Texts that others wrote (commits, authors, branches, files, whoever deploys), and what they would
//! do to a shell, a terminal, a channel or a program that reads them.

use std::path::{Path, PathBuf};
use std::process::Command;

use hello_server::{Discord, Message};
use serde_json::{Value, json};

use super::terminal;
use crate::github::stage::Stage as Machine;
use crate::site::page::Served;
use crate::site::repository::git;
use crate::site::{Entry, Live, Site, docker, program};

/// Longest text that the environment takes as one value.
const LONGEST: usize = 100_000;

struct Stage {
    site: Site,
    discord: Discord,
    _served: Served,
}

impl Stage {
    fn new(word: &str) -> Self {
        let mut site = Site::without_containers(word);
        let discord = tell(&mut site);
        site.plan.set("health", "expect", "{ text = \"good\" }");
        site.plan.set("health", "start_period", "\"100ms\"");
        site.plan.set("health", "attempts", "1");
        site.plan.set("health", "consecutive", "1");
        site.plan.set("health", "interval", "\"100ms\"");
        let page = site.tree().join("page");
        let served = Served::on(site.port, move || {
            std::fs::read_to_string(&page).unwrap_or_default()
        });
        Self {
            site,
            discord,
            _served: served,
        }
    }

    /// A commit of that message and author, whose page is good or is not.
    fn commit(&self, message: &[u8], author: &str, page: &str) {
        let developer = self.site.path("developer");
        std::fs::write(developer.join("page"), page).unwrap();
        let file = self.site.path("message");
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
        let remote = self.site.remote().to_str().unwrap();
        git(
            &developer,
            &["push", "--quiet", remote, "HEAD:refs/heads/main"],
        );
    }

    /// Every command that tells of the past reads it again, and steers nothing.
    fn can_look_back(&self) {
        let all = self.site.asks("history", &["--json"]).exits(0).events();
        let last = all.last().unwrap()["run"].as_str().unwrap().to_owned();
        self.site
            .asks("show", &[&last, "--json", "--logs"])
            .exits(0)
            .events();
        for (command, options) in [
            ("show", &[last.as_str(), "--logs"][..]),
            ("history", &[]),
            ("status", &[]),
        ] {
            let said = self.site.asks(command, options);
            terminal::is_steered_by_nobody(&said.out);
            let _ended = said.exits(0);
        }
    }

    /// Nothing was run, and nobody was called.
    fn is_unharmed(&self) {
        assert_eq!(called_pwned(&self.site.path("")), Vec::<PathBuf>::new());
        for message in self.discord.messages() {
            harms_nobody(&message);
        }
    }
}

/// Has the plan tell a channel of its own.
fn tell(site: &mut Site) -> Discord {
    let discord = Discord::listen("127.0.0.1:0", |_| {}).unwrap();
    site.plan.discord = Some(discord.origin());
    let webhook = ("DISCORD_WEBHOOK_URL", discord.webhook());
    site.environment.push(webhook);
    site.plan.notifiers.push(Entry::discord("discord-notify"));
    discord
}

/// The same command with a terminal as its standard output, and what it wrote there.
fn on_a_terminal(site: &Site, command: &Command) -> (i32, String) {
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
        .current_dir(site.path(""))
        .env_clear()
        .env("TERM", "xterm-256color")
        .env("SHELL", "/bin/sh");
    for (name, value) in command.get_envs() {
        script.envs(value.map(|value| (name, value)));
    }
    let ran = Live::start(script).end();
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
    let mut stage = Stage::new("hostile");
    stage.commit(b"First", "", "good");
    stage.site.run().exits(0);
    for (number, (path, message)) in messages().into_iter().enumerate() {
        let text = String::from_utf8_lossy(&message).replace('\0', "");
        let author = text.lines().next().unwrap_or_default();
        let author = &author[..author.floor_char_boundary(LONGEST)];
        let text = &text[..text.floor_char_boundary(LONGEST)];
        stage.site.environment.retain(|(name, _)| *name != "USER");
        stage.site.environment.push(("USER", text.to_owned()));
        stage.commit(&message, author, &format!("good {number} {text}"));
        let command = stage.site.command(&stage.site.plan, "run", &[]);
        let (code, shown) = on_a_terminal(&stage.site, &command);
        assert_eq!(code, 0, "{path:?}: {shown}");
        assert!(shown.contains("succeeded"), "{path:?}: {shown}");
        terminal::is_steered_by_nobody(&shown);
    }
    // What the way back leads to is named, too.
    for (page, code) in [("good", 0), ("bad", 4)] {
        stage.commit(all_at_once().as_bytes(), "", page);
        let run = stage.site.run_with(&["--json"]);
        terminal::is_steered_by_nobody(&run.out);
        run.exits(code).events();
    }
    stage.is_unharmed();
    stage.can_look_back();
    // One of the beginning and one of the end of each: none was refused, and none was cut off.
    assert_eq!(stage.discord.messages().len(), 2 * (3 + messages().len()));
}

#[test]
fn no_name_of_a_branch_or_a_file_does_anything() {
    let mut stage = Stage::new("names");
    let developer = stage.site.path("developer");
    let files = std::fs::read_to_string(texts().join("files.txt")).unwrap();
    for name in files.lines() {
        let name: Value = serde_json::from_str(name).unwrap();
        std::fs::write(developer.join(name.as_str().unwrap()), "x").unwrap();
    }
    stage.commit(b"First", "", "good");
    stage.site.run().exits(0);
    // What lies in the way of a file is named to people.
    for name in files.lines() {
        let name: Value = serde_json::from_str(name).unwrap();
        let name = format!("{}-later", name.as_str().unwrap());
        std::fs::write(developer.join(&name), "theirs").unwrap();
        std::fs::write(stage.site.tree().join(&name), "mine").unwrap();
    }
    stage.commit(b"In the way", "", "good");
    let command = stage.site.command(&stage.site.plan, "run", &[]);
    let (code, shown) = on_a_terminal(&stage.site, &command);
    assert_eq!(code, 3, "{shown}");
    terminal::is_steered_by_nobody(&shown);
    git(&stage.site.tree(), &["clean", "--quiet", "--force"]);

    let branches = std::fs::read_to_string(texts().join("branches.txt")).unwrap();
    for (number, branch) in branches.lines().enumerate() {
        let to = format!("HEAD:refs/heads/{branch}");
        stage.commit(b"On a branch", "", &format!("good {number}"));
        git(
            &developer,
            &[
                "push",
                "--quiet",
                stage.site.remote().to_str().unwrap(),
                &to,
            ],
        );
        stage.site.plan.set("code", "ref", &toml_text(branch));
        let command = stage.site.command(&stage.site.plan, "run", &[]);
        let (code, shown) = on_a_terminal(&stage.site, &command);
        // It is deployed, or refused for its name.
        assert!([0, 2, 3].contains(&code), "{branch}: {shown}");
        terminal::is_steered_by_nobody(&shown);
    }
    stage.is_unharmed();
    stage.can_look_back();
}

/// As a TOML text, which may hold no character that turns the plan's own text around.
fn toml_text(text: &str) -> String {
    format!("'''{text}'''")
}

/// Everything at once, through the example's own plan, app and containers.
#[test]
fn the_example_is_not_moved_by_it() {
    let mut site = Site::new("hello");
    let discord = tell(&mut site);
    let hello = program::repository().join("examples/hello");
    let meant = |text: String| {
        text.replace("http://127.0.0.1:18081", &discord.origin())
            .replace("18080", &site.port.to_string())
            .replace("deployhost-hello/busybox", docker::BASE)
            .replace("deployhost-hello", &site.name)
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
        site.commit(&all, &files);
        let mut command = site.command(&site.plan, "run", &["--confirm", "DEPLOY"]);
        std::fs::write(site.path("test.toml"), &plan).unwrap();
        command.env("USER", &all);
        let (ended, shown) = on_a_terminal(&site, &command);
        assert_eq!(ended, code, "{shown}");
        terminal::is_steered_by_nobody(&shown);
    }
    assert!(site.page().contains("Hello, world"), "{}", site.page());
    assert_eq!(called_pwned(&site.path("")), Vec::<PathBuf>::new());
    assert_eq!(discord.messages().len(), 4);
    discord.messages().iter().for_each(harms_nobody);
}

/// The same through the workflows of the other, whose runner would obey what commands it.
#[test]
fn no_job_is_moved_by_it() {
    let machine = Machine::new("jobs");
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
    assert_eq!(called_pwned(&machine.site.path("")), Vec::<PathBuf>::new());
    let messages = machine.discord.messages();
    assert!(messages.len() > 4, "{messages:?}");
    messages.iter().for_each(harms_nobody);
}
