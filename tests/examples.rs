//! Every example is run as its README says.

use std::fs;
use std::process::Command;

use crate::support::program;

#[test]
fn hello_succeeds_twice_rolls_back_and_is_cancelled() {
    let top = program::repository();
    let server = program::binary().with_file_name("hello-server");
    assert!(
        server.is_file(),
        "hello-server is missing: run `make test`, which builds it"
    );
    let ran = Command::new("bash")
        .arg(top.join("examples/hello/demo.sh"))
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&ran.stdout);
    let errors = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{out}\n{errors}");
    assert!(out.contains("exit codes: 0 0 4 6"), "{out}");
    for word in [
        "hello/demo succeeded, verified",
        "hello/demo rolled-back, verified",
        "hello/demo cancelled",
        "<h1>Hello again, world</h1>",
        "deployment succeeded!**",
        " - rolled back**",
    ] {
        assert!(out.contains(word), "{word} is not in\n{out}");
    }
}

#[test]
fn every_example_has_a_readme_that_is_not_empty() {
    for example in fs::read_dir(program::repository().join("examples")).unwrap() {
        let readme = example.unwrap().path().join("README.md");
        let text = fs::read_to_string(&readme).unwrap_or_default();
        assert!(text.len() > 200, "{}", readme.display());
    }
}
