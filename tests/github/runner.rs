//! GitHub's runner, as far as a step of a job can tell: what it puts into the environment, how it
//! starts a `run:`, what it reads in its lines and files, and how it cancels.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::fixture::{FinishedCommand, RunningCommand};

/// What can be a command of a line; others are text.
const COMMANDS: [&str; 14] = [
    "error",
    "warning",
    "notice",
    "debug",
    "group",
    "endgroup",
    "add-mask",
    "set-output",
    "save-state",
    "set-env",
    "add-path",
    "add-matcher",
    "echo",
    "stop-commands",
];

/// What started a job.
pub struct WorkflowEvent {
    pub name: &'static str,
    pub sha: String,
    pub payload: String,
}

impl WorkflowEvent {
    pub fn push(sha: &str, message: &str) -> Self {
        let before = "0".repeat(40);
        let payload = case("push")
            .replace("@SHA@", sha)
            .replace("@BEFORE@", &before)
            .replace("@MESSAGE@", &Value::from(message).to_string());
        Self::of("push", sha, payload)
    }

    pub fn dispatch(sha: &str, confirm: &str) -> Self {
        let confirm = Value::from(confirm).to_string();
        let payload = case("workflow_dispatch").replace("@CONFIRM@", &confirm);
        Self::of("workflow_dispatch", sha, payload)
    }

    fn of(name: &'static str, sha: &str, payload: String) -> Self {
        serde_json::from_str::<Value>(&payload).unwrap();
        Self {
            name,
            sha: sha.to_owned(),
            payload,
        }
    }
}

fn case(name: &str) -> String {
    let folder = crate::support::program::repository().join("tests/github/events");
    std::fs::read_to_string(folder.join(name).with_extension("json")).unwrap()
}

/// A runner on this machine.
pub struct Runner {
    pub folder: PathBuf,
    /// Where its user is at home.
    pub home: PathBuf,
    /// Before the usual ones, where programs are looked up.
    pub bin: PathBuf,
    pub environment: Vec<(&'static str, String)>,
    pub steps: AtomicUsize,
    /// After what time a step hangs.
    pub limit: Duration,
}

impl Runner {
    /// Starts the one step of a workflow's one job.
    pub fn start(&self, workflow: &str, event: &WorkflowEvent) -> Step {
        let workflow: Value = serde_yaml_ng::from_str(workflow).unwrap();
        let on = workflow["on"].as_object().unwrap();
        assert!(
            on.contains_key(event.name),
            "it is not about {}",
            event.name
        );
        let jobs: Vec<&Value> = workflow["jobs"].as_object().unwrap().values().collect();
        let [job] = jobs[..] else { panic!("{jobs:?}") };
        assert_eq!(job["runs-on"], "self-hosted");
        let [step] = &job["steps"].as_array().unwrap()[..] else {
            panic!("{job}")
        };
        let run = step["run"].as_str().unwrap();
        assert!(!run.contains("${{"), "an expression in a script: {run}");
        self.step(run, &step["env"], event)
    }

    /// Starts a step that no example has.
    pub fn script(&self, run: &str, event: &WorkflowEvent) -> Step {
        self.step(run, &Value::Null, event)
    }

    fn step(&self, run: &str, env: &Value, event: &WorkflowEvent) -> Step {
        // One runner after another: each has its own files.
        let own = self
            .folder
            .join(self.steps.fetch_add(1, Ordering::Relaxed).to_string());
        let work = own.join("_work/mangetamain/mangetamain");
        let temp = own.join("_work/_temp");
        for folder in [&work, &temp] {
            std::fs::create_dir_all(folder).unwrap();
        }
        let file = |name: &str, text: &str| {
            let path = temp.join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let script = file("script.sh", &format!("{run}\n"));
        let mut command = Command::new("/bin/bash");
        // As for a step that names no shell.
        command.arg("-e").arg(script).current_dir(&work).env_clear();
        let paths = std::env::var("PATH").unwrap();
        for (name, value) in [
            ("CI", "true".to_owned()),
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_ACTOR", "julienlafrance".to_owned()),
            ("GITHUB_EVENT_NAME", event.name.to_owned()),
            ("GITHUB_REF", "refs/heads/main".to_owned()),
            ("GITHUB_REPOSITORY", "julienlafrance/mangetamain".to_owned()),
            ("GITHUB_RUN_ID", "18800000000".to_owned()),
            ("GITHUB_SHA", event.sha.clone()),
            ("GITHUB_TRIGGERING_ACTOR", "julienlafrance".to_owned()),
            ("GITHUB_WORKSPACE", work.display().to_string()),
            ("HOME", self.home.display().to_string()),
            ("PATH", format!("{}:{paths}", self.bin.display())),
            ("RUNNER_ENVIRONMENT", "self-hosted".to_owned()),
            ("RUNNER_TEMP", temp.display().to_string()),
            ("USER", "dataia25".to_owned()),
        ] {
            command.env(name, value);
        }
        let (output, summary) = (file("set_output", ""), file("step_summary", ""));
        command.env("GITHUB_OUTPUT", &output);
        command.env("GITHUB_STEP_SUMMARY", &summary);
        command.env("GITHUB_EVENT_PATH", file("event.json", &event.payload));
        for (name, value) in env.as_object().into_iter().flatten() {
            command.env(name, evaluated(value.as_str().unwrap(), event));
        }
        command.envs(std::env::var_os("TZ").map(|zone| ("TZ", zone)));
        command.envs(self.environment.iter().cloned());
        Step {
            command: RunningCommand::start(command, self.limit),
            output,
            summary,
        }
    }
}

/// The one kind of expression that these workflows have.
fn evaluated(text: &str, event: &WorkflowEvent) -> String {
    let Some(expression) = text
        .strip_prefix("${{")
        .and_then(|it| it.strip_suffix("}}"))
    else {
        assert!(!text.contains("${{"), "{text}");
        return text.to_owned();
    };
    let input = expression.trim().strip_prefix("inputs.").unwrap();
    let payload: Value = serde_json::from_str(&event.payload).unwrap();
    payload["inputs"][input].as_str().unwrap().to_owned()
}

/// A step under way.
pub struct Step {
    pub command: RunningCommand,
    output: PathBuf,
    summary: PathBuf,
}

impl Step {
    /// As somebody presses "Cancel workflow": the first of the runner's signals is enough.
    pub fn cancel(self) -> Done {
        self.command.send(Signal::INT);
        self.end()
    }

    /// The runner's second signal follows while the first one is being answered.
    pub fn cancel_twice(self) -> Done {
        self.command.send(Signal::INT);
        std::thread::sleep(Duration::from_millis(5));
        self.command.send(Signal::TERM);
        self.end()
    }

    pub fn end(self) -> Done {
        let Self {
            command,
            output,
            summary,
        } = self;
        let ran = command.end();
        let mut done = Done {
            outputs: outputs(&output),
            summary: std::fs::read_to_string(summary).unwrap(),
            ..Done::default()
        };
        let masks = lines(&ran.out).chain(lines(&ran.err));
        let masks = masks.filter_map(|line| parse_order(line).filter(|it| it.name == "add-mask"));
        done.masks = masks.map(|mask| mask.data).collect();
        for line in lines(&ran.out).chain(lines(&ran.err)) {
            done.read(line);
        }
        assert!(!done.inside, "a group is open:\n{}", done.log);
        done.ran = Some(ran);
        done
    }
}

/// As .NET reads lines.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '\r'])
}

/// What a line commands.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub name: String,
    pub properties: BTreeMap<String, String>,
    pub data: String,
}

fn parse_order(line: &str) -> Option<Order> {
    let parse = |name: &str, properties: &str, between: char, data: &str| {
        let known = COMMANDS.contains(&name.to_ascii_lowercase().as_str());
        let pairs = properties
            .split(between)
            .filter_map(|it| it.split_once('='));
        let pairs = pairs.map(|(key, value)| (key.trim().to_owned(), unescaped(value)));
        known.then(|| Order {
            name: name.to_owned(),
            properties: pairs.collect(),
            data: unescaped(data),
        })
    };
    let split = |info: &str| match info.split_once(' ') {
        Some((name, properties)) => (name.to_owned(), properties.to_owned()),
        None => (info.to_owned(), String::new()),
    };
    let second = || {
        let (info, data) = line.trim_start().strip_prefix("::")?.split_once("::")?;
        let (name, properties) = split(info);
        parse(&name, &properties, ',', data)
    };
    let first = || {
        let (info, data) = line.split_once("##[")?.1.split_once(']')?;
        let (name, properties) = split(info);
        parse(&name, &properties, ';', data)
    };
    second().or_else(first)
}

fn unescaped(text: &str) -> String {
    let codes = [
        ("%0D", "\r"),
        ("%0A", "\n"),
        ("%3A", ":"),
        ("%2C", ","),
        ("%25", "%"),
    ];
    codes.iter().fold(text.to_owned(), |text, (code, sign)| {
        text.replace(code, sign)
    })
}

/// `key<<end`, lines, `end`.
fn outputs(file: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut outputs = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let (key, end) = line.split_once("<<").unwrap_or_else(|| panic!("{text}"));
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
        outputs.insert(key.to_owned(), value.join("\n"));
    }
    outputs
}

/// A step that has ended: what the job shows of it.
#[derive(Default)]
pub struct Done {
    pub ran: Option<FinishedCommand>,
    /// What people can read.
    pub log: String,
    /// Errors, warnings and notices.
    pub annotations: Vec<Order>,
    /// By title, what is folded away.
    pub groups: Vec<(String, Vec<String>)>,
    pub masks: Vec<String>,
    pub outputs: BTreeMap<String, String>,
    pub summary: String,
    inside: bool,
}

impl Done {
    fn read(&mut self, line: &str) {
        let struck = |text: &str| {
            let masks = self.masks.iter();
            masks.fold(text.to_owned(), |text, mask| {
                text.replace(mask.as_str(), "***")
            })
        };
        let shown = match parse_order(line) {
            None => struck(line),
            Some(order) => match order.name.as_str() {
                "add-mask" => return,
                "group" => {
                    assert!(!self.inside, "groups do not nest: {line}");
                    self.inside = true;
                    self.groups.push((order.data, Vec::new()));
                    return;
                }
                "endgroup" => {
                    assert!(self.inside, "no group is open");
                    self.inside = false;
                    return;
                }
                "error" | "warning" | "notice" => {
                    let shown = struck(&order.data);
                    self.annotations.push(order);
                    shown
                }
                other => panic!("nobody should command {other}: {line}"),
            },
        };
        if let (true, Some((_, lines))) = (self.inside, self.groups.last_mut()) {
            lines.push(shown.clone());
        }
        self.log += &shown;
        self.log.push('\n');
    }

    pub fn exits(self, code: i32) -> Self {
        let ran = self.ran.as_ref().unwrap();
        assert_eq!(
            ran.status.code(),
            Some(code),
            "{ran}\n{:#?}",
            self.annotations
        );
        assert_eq!(self.outputs["exit-code"], code.to_string());
        self
    }

    pub fn says(&self, words: &str) -> &Self {
        assert!(self.log.contains(words), "no {words:?} in\n{}", self.log);
        self
    }

    /// Everything of it that people can read.
    pub fn shown(&self) -> String {
        format!(
            "{}{}{:?}{:?}",
            self.log, self.summary, self.outputs, self.annotations
        )
    }

    /// The only annotation of a level.
    pub fn annotation(&self, level: &str) -> &Order {
        let found: Vec<&Order> = self
            .annotations
            .iter()
            .filter(|it| it.name == level)
            .collect();
        let [only] = found[..] else {
            panic!("{level}: {:#?}", self.annotations)
        };
        only
    }
}
