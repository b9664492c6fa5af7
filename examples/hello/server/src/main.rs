//! `hello-server discord ADDRESS`: Discord's webhook protocol on this machine; prints what it gets.
//!
//! `hello-server page ADDRESS TREE`: the page of a work tree, for the demo on machines without
//! Docker; it shows the commit that the tree stands at.

use std::path::Path;
use std::process::{Command, ExitCode};

use hello_server::Discord;
use tiny_http::{Response, Server};

#[expect(clippy::print_stderr, reason = "printing is what this program does")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words[..] {
        ["discord", address] => discord(address),
        ["page", address, tree] => page(address, Path::new(tree)),
        _ => Err("usage: hello-server discord ADDRESS | page ADDRESS TREE".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

type Result = std::result::Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[expect(clippy::print_stdout, reason = "printing is what this program does")]
fn discord(address: &str) -> Result {
    let discord = Discord::listen(address, |message| {
        for line in message.content().lines() {
            println!("    discord │ {line}");
        }
    })?;
    println!("{}", discord.webhook());
    loop {
        std::thread::park();
    }
}

fn page(address: &str, tree: &Path) -> Result {
    let server = Server::http(address)?;
    for request in server.incoming_requests() {
        let page = std::fs::read_to_string(tree.join("www/index.html"));
        let commit = Command::new("git")
            .arg("-C")
            .arg(tree)
            .args(["rev-parse", "HEAD"])
            .output();
        let (status, body) = match (page, commit) {
            (Ok(page), Ok(commit)) => {
                let commit = String::from_utf8_lossy(&commit.stdout).trim().to_owned();
                (200, page.replace("@COMMIT@", &commit))
            }
            _ => (503, "nothing is deployed here yet\n".to_owned()),
        };
        // A visitor who left early does not concern the others.
        let _gone = request.respond(Response::from_string(body).with_status_code(status));
    }
    Ok(())
}
