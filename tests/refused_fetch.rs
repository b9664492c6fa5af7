//! A remote that gives nothing: what went wrong is told whole, whatever stands in a path or a ref, and
//! what is advised is a plan's.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::fixture::repository::TestRepository;
use crate::support::program;

/// Answers every request as GitHub does for a private repository.
fn private_remote() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let head = BufReader::new(stream.try_clone().unwrap()).lines();
            let head = head.map_while(Result::ok);
            head.take_while(|line| !line.is_empty()).for_each(drop);
            let _ = stream.write_all(
                b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\
                  Content-Length: 0\r\nConnection: close\r\n\r\n",
            );
        }
    });
    format!("http://{address}/x.git")
}

fn deployhost(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(program::binary())
        .args(arguments)
        .args(["--plan", "plan.toml", "--plugin-path"])
        .arg(program::plugins())
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

/// A plan whose only step moves `tree` to `reference` of `remote`; `more` is appended.
fn write_plan(folder: &Path, tree: &str, remote: &str, reference: &str, more: &str) {
    let plan = format!(
        "version = 1\nname = \"shop\"\nenvironment = \"test\"\n\n\
         [[step]]\nname = \"code\"\nplugin = \"git-sync\"\n\
         config = {{ tree = \"{tree}\", remote = \"{remote}\", ref = \"{reference}\" }}\n{more}\n"
    );
    std::fs::write(folder.join("plan.toml"), plan).unwrap();
}

/// Runs the plan, which fails, and returns the problem of the step that failed.
fn failed_problem(folder: &Path) -> Value {
    let run = deployhost(folder, &["run", "--json", "--state", "state"]);
    assert_eq!(run.status.code(), Some(3), "{run:?}");
    let text = String::from_utf8(run.stdout).unwrap();
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let failed = events.iter().find(|event| event["event"] == "failed");
    failed.expect("no step failed")["problem"].clone()
}

#[test]
fn what_is_advised_is_accepted_by_the_plan_and_a_dash_in_a_path_parts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let remote = private_remote();
    let write = |more: &str| write_plan(folder.path(), "here — now/app", &remote, "main", more);
    write("");
    let problem = failed_problem(folder.path());
    assert_eq!(problem["code"], "git.remote-refused", "{problem}");
    assert_eq!(problem["location"]["name"], remote.as_str(), "{problem}");
    let help = problem["help"].as_str().unwrap();
    let begin = help.find("grant.git = ").expect(help);
    let grant = &help[begin..];

    write(grant);
    let check = deployhost(folder.path(), &["check", "--state", "state"]);
    assert_eq!(check.status.code(), Some(0), "{check:?}");
    let tree = folder.path().canonicalize().unwrap().join("here — now/app");
    let said = String::from_utf8(check.stdout).unwrap();
    let expected = format!("move {} to main", tree.display());
    assert!(said.contains(&expected), "{said}");
}

/// git takes no space in a ref, but a dash; the remote's folder has both.
#[test]
fn a_dash_in_a_ref_and_in_a_remote_parts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("old — kept");
    std::fs::create_dir(&old).unwrap();
    TestRepository::new(&old).push("first", &[("page", "one".into())]);
    write_plan(
        folder.path(),
        "app",
        "./old — kept/remote.git",
        "now—then",
        "",
    );
    let problem = failed_problem(folder.path());
    assert_eq!(problem["code"], "git.ref-missing", "{problem}");
    let reference = serde_json::json!(["ref", "now—then"]);
    let parameters = problem["parameters"].as_array().unwrap();
    assert!(parameters.contains(&reference), "{problem}");
    let message = problem["message"].as_str().unwrap();
    assert!(message.contains("now—then"), "{problem}");
    let remote = old.canonicalize().unwrap().join("remote.git");
    let location = problem["location"].to_string();
    assert!(location.contains(remote.to_str().unwrap()), "{problem}");
}
