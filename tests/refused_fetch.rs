//! A remote that wants a password: what went wrong is told whole, and what is advised is a plan's.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

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

#[test]
fn what_is_advised_is_accepted_by_the_plan_and_a_dash_in_a_path_parts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let remote = private_remote();
    let write = |more: &str| {
        let plan = format!(
            "version = 1\nname = \"shop\"\nenvironment = \"test\"\n\n\
             [[step]]\nname = \"code\"\nplugin = \"git-sync\"\n\
             config = {{ tree = \"here — now/app\", remote = \"{remote}\", ref = \"main\" }}\n{more}\n"
        );
        std::fs::write(folder.path().join("plan.toml"), plan).unwrap();
    };
    write("");
    let run = deployhost(folder.path(), &["run", "--json", "--state", "state"]);
    assert_eq!(run.status.code(), Some(3), "{run:?}");
    let text = String::from_utf8(run.stdout).unwrap();
    let events = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let failed = events
        .into_iter()
        .find(|event: &serde_json::Value| event["event"] == "failed");
    let problem = failed.expect("no step failed")["problem"].clone();
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
