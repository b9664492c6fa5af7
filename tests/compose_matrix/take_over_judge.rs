//! A stack that was there before, taken over: by a deployment that succeeds, and by one that breaks
//! and goes back. Whatever ran is either there again just as it was, or replaced by what was asked for
//! with its port and its data.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::compose_version::ComposeVersion;
use crate::fixture::Fixture;
use crate::fixture::docker::{docker, shown};
use crate::fixture::page;
use crate::fixture::wait::wait_until;
use crate::way::{Ending, Way};

/// One of the matrix.
#[derive(Debug, Clone, Copy)]
pub struct TakeOver {
    pub way: Way,
    pub ending: Ending,
    pub health: bool,
}

impl TakeOver {
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for way in Way::ALL {
            for ending in [Ending::Succeeds, Ending::Breaks] {
                for health in [true, false] {
                    all.push(Self {
                        way,
                        ending,
                        health,
                    });
                }
            }
        }
        all
    }

    pub fn name(&self) -> String {
        let ending = match self.ending {
            Ending::Succeeds => "succeeds",
            Ending::Breaks => "breaks",
        };
        let health = if self.health { "" } else { "-unprobed" };
        format!("{}-{ending}{health}", self.way.name())
    }

    /// What was lost, and what was said wrongly; nothing, where all is well.
    pub fn judge(&self, compose: &ComposeVersion) -> Vec<String> {
        let mut fixture = Fixture::new(&format!("found-{}", self.way.name()));
        fixture.compose(compose);
        if !self.health {
            fixture.plan.without("health");
        }
        self.way.start(&mut fixture, compose);
        answers(&fixture, "greeting one");
        let before = standing(&fixture.name);
        let web = of_web(&before).unwrap_or_default();
        docker(&["exec", web, "/bin/busybox", "touch", "/data/kept"]);
        let head = fixture.head();
        self.way.commit_second(&fixture, self.ending, self.health);

        let ended = fixture.run();
        let mut wrong = Vec::new();
        let code = match self.ending {
            Ending::Succeeds => 0,
            Ending::Breaks => 4,
        };
        if ended.status.code() != Some(code) {
            wrong.push(format!("it ended with {}", ended.status));
        }
        let after = standing(&fixture.name);
        match self.ending {
            Ending::Succeeds => self.hold_new(&fixture, &before, &after, &mut wrong),
            Ending::Breaks => {
                if fixture.head() != head {
                    wrong.push("the tree is not where it was".to_owned());
                }
                hold_same(&before, &after, &mut wrong);
                if !page::get(fixture.port, "/").is_ok_and(|it| it.contains("greeting one")) {
                    wrong.push("the page is not what it was".to_owned());
                }
            }
        }
        let there = of_web(&after).is_some_and(|name| {
            docker(&["exec", name, "/bin/busybox", "ls", "/data"]).contains("kept")
        });
        if !there {
            wrong.push("the file in the volume is not there".to_owned());
        }
        if !wrong.is_empty() {
            wrong.push(ended.to_string());
        }
        wrong
    }

    fn hold_new(
        &self,
        fixture: &Fixture,
        before: &BTreeMap<String, Value>,
        after: &BTreeMap<String, Value>,
        wrong: &mut Vec<String>,
    ) {
        for (name, it) in after {
            if before.values().any(|old| old["Id"] == it["Id"]) {
                wrong.push(format!("{name} is still there"));
            }
        }
        if after.len() != 2 {
            wrong.push(format!(
                "{} containers, not 2: {:?}",
                after.len(),
                after.keys()
            ));
        }
        answers(fixture, "greeting two");
        let status = fixture.asks("status", &[]);
        if status.status.code() != Some(0) {
            wrong.push(format!("status: {status}"));
        }
    }
}

/// The name of the container that answers.
fn of_web(standing: &BTreeMap<String, Value>) -> Option<&str> {
    let mut names = standing.keys().map(String::as_str);
    names.find(|name| name.contains("web") || name.contains("shop"))
}

fn hold_same(
    before: &BTreeMap<String, Value>,
    after: &BTreeMap<String, Value>,
    wrong: &mut Vec<String>,
) {
    for (name, was) in before {
        let Some(is) = after.get(name) else {
            wrong.push(format!("{name} is gone"));
            continue;
        };
        for (key, value) in was.as_object().unwrap() {
            if key != "Id" && &is[key] != value {
                wrong.push(format!("{name}: {key} was {value}, is {}", is[key]));
            }
        }
    }
    for (name, it) in after {
        if !before.contains_key(name) && it["Status"] == "running" {
            wrong.push(format!("{name} runs, and did not"));
        }
    }
}

/// The page says this, soon.
fn answers(fixture: &Fixture, words: &str) {
    wait_until(words, || {
        page::get(fixture.port, "/").is_ok_and(|page| page.contains(words))
    });
}

/// Each container of the fixture by its name, as Docker shows it, without what the engine chose.
fn standing(name: &str) -> BTreeMap<String, Value> {
    let ids = docker(&[
        "ps",
        "-aq",
        "--no-trunc",
        "--filter",
        &format!("name={name}"),
    ]);
    let found = ids.lines().map(|id| shown(&["containers", id, "json"]));
    let found = found.map(|it| {
        (
            it["Name"]
                .as_str()
                .unwrap()
                .trim_start_matches('/')
                .to_owned(),
            it,
        )
    });
    found
        .map(|(name, it)| (name, without_chance(&it)))
        .collect()
}

fn without_chance(it: &Value) -> Value {
    let id = it["Id"].as_str().unwrap();
    let mut config = it["Config"].clone();
    config["Hostname"] = Value::Null;
    let mut mounts: Vec<Value> = it["Mounts"].as_array().unwrap().clone();
    mounts.sort_by_key(|it| it["Destination"].to_string());
    let networks = it["NetworkSettings"]["Networks"].as_object().unwrap();
    let networks: BTreeMap<&String, Value> = networks
        .iter()
        .map(|(name, it)| {
            let aliases = it["Aliases"].as_array().cloned().unwrap_or_default();
            let mut aliases: Vec<Value> = aliases
                .into_iter()
                .filter(|it| !id.starts_with(it.as_str().unwrap_or("-")))
                .collect();
            aliases.sort_by_key(Value::to_string);
            (
                name,
                json!({ "Aliases": aliases, "IPAMConfig": it["IPAMConfig"] }),
            )
        })
        .collect();
    json!({
        "Id": it["Id"],
        "Image": it["Image"],
        "Config": config,
        "HostConfig": it["HostConfig"],
        "Mounts": mounts,
        "Networks": networks,
        "Ports": it["NetworkSettings"]["Ports"],
        "Status": it["State"]["Status"],
    })
}
