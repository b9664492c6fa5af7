#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::*;
use crate::hang_guard::{LIMIT, ends};
use crate::state::{StateError, StateFolder, StateLocation};
use crate::subprocess;

fn folder(path: &Path) -> StateFolder {
    StateFolder::open(&StateLocation::choose(Some(path)).unwrap()).unwrap()
}

fn fresh() -> (tempfile::TempDir, StateFolder) {
    let root = tempfile::tempdir().unwrap();
    let state = folder(&root.path().join("state"));
    (root, state)
}

fn database(state: &StateFolder) -> PathBuf {
    state.path().join("journal.db")
}

fn events(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// What a journal says about a target.
type TargetHistory = (Vec<StoredEvent>, Vec<StoredRunSummary>);

/// What a journal says about everything in it.
fn all(history: &JournalReader) -> Result<BTreeMap<String, TargetHistory>, JournalError> {
    let mut all = BTreeMap::new();
    for target in history.targets()? {
        let told = (history.read(&target)?, history.runs(&target)?);
        all.insert(target, told);
    }
    Ok(all)
}

fn one_line(problem: &JournalError) -> String {
    let text = problem.to_string();
    assert_eq!(text.matches(" — ").count(), 2, "what, where, cure: {text}");
    assert!(!text.contains('\n'), "{text}");
    text
}

#[test]
fn gives_back_what_was_written_in_order() {
    let (_root, state) = fresh();
    assert!(
        Journal::open_read(&state).unwrap().is_none(),
        "no run was ever recorded"
    );
    assert!(!database(&state).exists(), "reading makes nothing");
    let mut journal = Journal::open(&state).unwrap();
    // Bytes are bytes, even where they are no JSON and no UTF-8.
    let odd: Vec<u8> = (0..=255).collect();
    assert_eq!(
        journal
            .append("a", "run-1", &events(&["{}", "{ }"]))
            .unwrap(),
        [1, 2]
    );
    assert_eq!(
        journal
            .append("b", "run-2", &[odd.clone(), Vec::new()])
            .unwrap(),
        [3, 4]
    );
    assert_eq!(journal.append("a", "run-3", &events(&["x"])).unwrap(), [5]);
    assert_eq!(
        journal.append("a", "run-1", &events(&["late"])).unwrap(),
        [6]
    );
    assert!(journal.append("a", "run-1", &[]).unwrap().is_empty());

    let check = |history: &JournalReader| {
        assert_eq!(history.targets().unwrap(), ["a", "b"]);
        let rows = history.read("a").unwrap();
        let seen: Vec<(Seq, &str, &[u8])> = rows
            .iter()
            .map(|row| (row.seq, row.run.as_str(), row.bytes.as_slice()))
            .collect();
        let expected: [(Seq, &str, &[u8]); 4] = [
            (1, "run-1", b"{}"),
            (2, "run-1", b"{ }"),
            (5, "run-3", b"x"),
            (6, "run-1", b"late"),
        ];
        assert_eq!(seen, expected);
        assert!(rows.iter().all(|row| row.at_unix_ms > 1_700_000_000_000));
        assert_eq!(history.read("b").unwrap()[0].bytes, odd);
        assert!(history.read("unknown").unwrap().is_empty());
        let runs = history.runs("a").unwrap();
        let runs: Vec<_> = runs
            .iter()
            .map(|r| (r.run.as_str(), r.first, r.last, r.events))
            .collect();
        assert_eq!(runs, [("run-1", 1, 6, 3), ("run-3", 5, 5, 1)]);
        let run = history.read_run("run-2").unwrap();
        assert_eq!((run.target.as_str(), run.rows.len()), ("b", 2));
        assert_eq!(history.read_run("run-1").unwrap().rows.len(), 3);
        let problem = history.read_run("run-").unwrap_err();
        assert!(matches!(&problem, JournalError::ManyRuns { some, .. } if some.len() == 3));
        one_line(&problem);
        let problem = history.read_run("nothing").unwrap_err();
        assert!(matches!(problem, JournalError::NoRun { .. }), "{problem}");
        one_line(&problem);
    };
    check(journal.history());
    check(&Journal::open_read(&state).unwrap().unwrap());
    drop(journal);
    check(&Journal::open_read(&state).unwrap().unwrap());
    assert_eq!(
        Journal::open(&state)
            .unwrap()
            .append("b", "r", &events(&["y"]))
            .unwrap(),
        [7]
    );
    // An id that is the start of another is still that one run's.
    Journal::open(&state)
        .unwrap()
        .append("b", "run-1-2", &events(&["y"]))
        .unwrap();
    let history = Journal::open_read(&state).unwrap().unwrap();
    assert_eq!(history.read_run("run-1").unwrap().run, "run-1");
}

#[test]
fn bounds_are_refused_before_anything_is_written() {
    let (_root, state) = fresh();
    let mut journal = Journal::open(&state).unwrap();
    let long = "x".repeat(NAME + 1);
    for (target, run) in [("", "r"), ("t", ""), (&long, "r"), ("t", &long)] {
        let problem = journal.append(target, run, &events(&["e"])).unwrap_err();
        assert!(
            matches!(problem, JournalError::TooLarge { .. }),
            "{problem}"
        );
        one_line(&problem);
    }
    let large = vec![0; LARGEST + 1];
    assert!(
        journal
            .append("t", "r", &[b"small".to_vec(), large])
            .is_err()
    );
    assert!(
        journal
            .append("t", "r", &vec![Vec::new(); BATCH + 1])
            .is_err()
    );
    assert!(journal.history().targets().unwrap().is_empty());
    journal.append("t", "r", &[vec![7; LARGEST]]).unwrap();
    assert_eq!(journal.history().read("t").unwrap()[0].bytes.len(), LARGEST);
}

#[test]
fn a_journal_appears_whole_and_is_never_begun_twice() {
    let (_root, state) = fresh();
    // What a killed first run left.
    for name in ["journal.draft", "journal.draft-wal"] {
        fs::write(state.path().join(name), "half").unwrap();
    }
    std::thread::scope(|scope| {
        for n in 0..8 {
            let state = &state;
            scope.spawn(move || {
                let mut journal = Journal::open(state).unwrap();
                journal
                    .append(&format!("t{n}"), "r", &events(&["e"]))
                    .unwrap();
            });
        }
    });
    let history = Journal::open_read(&state).unwrap().unwrap();
    assert_eq!(all(&history).unwrap().len(), 8);
    drop(history);
    for entry in fs::read_dir(state.path()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        assert!(!name.contains("draft"), "{name}");
        assert_eq!(
            entry.metadata().unwrap().permissions().mode() & 0o7777,
            0o600,
            "{name}"
        );
    }
    fs::remove_file(database(&state)).unwrap();
    let problem = Journal::open(&state).unwrap_err();
    assert!(matches!(problem, JournalError::Missing { .. }), "{problem}");
    one_line(&problem);
    assert!(Journal::open_read(&state).is_err());
    assert!(!database(&state).exists());
    // Its own cure, although the log of the lost one is still there.
    let log = {
        let (_root, other) = fresh();
        let mut journal = Journal::open(&other).unwrap();
        journal.append("lost", "r", &events(&["e"])).unwrap();
        fs::read(other.path().join("journal.db-wal")).unwrap()
    };
    fs::write(state.path().join("journal.db-wal"), log).unwrap();
    fs::remove_file(state.path().join("journal.begun")).unwrap();
    let journal = Journal::open(&state).unwrap();
    assert!(journal.history().targets().unwrap().is_empty());
}

#[test]
fn files_are_ours_alone_whatever_the_umask() {
    const NAME: &str = "files_are_ours_alone_whatever_the_umask";
    if let Some(part) = subprocess::part() {
        rustix::process::umask(rustix::fs::Mode::empty());
        let state = folder(Path::new(&part[0]));
        let mut journal = Journal::open(&state).unwrap();
        journal.append("t", "r", &events(&["e"])).unwrap();
        let mut seen = 0;
        for entry in fs::read_dir(state.path()).unwrap() {
            let mode = entry.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o7777, 0o600);
            seen += 1;
        }
        assert_eq!(seen, 4, "file, log, shared memory, mark");
        subprocess::done();
    }
    let root = tempfile::tempdir().unwrap();
    let state = root.path().join("state");
    let mut child = subprocess::command(module_path!(), NAME, &[state.to_str().unwrap()]);
    assert!(subprocess::is_done(child.status().unwrap()));
}

#[test]
fn each_commit_is_flushed() {
    let (_root, state) = fresh();
    let mut journal = Journal::open(&state).unwrap();
    let pragma = |journal: &mut Journal, name| -> String {
        let value = journal
            .history
            .connection_mut()
            .pragma_query_value(None, name, |row| row.get(0));
        match value.unwrap() {
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(pragma(&mut journal, "journal_mode"), "wal");
    assert_eq!(pragma(&mut journal, "synchronous"), "2", "FULL");
}

#[test]
fn what_is_no_journal_is_refused_by_reason_and_left_alone() {
    let (root, state) = fresh();
    let file = database(&state);
    let other = root.path().join("other.db");
    let program = Connection::open(&other).unwrap();
    program
        .execute_batch("PRAGMA journal_mode=wal; CREATE TABLE t (x); INSERT INTO t VALUES (1)")
        .unwrap();
    // With its log: another program is at work in it.
    let foreign = fs::read(&other).unwrap();
    let log = fs::read(root.path().join("other.db-wal")).unwrap();
    drop(program);

    let written = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    };
    let header = |field: &str, value: i64| {
        Journal::open(&state).unwrap();
        let own = Connection::open(&file).unwrap();
        own.pragma_update(None, field, value).unwrap();
        own.close().unwrap();
        fs::read(&file).unwrap()
    };
    let newer = header("user_version", 2);
    fs::remove_file(&file).unwrap();
    fs::remove_file(state.path().join("journal.begun")).unwrap();
    let unversioned = header("user_version", 0);
    fs::remove_file(&file).unwrap();
    fs::remove_file(state.path().join("journal.begun")).unwrap();
    let stranger = header("application_id", 1);

    let text = "a text, long enough to be taken for a database page ".repeat(100);
    type Case<'a> = (&'a str, &'a [u8], fn(&JournalError) -> bool);
    let cases: [Case<'_>; 8] = [
        ("empty", b"", |p| matches!(p, JournalError::Empty { .. })),
        ("short", b"text", |p| {
            matches!(p, JournalError::NotADatabase { .. })
        }),
        ("text", text.as_bytes(), |p| {
            matches!(p, JournalError::NotADatabase { .. })
        }),
        ("half", &newer[..50], |p| {
            matches!(p, JournalError::NotADatabase { .. })
        }),
        ("foreign", &foreign, |p| {
            matches!(p, JournalError::Foreign { .. })
        }),
        ("stranger", &stranger, |p| {
            matches!(p, JournalError::Foreign { .. })
        }),
        ("newer", &newer, |p| {
            matches!(p, JournalError::Newer { version: 2, .. })
        }),
        ("unversioned", &unversioned, |p| {
            matches!(p, JournalError::Damaged { .. })
        }),
    ];
    for (name, bytes, expected) in cases {
        written(bytes);
        if name == "foreign" {
            fs::write(state.path().join("journal.db-wal"), &log).unwrap();
        }
        let list = || {
            let names = fs::read_dir(state.path()).unwrap();
            let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        };
        let before = list();
        for problem in [
            Journal::open(&state).err().unwrap(),
            Journal::open_read(&state).err().unwrap(),
        ] {
            assert!(expected(&problem), "{name}: {problem:?}");
            one_line(&problem);
        }
        assert_eq!(fs::read(&file).unwrap(), bytes, "{name}");
        // Ours by its mark, so that SQLite may open it.
        if name != "unversioned" {
            assert_eq!(list(), before, "{name}");
        }
        let _ = fs::remove_file(state.path().join("journal.db-wal"));
    }

    fs::remove_file(&file).unwrap();
    let refused = |name: &str, expected: fn(&JournalError) -> bool| {
        for problem in [
            Journal::open(&state).err().unwrap(),
            Journal::open_read(&state).err().unwrap(),
        ] {
            assert!(expected(&problem), "{name}: {problem:?}");
            one_line(&problem);
        }
    };
    let not_a_file: fn(&JournalError) -> bool = |p| matches!(p, JournalError::NotAFile { .. });
    symlink(&other, &file).unwrap();
    refused("link", not_a_file);
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    refused("folder", not_a_file);
    fs::remove_dir(&file).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(&file)
        .status()
        .unwrap();
    assert!(made.success());
    refused("pipe", not_a_file);
    fs::remove_file(&file).unwrap();
    written(&newer);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    refused("readable", |p| {
        matches!(
            p,
            JournalError::NotOurs(StateError::OpenToOthers { mode: 0o644, .. })
        ) && p.to_string().contains("chmod 600 ")
    });
}

#[test]
fn a_change_by_hand_is_named_with_its_place() {
    let changes: [(&str, Option<Seq>); 12] = [
        ("UPDATE event SET bytes = x'79' WHERE seq = 3", Some(3)),
        ("UPDATE event SET run = 'R2' WHERE seq = 3", Some(3)),
        ("UPDATE event SET at = at + 1 WHERE seq = 3", Some(3)),
        (
            "UPDATE event SET hash = zeroblob(32) WHERE seq = 5",
            Some(5),
        ),
        (
            "UPDATE event SET hash = zeroblob(31) WHERE seq = 5",
            Some(5),
        ),
        ("UPDATE event SET seq = 100 WHERE seq = 9", Some(100)),
        ("DELETE FROM event WHERE seq = 3", Some(5)),
        ("DELETE FROM event WHERE seq = 1", Some(3)),
        // The end is the part that a chain alone would not miss.
        ("DELETE FROM event WHERE seq = 9", Some(9)),
        ("UPDATE event SET target = 'b' WHERE seq = 9", Some(9)),
        ("DELETE FROM event WHERE target = 'a'", Some(9)),
        ("UPDATE head SET seq = 7 WHERE target = 'a'", Some(7)),
    ];
    for (change, place) in changes {
        let (_root, state) = fresh();
        let mut journal = Journal::open(&state).unwrap();
        for n in 0..5 {
            journal.append("a", "R1", &events(&["x"])).unwrap();
            journal
                .append("other", &format!("O{n}"), &events(&["x"]))
                .unwrap();
        }
        drop(journal);
        let by_hand = Connection::open(database(&state)).unwrap();
        assert!(by_hand.execute(change, []).unwrap() > 0, "{change}");
        by_hand.close().unwrap();

        let mut journal = Journal::open(&state).unwrap();
        let problem = journal.history().read("a").unwrap_err();
        assert!(
            matches!(&problem, JournalError::Broken { target, seq, .. } if target == "a" && Some(*seq) == place),
            "{change}: {problem:?}"
        );
        assert!(one_line(&problem).contains("nothing is deployed for a"));
        let problem = journal.history().runs("a").unwrap_err();
        assert!(matches!(problem, JournalError::Broken { .. }), "{change}");
        let problem = journal.history().read_run("R1").unwrap_err();
        assert!(
            matches!(problem, JournalError::Broken { .. }),
            "{change}: {problem}"
        );
        // The others are whole, and can go on.
        assert_eq!(journal.history().read("other").unwrap().len(), 5);
        assert_eq!(journal.history().read_run("O3").unwrap().rows.len(), 1);
        journal.append("other", "R3", &events(&["y"])).unwrap();
        // Where the end is wrong, nothing is added to it.
        if matches!(place, Some(7 | 9 | 100)) {
            let problem = journal.append("a", "R3", &events(&["y"])).unwrap_err();
            assert!(
                matches!(problem, JournalError::Broken { .. }),
                "{change}: {problem}"
            );
        }
    }
}

#[test]
fn no_flipped_bit_is_silent() {
    let flips = std::env::var("DEPLOYHOST_TEST_FLIPS").map_or(300, |n| n.parse().unwrap());
    let (root, state) = fresh();
    let mut journal = Journal::open(&state).unwrap();
    for n in 0..400 {
        let target = ["shop/production", "shop/preprod", "blog"][n % 3];
        let text = format!(
            "{{\"event\":\"log\",\"n\":{n},\"line\":\"{}\"}}",
            "x".repeat(n * 7 % 900)
        );
        let run = format!("0197{:04}", n / 20);
        journal
            .append(target, &run, &[text.into_bytes(), b"{}".to_vec()])
            .unwrap();
    }
    let expected = all(journal.history()).unwrap();
    drop(journal);
    let good = fs::read(database(&state)).unwrap();

    let other = folder(&root.path().join("flipped"));
    Journal::open(&other).unwrap();
    // A cut file first.
    for pages in [1, 2, 3, good.len() / 8192, good.len() / 4096 - 1] {
        fs::write(database(&other), &good[..pages * 4096]).unwrap();
        let told = Journal::open(&other).and_then(|journal| all(journal.history()));
        one_line(&told.unwrap_err());
    }
    let (mut reported, mut harmless) = (0, 0);
    // Always the same flips, spread over the file.
    let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
    for _ in 0..flips {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let bit = usize::try_from(random >> 1).unwrap() % (good.len() * 8);
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        for beside in ["journal.db-wal", "journal.db-shm"] {
            let _ = fs::remove_file(other.path().join(beside));
        }
        fs::write(database(&other), &bad).unwrap();
        let read = |opened: Result<Option<JournalReader>, JournalError>| match opened {
            Ok(Some(history)) => all(&history),
            Ok(None) => panic!("bit {bit}: taken for a folder without a journal"),
            Err(problem) => Err(problem),
        };
        match read(Journal::open_read(&other)) {
            Ok(told) => {
                assert!(told == expected, "bit {bit} changed the journal silently");
                harmless += 1;
            }
            Err(problem) => {
                one_line(&problem);
                reported += 1;
            }
        }
        match Journal::open(&other).and_then(|journal| all(journal.history())) {
            Ok(told) => assert!(told == expected, "bit {bit} changed the journal silently"),
            Err(problem) => drop(one_line(&problem)),
        }
    }
    subprocess::tell(&format!(
        "{flips} flips in {} KiB: {reported} reported, {harmless} harmless",
        good.len() / 1024
    ));
    assert!(reported > flips / 2, "rows are most of the file");
}

/// Events of a writer that is to be killed: its round, its count, and some weight.
fn event(round: &str, n: usize) -> Vec<u8> {
    format!(
        "{{\"round\":{round},\"n\":{n},\"weight\":\"{}\"}}",
        "w".repeat(n * 37 % 3000)
    )
    .into_bytes()
}

#[test]
fn kill_minus_nine_loses_nothing_that_was_acknowledged() {
    const NAME: &str = "kill_minus_nine_loses_nothing_that_was_acknowledged";
    if let Some(part) = subprocess::part() {
        let (path, round) = (&part[0], &part[1]);
        let mut journal = Journal::open(&folder(Path::new(path))).unwrap();
        for n in 0.. {
            let target = ["a", "b"][n % 2];
            let events: Vec<_> = (0..=n % 3).map(|_| event(round, n)).collect();
            for seq in journal.append(target, round, &events).unwrap() {
                subprocess::tell(&format!("{seq} {target} {n}"));
            }
        }
    }
    let root = tempfile::tempdir().unwrap();
    let state = root.path().join("state");
    let mut acknowledged: BTreeMap<(String, Seq), (String, usize)> = BTreeMap::new();
    let mut cut_short = 0;
    for round in 0..40u64 {
        let words = [state.to_str().unwrap(), &round.to_string()];
        let mut child = subprocess::command(module_path!(), NAME, &words)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = child.stderr.take().unwrap();
        // The first rounds may hit the making of the file, the others the writing.
        let mut first = [0];
        if round >= 5 {
            told.read_exact(&mut first).unwrap();
        }
        std::thread::sleep(Duration::from_millis(round * 7 % 40));
        child.kill().unwrap();
        child.wait().unwrap();
        let mut rest = String::new();
        told.read_to_string(&mut rest).unwrap();
        let text = if round >= 5 {
            format!("{}{rest}", char::from(first[0]))
        } else {
            rest
        };
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let [seq, target, n] = words[..] else {
                panic!("the writer said: {text}");
            };
            let key = (target.to_owned(), seq.parse().unwrap());
            let value = (round.to_string(), n.parse().unwrap());
            assert_eq!(
                acknowledged.insert(key, value),
                None,
                "a place was given twice"
            );
        }
        let folder = folder(&state);
        // Seen by a reader first, who may not mend anything.
        let read = Journal::open_read(&folder)
            .unwrap()
            .map(|history| all(&history).unwrap());
        let mended = all(Journal::open(&folder).unwrap().history()).unwrap();
        if let Some(read) = read {
            assert_eq!(read, mended);
        }
        let mut kept = BTreeMap::new();
        for (target, (rows, _)) in mended {
            for row in rows {
                kept.insert((target.clone(), row.seq), row);
            }
        }
        for (key, (round, n)) in &acknowledged {
            let row = kept
                .get(key)
                .unwrap_or_else(|| panic!("round {round}: {key:?} is lost"));
            assert_eq!(
                (&row.run, &row.bytes),
                (round, &event(round, *n)),
                "{key:?}"
            );
        }
        // At most what one append wrote was not told any more.
        let untold = kept.len() - acknowledged.len();
        cut_short += usize::from(untold > 0);
        for (target, seq) in kept.keys() {
            acknowledged
                .entry((target.clone(), *seq))
                .or_insert_with(|| {
                    let row = &kept[&(target.clone(), *seq)];
                    let text = String::from_utf8(row.bytes.clone()).unwrap();
                    let n = text
                        .split("\"n\":")
                        .nth(1)
                        .unwrap()
                        .split(',')
                        .next()
                        .unwrap();
                    (row.run.clone(), n.parse().unwrap())
                });
        }
        assert!(untold <= 3, "{untold}");
    }
    subprocess::tell(&format!(
        "40 kills, {} rows, {cut_short} cut short",
        acknowledged.len()
    ));
    assert!(
        acknowledged.len() > 200,
        "the writers hardly wrote: {}",
        acknowledged.len()
    );
}

#[test]
fn two_processes_write_and_a_third_reads() {
    const NAME: &str = "two_processes_write_and_a_third_reads";
    let write = |path: &Path, target: &str| {
        let mut journal = Journal::open(&folder(path)).unwrap();
        // Enough for the log to be moved into the file several times meanwhile.
        for n in 0..60 {
            let heavy = event("0", n).repeat(40);
            journal.append(target, target, &[heavy]).unwrap();
            journal.append("both", target, &[event("0", n)]).unwrap();
        }
    };
    if let Some(part) = subprocess::part() {
        write(Path::new(&part[0]), &part[1]);
        subprocess::done();
    }
    let root = tempfile::tempdir().unwrap();
    let state = root.path().join("state");
    let path = state.to_str().unwrap();
    let mut children = ["one", "two"].map(|target| {
        subprocess::command(module_path!(), NAME, &[path, target])
            .spawn()
            .unwrap()
    });
    // Reading meets every state between the first and the last event, and never a torn one.
    let begun = Instant::now();
    let mut reads = 0;
    loop {
        let ended = children
            .iter_mut()
            .all(|child| child.try_wait().unwrap().is_some());
        if let Some(history) = Journal::open_read(&folder(&state)).unwrap() {
            all(&history).unwrap();
            reads += 1;
        }
        if ended {
            break;
        }
        assert!(begun.elapsed() < LIMIT, "the writers do not end");
    }
    for mut child in children {
        assert!(subprocess::is_done(child.wait().unwrap()));
    }
    let history = Journal::open_read(&folder(&state)).unwrap().unwrap();
    let counts: Vec<usize> = all(&history)
        .unwrap()
        .values()
        .map(|(rows, _)| rows.len())
        .collect();
    assert_eq!(counts, [120, 60, 60]);
    assert!(reads > 5, "{reads}");
}

#[test]
fn looking_drops_no_lock_of_this_process() {
    const NAME: &str = "looking_drops_no_lock_of_this_process";
    if let Some(part) = subprocess::part() {
        let mut journal = Journal::open(&folder(Path::new(&part[0]))).unwrap();
        journal
            .append("t", "other process", &events(&["e"]))
            .unwrap();
        subprocess::done();
    }
    let (_root, state) = fresh();
    let mut journal = Journal::open(&state).unwrap();
    journal.append("t", "r", &events(&["e"])).unwrap();
    // POSIX locks belong to the process: closing any descriptor of the file ends them all, and
    // then the last to close elsewhere takes the log away under our feet.
    let file = fs::metadata(database(&state)).unwrap().ino();
    let locked = || {
        let locks = fs::read_to_string("/proc/locks").unwrap();
        let (of, on) = (format!(" {} ", std::process::id()), format!(":{file} "));
        let ours =
            |line: &str| line.contains(" POSIX ") && line.contains(&of) && line.contains(&on);
        locks.lines().any(ours)
    };
    assert!(locked());
    let reader = Journal::open_read(&state).unwrap();
    assert!(locked(), "while another connection is open");
    let writer = Journal::open(&state).unwrap();
    assert!(locked(), "while another connection is open");
    drop((reader, writer));
    assert!(locked(), "after it was closed");
    let path = state.path().to_str().unwrap();
    let mut child = subprocess::command(module_path!(), NAME, &[path]);
    assert!(subprocess::is_done(child.status().unwrap()));
    assert!(state.path().join("journal.db-wal").exists(), "still ours");
    journal.append("t", "r", &events(&["e"])).unwrap();
    drop(journal);
    assert_eq!(
        Journal::open(&state)
            .unwrap()
            .history()
            .read("t")
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn a_long_writer_is_waited_for_and_then_named() {
    let (_root, state) = fresh();
    let mut journal = Journal::open(&state).unwrap();
    let other = Connection::open(database(&state)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| journal.append("t", "r", &events(&["e"])));
        std::thread::sleep(Duration::from_millis(300));
        // Readers are in nobody's way.
        Journal::open_read(&state)
            .unwrap()
            .unwrap()
            .targets()
            .unwrap();
        assert!(!waiting.is_finished(), "it waits while the other writes");
        other.execute_batch("COMMIT").unwrap();
        waiting.join().unwrap().unwrap();
    });
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let asked = Instant::now();
    let (mut journal, result) = ends(move || {
        let result = journal.append("t", "r", &events(&["e"]));
        (journal, result)
    });
    let problem = result.unwrap_err();
    assert!(matches!(problem, JournalError::Busy), "{problem}");
    one_line(&problem);
    // Not given up at once. Not the other way round: a busy machine may take longer.
    assert!(asked.elapsed() >= Duration::from_secs(4));
    // That one was not written; the next is.
    other.execute_batch("COMMIT").unwrap();
    journal.append("t", "r", &events(&["e"])).unwrap();
    assert_eq!(journal.history().read("t").unwrap().len(), 2);
}

/// Appends until it fails; gives the failure, and how many were acknowledged.
fn until_it_fails(journal: &mut Journal) -> (JournalError, usize) {
    let weight = vec![b'w'; 20_000];
    for n in 0..10_000 {
        if let Err(problem) = journal.append("t", "r", std::slice::from_ref(&weight)) {
            return (problem, n);
        }
    }
    panic!("it never failed");
}

#[test]
fn a_full_disk_is_told_and_what_was_acknowledged_stays() {
    const NAME: &str = "a_full_disk_is_told_and_what_was_acknowledged_stays";
    if let Some(part) = subprocess::part() {
        let state = folder(&Path::new(&part[0]).join("state"));
        let mut journal = Journal::open(&state).unwrap();
        let ballast = state.path().join("ballast");
        fs::write(&ballast, vec![0; 1 << 20]).unwrap();
        let (problem, acknowledged) = until_it_fails(&mut journal);
        assert!(matches!(problem, JournalError::Full), "{problem:?}");
        one_line(&problem);
        assert!(acknowledged > 100);
        assert_eq!(journal.history().read("t").unwrap().len(), acknowledged);
        let look = StateFolder::look(&StateLocation::choose(Some(state.path())).unwrap());
        let history = Journal::open_read(&look.unwrap().unwrap())
            .unwrap()
            .unwrap();
        assert_eq!(history.read("t").unwrap().len(), acknowledged);
        // Room again: how the run ended can be written.
        fs::remove_file(&ballast).unwrap();
        journal.append("t", "r", &events(&["the end"])).unwrap();
        drop((journal, history));
        let rows = Journal::open(&state).unwrap().history().read("t").unwrap();
        assert_eq!(rows.len(), acknowledged + 1);
        assert_eq!(rows.last().unwrap().bytes, b"the end");
        subprocess::done();
    }
    let disk = tempfile::tempdir().unwrap();
    let part = [disk.path().to_str().unwrap()];
    let child = subprocess::command_on_tmpfs(disk.path(), "size=24m", module_path!(), NAME, &part);
    if let Some(mut child) = child {
        assert!(subprocess::is_done(child.status().unwrap()));
    }
}

#[test]
fn after_a_failed_write_this_process_writes_no_more() {
    const NAME: &str = "after_a_failed_write_this_process_writes_no_more";
    if let Some(part) = subprocess::part() {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let state = folder(Path::new(&part[0]));
        let mut journal = Journal::open(&state).unwrap();
        let mut limit = getrlimit(Resource::Fsize);
        limit.current = Some(1 << 20);
        setrlimit(Resource::Fsize, limit).unwrap();
        let (problem, acknowledged) = until_it_fails(&mut journal);
        assert!(matches!(problem, JournalError::Io { .. }), "{problem:?}");
        one_line(&problem);
        limit.current = limit.maximum;
        setrlimit(Resource::Fsize, limit).unwrap();
        let problem = journal.append("t", "r", &events(&["e"])).unwrap_err();
        assert!(matches!(problem, JournalError::Stopped), "{problem:?}");
        one_line(&problem);
        assert_eq!(journal.history().read("t").unwrap().len(), acknowledged);
        subprocess::tell(&format!("{acknowledged} acknowledged"));
        subprocess::done();
    }
    let root = tempfile::tempdir().unwrap();
    let state = root.path().join("state");
    let again = subprocess::command(module_path!(), NAME, &[state.to_str().unwrap()]);
    // The signal that comes with the failure is ignored, as by a service manager.
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", r#"trap "" XFSZ && exec "$@""#, "sh"]);
    shell.arg(again.get_program()).args(again.get_args());
    for (name, value) in again.get_envs() {
        shell.env(name, value.unwrap());
    }
    let output = shell.stdout(Stdio::null()).output().unwrap();
    assert!(subprocess::is_done(output.status), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    let acknowledged: usize = text.split(' ').next().unwrap().parse().unwrap();
    assert!(acknowledged > 10);
    // Another process finds what was acknowledged, and can go on.
    let mut journal = Journal::open(&folder(&state)).unwrap();
    let rows = journal.history().read("t").unwrap().len();
    assert!(
        (acknowledged..=acknowledged + 1).contains(&rows),
        "{rows} of {acknowledged}"
    );
    journal.append("t", "r", &events(&["e"])).unwrap();
}

#[test]
fn a_read_only_disk_can_be_read() {
    const NAME: &str = "a_read_only_disk_can_be_read";
    if let Some(part) = subprocess::part() {
        let disk = Path::new(&part[0]);
        let state = folder(&disk.join("state"));
        let mut journal = Journal::open(&state).unwrap();
        journal.append("t", "r", &events(&["e"])).unwrap();
        drop((journal, state));
        let remount = ["-o", "remount,ro"];
        let mounted = std::process::Command::new("mount")
            .args(remount)
            .arg(disk)
            .status();
        assert!(mounted.unwrap().success());
        let place = StateLocation::choose(Some(&disk.join("state"))).unwrap();
        assert!(matches!(
            StateFolder::open(&place),
            Err(StateError::ReadOnly { .. })
        ));
        let state = StateFolder::look(&place).unwrap().unwrap();
        let history = Journal::open_read(&state).unwrap().unwrap();
        assert_eq!(history.read("t").unwrap().len(), 1);
        let problem =
            Journal::open(&state).map(|mut journal| journal.append("t", "r", &events(&["e"])));
        assert!(matches!(problem, Err(_) | Ok(Err(_))));
        subprocess::done();
    }
    let disk = tempfile::tempdir().unwrap();
    let part = [disk.path().to_str().unwrap()];
    let child = subprocess::command_on_tmpfs(disk.path(), "size=64m", module_path!(), NAME, &part);
    if let Some(mut child) = child {
        assert!(subprocess::is_done(child.status().unwrap()));
    }
}

/// How many transactions lie in the log, each of which is a flush: the last page of one says how
/// large the database is after it, and the others say 0.
fn transactions(state: &StateFolder) -> usize {
    const HEADER: usize = 32;
    const PAGE_HEADER: usize = 24;
    let log = fs::read(state.path().join("journal.db-wal")).unwrap();
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes[..4].try_into().unwrap());
    let page = usize::try_from(number(&log[8..])).unwrap();
    let pages = log[HEADER..].chunks_exact(PAGE_HEADER + page);
    pages.filter(|page| number(&page[4..]) != 0).count()
}

#[test]
fn a_hundred_events_are_flushed_once_as_one_is() {
    let (_root, state) = fresh();
    let mut journal = Journal::open(&state).unwrap();
    let line = b"{\"event\":\"log\",\"level\":\"info\",\"line\":\"Container shop-app-1 Started\"}"
        .to_vec();
    for (nth, count) in [1, 100, 1, 100].into_iter().enumerate() {
        journal
            .append("t", "r", &vec![line.clone(); count])
            .unwrap();
        assert_eq!(transactions(&state), nth + 1, "{count} events");
    }
    assert_eq!(journal.history().read("t").unwrap().len(), 202);
}
