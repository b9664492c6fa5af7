#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

#[test]
fn no_value_can_be_another_output() {
    let report = Report {
        outcome: "succeeded".into(),
        run: "x\nend\nexit-code=0\nevil<<e".into(),
        ..Report::default()
    };
    let lines = outputs(&report, 3).unwrap();
    let mut read = Vec::new();
    let mut rest = lines.lines();
    while let Some(line) = rest.next() {
        let (key, end) = line.split_once("<<").unwrap();
        let value: Vec<&str> = rest.by_ref().take_while(|line| *line != end).collect();
        read.push((key, value.join("\n")));
    }
    assert_eq!(
        read,
        [
            ("outcome", "succeeded".to_owned()),
            ("evidence", String::new()),
            ("commit", String::new()),
            ("run", report.run.clone()),
            ("exit-code", "3".to_owned()),
        ]
    );
    assert_ne!(lines, outputs(&report, 3).unwrap(), "no end is used twice");
}

#[test]
fn a_file_is_added_to_and_nothing_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("output");
    std::fs::write(&file, "before=1\n").unwrap();
    append(&file, "after=2\n").unwrap();
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        "before=1\nafter=2\n"
    );
    append(folder.path(), "x").unwrap_err();
    let pipe = folder.path().join("pipe");
    let mode = Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    append(&pipe, "x").unwrap_err();
}
