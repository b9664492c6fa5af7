#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::*;
use crate::hang_guard::{LIMIT, ends};
use crate::state;
use crate::subprocess;

/// A machine in a folder: a state folder, a folder for shared locks, a work tree.
struct Machine {
    root: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("tree/.git")).unwrap();
        fs::create_dir(root.path().join("shared")).unwrap();
        Self { root }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn take(&self, state: &str, run: &str, target: &str) -> Result<Locks, LockError> {
        take(
            self.root.path(),
            state,
            run,
            target,
            &["tree"],
            &["30_docker"],
        )
    }
}

fn take(
    root: &Path,
    state: &str,
    run: &str,
    target: &str,
    trees: &[&str],
    projects: &[&str],
) -> Result<Locks, LockError> {
    let place = state::StateLocation::choose(Some(&root.join(state))).unwrap();
    let folder = StateFolder::open(&place).unwrap();
    let trees: Vec<PathBuf> = trees.iter().map(|tree| root.join(tree)).collect();
    let projects: Vec<String> = projects.iter().map(|name| (*name).to_owned()).collect();
    let claim = LockClaim {
        run,
        command: "run",
    };
    let wanted = LockRequest {
        target,
        trees: &trees,
        projects: &projects,
        docker_socket: None,
    };
    Locks::take_in(Some(&root.join("shared")), &folder, claim, wanted)
}

fn held(result: Result<Locks, LockError>) -> Box<LockHeld> {
    match result {
        Err(LockError::LockHeld(held)) => {
            let text = held.to_string();
            assert_eq!(text.matches(" — ").count(), 2, "what, where, cure: {text}");
            held
        }
        other => panic!("expected to be told who holds it: {other:?}"),
    }
}

fn part_of(held: &LockHeld) -> (&'static str, &str) {
    let kind = match held.resource {
        Resource::Target(_) => "target",
        Resource::Tree(_) => "tree",
        Resource::Project(_) => "project",
    };
    (kind, held.by.as_ref().map_or("", |by| by.run.as_str()))
}

#[test]
fn each_resource_holds_by_itself() {
    let machine = Machine::new();
    let root = machine.root.path();
    fs::create_dir_all(root.join("tree2/.git")).unwrap();
    let first = take(root, "s", "R1", "shop", &["tree"], &["p1"]).unwrap();

    let problem = held(take(root, "s", "R2", "shop", &["tree2"], &["p2"]));
    assert_eq!(part_of(&problem), ("target", "R1"));
    let problem = held(take(root, "s", "R2", "blog", &["tree"], &["p2"]));
    assert_eq!(part_of(&problem), ("tree", "R1"));
    let problem = held(take(root, "s", "R2", "blog", &["tree2"], &["p1"]));
    assert_eq!(part_of(&problem), ("project", "R1"));
    assert!(problem.alive);
    let by = problem.by.clone().unwrap();
    assert_eq!(by.pid, i32::try_from(std::process::id()).unwrap());
    assert_eq!(by.user, state::StateUser::me().to_string());
    assert_eq!(Path::new(&by.state), root.canonicalize().unwrap().join("s"));
    let text = problem.to_string();
    let start = format!(
        "the Compose project p1 is held by run R1 (pid {}, user {}) since ",
        by.pid, by.user
    );
    assert!(text.starts_with(&start), "{text}");
    let clock = &text[start.len()..start.len() + 5];
    assert!(clock.as_bytes()[2] == b':', "{text}");

    // The refused took nothing with them: what they wanted besides is free, and names nobody.
    for entry in fs::read_dir(root.join("s/locks")).unwrap() {
        let entry = entry.unwrap();
        if entry
            .file_name()
            .to_str()
            .unwrap()
            .starts_with("target-blog")
        {
            assert_eq!(fs::read(entry.path()).unwrap(), b"");
        }
    }
    let other = take(root, "s", "R3", "blog", &["tree2"], &["p2"]).unwrap();
    first.release();
    take(root, "s", "R4", "shop", &["tree"], &["p1"])
        .unwrap()
        .release();
    drop(other);
}

#[test]
fn two_state_folders_share_trees_and_projects_but_not_targets() {
    let machine = Machine::new();
    let root = machine.root.path();
    let mine = take(root, "alice", "A", "shop", &["tree"], &["p"]).unwrap();
    let problem = held(take(root, "bob", "B", "shop", &["tree"], &[]));
    assert_eq!(part_of(&problem), ("tree", "A"));
    assert!(problem.to_string().contains("/alice"), "{problem}");
    let problem = held(take(root, "bob", "B", "shop", &[], &["p"]));
    assert_eq!(part_of(&problem), ("project", "A"));
    take(root, "bob", "B", "shop", &[], &[]).unwrap().release();
    mine.release();
    take(root, "bob", "B", "shop", &["tree"], &["p"])
        .unwrap()
        .release();
}

#[test]
fn a_tree_is_locked_however_it_is_named_and_before_it_is_there() {
    let machine = Machine::new();
    let root = machine.root.path();
    // Named through a link, and twice.
    symlink(machine.path("tree"), machine.path("link")).unwrap();
    let locks = take(root, "s", "R1", "a", &["tree", "link", "tree/"], &[]).unwrap();
    let problem = held(take(root, "other", "R2", "a", &["link"], &[]));
    assert_eq!(part_of(&problem), ("tree", "R1"));
    locks.release();

    // Cloned while it is locked: the second run finds a tree, and still has to wait.
    let locks = take(root, "s", "R3", "a", &["new"], &[]).unwrap();
    fs::create_dir_all(machine.path("new/.git")).unwrap();
    let problem = held(take(root, "s", "R4", "b", &["new"], &[]));
    assert_eq!(part_of(&problem), ("tree", "R3"));
    locks.release();

    // A linked work tree has a git dir of its own, which its `.git` file names.
    let git = |args: &[&str]| {
        let status = Command::new("git")
            .current_dir(root)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", root)
            .args(["-c", "user.name=t", "-c", "user.email=t@t"])
            .args(args)
            .status()
            .unwrap();
        assert!(status.success(), "{args:?}");
    };
    git(&["init", "--quiet", "repo"]);
    git(&[
        "-C",
        "repo",
        "commit",
        "--quiet",
        "--allow-empty",
        "-m",
        "first",
    ]);
    git(&["-C", "repo", "worktree", "add", "--quiet", "../linked"]);
    let locks = take(root, "s", "R5", "a", &["linked"], &[]).unwrap();
    assert!(
        machine
            .path("repo/.git/worktrees/linked/deployhost.held")
            .is_file()
    );
    let problem = held(take(root, "other", "R6", "a", &["linked"], &[]));
    assert_eq!(part_of(&problem), ("tree", "R5"));
    // The repository's own work tree is another one.
    take(root, "s", "R7", "b", &["repo"], &[])
        .unwrap()
        .release();
    locks.release();
    // Git does not see the lock as part of the tree.
    git(&["-C", "repo", "diff", "--quiet"]);

    fs::remove_file(machine.path("linked/.git")).unwrap();
    fs::write(machine.path("linked/.git"), "gitdir: /nowhere\n").unwrap();
    let problem = take(root, "s", "R8", "a", &["linked"], &[]).unwrap_err();
    assert!(matches!(problem, LockError::Unusable { .. }), "{problem}");
}

#[test]
fn files_are_never_deleted_and_a_stale_text_holds_nothing() {
    let machine = Machine::new();
    let lock = machine.path("tree/.git/deployhost.held");
    machine.take("s", "R1", "shop").unwrap().release();
    let first = lock.metadata().unwrap().ino();
    assert_eq!(fs::read(&lock).unwrap(), b"", "released: nobody is named");
    // A killed run's text, and rubbish.
    let dead = r#"{"run":"OLD","pid":1,"user":"u","since_unix_ms":0,"command":"run","state":"/s"}"#;
    for text in [dead, "not json", "\u{1b}]0;x", ""] {
        fs::write(&lock, text).unwrap();
        let locks = machine.take("s", "R2", "shop").unwrap();
        let text = fs::read_to_string(&lock).unwrap();
        assert!(
            text.contains(r#""run":"R2""#) && text.ends_with('\n'),
            "{text}"
        );
        locks.release();
    }
    assert_eq!(lock.metadata().unwrap().ino(), first);

    // Held, but the file says nothing usable: an answer all the same, while it is still held.
    let locks = machine.take("s", "R3", "shop").unwrap();
    for entry in fs::read_dir(machine.path("s/locks")).unwrap() {
        fs::write(entry.unwrap().path(), "{\"run\":\"\u{1b}[31m\"}").unwrap();
    }
    let problem = ends(move || held(machine.take("s", "R4", "shop")));
    assert_eq!((problem.by, problem.alive), (None, false));
    drop(locks);
}

#[test]
fn a_lock_file_cleaned_away_is_made_again() {
    let machine = Machine::new();
    let locks = machine.take("s", "R1", "shop").unwrap();
    locks.release();
    fs::remove_file(machine.path("tree/.git/deployhost.held")).unwrap();
    let locks = machine.take("s", "R2", "shop").unwrap();
    assert_eq!(
        part_of(&held(machine.take("t", "R3", "shop"))),
        ("tree", "R2")
    );
    locks.release();

    // Cleaned between the opening and the locking: the old file is not taken for the lock.
    let place = LockFile::project(&machine.path("shared"), "p", None).unwrap();
    let old = File::from(place.open().unwrap());
    assert!(place.is_still(&old).unwrap());
    let name = fs::read_dir(machine.path("shared")).unwrap();
    for entry in name {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    assert!(!place.is_still(&old).unwrap());
    drop(place.open().unwrap());
    assert!(!place.is_still(&old).unwrap());
}

#[test]
fn modes_follow_who_shares_and_links_are_refused() {
    let machine = Machine::new();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o7777;
    let git = machine.path("tree/.git");
    let lock = git.join("deployhost.held");
    for (folder, file) in [(0o755, 0o600), (0o775, 0o660), (0o777, 0o666)] {
        fs::set_permissions(&git, fs::Permissions::from_mode(folder)).unwrap();
        machine.take("s", "R", "shop").unwrap().release();
        assert_eq!(mode(&lock), file, "folder {folder:o}");
        fs::remove_file(&lock).unwrap();
    }
    for entry in fs::read_dir(machine.path("s/locks")).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }

    let victim = machine.path("victim");
    fs::write(&victim, "precious").unwrap();
    symlink(&victim, &lock).unwrap();
    let problem = machine.take("s", "R", "shop").unwrap_err();
    assert!(matches!(problem, LockError::Unusable { .. }), "{problem}");
    fs::remove_file(&lock).unwrap();
    fs::hard_link(&victim, &lock).unwrap();
    let problem = machine.take("s", "R", "shop").unwrap_err();
    assert!(matches!(problem, LockError::Unusable { .. }), "{problem}");
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
    fs::remove_file(&lock).unwrap();

    if state::StateUser::me().is_root() {
        // Root deploys in somebody's tree: the file is that somebody's.
        chown(&git, Some(65534), Some(65534)).unwrap();
        machine.take("s", "R", "shop").unwrap().release();
        assert_eq!(lock.metadata().unwrap().uid(), 65534);

        // A project's lock is the Docker group's; a file that a stranger put there is not used.
        let socket = machine.path("docker.sock");
        fs::write(&socket, "").unwrap();
        chown(&socket, None, Some(4242)).unwrap();
        let place = LockFile::project(&machine.path("shared"), "p", Some(&socket)).unwrap();
        let file = File::from(place.open().unwrap()).metadata().unwrap();
        assert_eq!((file.gid(), file.mode() & 0o7777), (4242, 0o660));
        let path = fs::read_dir(machine.path("shared"))
            .unwrap()
            .find_map(|entry| {
                let path = entry.unwrap().path();
                path.to_string_lossy().contains("-p-").then_some(path)
            });
        let path = path.unwrap();
        chown(&path, Some(65534), Some(65534)).unwrap();
        let problem = place.open().unwrap_err();
        assert!(
            problem.to_string().contains("its lock file is nobody's"),
            "{problem}"
        );
        chown(&path, Some(65534), Some(4242)).unwrap();
        place.open().unwrap();
    }
}

#[test]
fn the_shared_folder_is_one_for_all_users() {
    let folder = lock_file::shared_folder().unwrap();
    let metadata = folder.symlink_metadata().unwrap();
    assert_eq!((metadata.uid(), metadata.mode() & 0o1002), (0, 0o1002));
}

/// A process that holds the locks, and says so.
fn holder(machine: &Machine, test: &str, words: &[&str]) -> (Child, BufReader<impl Read + use<>>) {
    let root = machine.root.path().to_str().unwrap();
    let words: Vec<&str> = [root].into_iter().chain(words.iter().copied()).collect();
    let mut child = subprocess::command(module_path!(), test, &words)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap());
    (child, lines)
}

fn line(lines: &mut impl BufRead) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

#[test]
fn an_orphan_with_effects_keeps_the_locks_and_one_without_does_not() {
    const NAME: &str = "an_orphan_with_effects_keeps_the_locks_and_one_without_does_not";
    if let Some(part) = subprocess::part() {
        let root = Path::new(&part[0]);
        let locks = take(root, "s", "R-killed", "shop", &["tree"], &["p"]).unwrap();
        let mut command = Command::new("sleep");
        command.arg("60").process_group(0).stderr(Stdio::null());
        let child = match part[1].as_str() {
            "heir" => locks.start_inheriting(|| command.spawn()),
            // Others are started meanwhile by other threads: none of them may get the locks.
            _ => std::thread::scope(|scope| {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let mut quick = Command::new("true");
                        locks
                            .start_inheriting(|| quick.spawn())
                            .unwrap()
                            .wait()
                            .unwrap();
                    }
                });
                std::thread::sleep(Duration::from_millis(10));
                start_other(|| command.spawn())
            }),
        };
        subprocess::tell(&child.unwrap().id().to_string());
        std::thread::sleep(Duration::from_secs(60));
        subprocess::done();
    }
    for kind in ["heir", "other", "other", "other"] {
        let machine = Machine::new();
        let (mut run, mut lines) = holder(&machine, NAME, &[kind]);
        let orphan = rustix::process::Pid::from_raw(line(&mut lines).parse().unwrap()).unwrap();
        let root = machine.root.path();
        let each = [
            ("s", "shop", &[][..], &[][..], "target"),
            ("other", "x", &["tree"], &[], "tree"),
            ("other", "x", &[], &["p"], "project"),
        ];
        for (state, target, trees, projects, what) in each {
            let problem = held(take(root, state, "R2", target, trees, projects));
            assert_eq!(part_of(&problem), (what, "R-killed"));
            assert!(problem.alive);
        }
        run.kill().unwrap();
        run.wait().unwrap();
        rustix::process::test_kill_process(orphan).unwrap();
        for (state, target, trees, projects, what) in each {
            let result = take(root, state, "R2", target, trees, projects);
            if kind == "other" {
                result.unwrap().release();
                continue;
            }
            let problem = held(result);
            assert_eq!(part_of(&problem), (what, "R-killed"));
            assert!(!problem.alive);
            assert!(problem.to_string().contains("it was killed"), "{problem}");
        }
        rustix::process::kill_process(orphan, rustix::process::Signal::KILL).unwrap();
        let since = Instant::now();
        while machine.take("s", "R3", "shop").is_err() {
            assert!(
                since.elapsed() < LIMIT,
                "the orphan is gone, and so is the lock"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn released_locks_are_free_although_a_child_lives() {
    let machine = Machine::new();
    let locks = machine.take("s", "R1", "shop").unwrap();
    let mut command = Command::new("sleep");
    let mut child = locks
        .start_inheriting(|| command.arg("60").spawn())
        .unwrap();
    assert_eq!(
        part_of(&held(machine.take("s", "R2", "shop"))),
        ("target", "R1")
    );
    locks.release();
    machine.take("s", "R2", "shop").unwrap().release();
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn of_sixteen_starts_at_once_one_gets_through() {
    const NAME: &str = "of_sixteen_starts_at_once_one_gets_through";
    if let Some(part) = subprocess::part() {
        let mut gate = std::io::stdin();
        gate.read_exact(&mut [0]).unwrap();
        let result = take(
            Path::new(&part[0]),
            &part[1],
            &part[2],
            "shop",
            &["tree"],
            &["p"],
        );
        let answer = match &result {
            Ok(_) => "won".to_owned(),
            Err(LockError::LockHeld(held)) => format!("held {} {}", part_of(held).1, held.alive),
            Err(problem) => format!("{problem}"),
        };
        subprocess::tell(&format!("{} {answer}", part[2]));
        // The winner holds until all have asked.
        let _ = gate.read(&mut [0]).unwrap();
        drop(result);
        subprocess::done();
    }
    for round in 0..5 {
        let machine = Machine::new();
        let mut starts: Vec<_> = (0..16)
            .map(|n| {
                // Of one user's state folder, and of two.
                let state = if round % 2 == 0 || n % 2 == 0 {
                    "s"
                } else {
                    "t"
                };
                holder(&machine, NAME, &[state, &format!("R{n}")])
            })
            .collect();
        for (child, _) in &mut starts {
            child.stdin.as_mut().unwrap().write_all(b"x").unwrap();
        }
        // The winner still holds while the others answer: nobody waited for a lock.
        let (starts, answers) = ends(move || {
            let told = starts.iter_mut().map(|(_, lines)| line(lines));
            let answers: Vec<String> = told.collect();
            (starts, answers)
        });
        for (mut child, _) in starts {
            drop(child.stdin.take());
            assert!(subprocess::is_done(child.wait().unwrap()));
        }
        let winners: Vec<&String> = answers.iter().filter(|a| a.ends_with(" won")).collect();
        assert_eq!(winners.len(), 1, "{answers:?}");
        let winner = winners[0].split(' ').next().unwrap();
        for answer in &answers {
            let words: Vec<&str> = answer.split(' ').collect();
            if words[0] != winner {
                assert_eq!(words[1], "held", "{answers:?}");
                assert_eq!(words[3], "true", "{answers:?}");
            }
        }
    }
}

#[test]
fn another_user_is_told_whose_tree_it_is() {
    const NAME: &str = "another_user_is_told_whose_tree_it_is";
    if let Some(part) = subprocess::part() {
        let result = take(
            Path::new(&part[0]),
            &part[1],
            "R-nobody",
            "shop",
            &["tree"],
            &["p"],
        );
        subprocess::tell(&result.map_or_else(|problem| problem.to_string(), |_| "won".to_owned()));
        subprocess::done();
    }
    let machine = Machine::new();
    let root = machine.root.path();
    let words = [root.to_str().unwrap(), "nobodys"];
    let program = machine.path("program");
    let again = subprocess::command_as_nobody(&program, module_path!(), NAME, &words);
    let Some(mut again) = again else { return };
    let open = |name: &str, mode| {
        fs::set_permissions(machine.path(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    open("", 0o777);
    open("shared", 0o1777);
    open("tree/.git", 0o777);
    let mut as_nobody = || {
        let output = again.output().unwrap();
        assert!(subprocess::is_done(output.status), "{output:?}");
        String::from_utf8(output.stderr)
            .unwrap()
            .trim_end()
            .to_owned()
    };
    let locks = take(root, "roots", "R-root", "shop", &["tree"], &[]).unwrap();
    let told = as_nobody();
    assert!(told.contains("tree is held by run R-root (pid "), "{told}");
    assert!(
        told.contains(", user root) since ") && told.contains("/roots"),
        "{told}"
    );
    locks.release();
    assert_eq!(as_nobody(), "won");
    // A tree that only root may change is none that another can lock, nor hold up.
    open("tree/.git", 0o755);
    fs::remove_file(machine.path("tree/.git/deployhost.held")).unwrap();
    let told = as_nobody();
    assert!(told.contains("may not write there"), "{told}");
    take(root, "roots", "R-root", "shop", &["tree"], &[])
        .unwrap()
        .release();
    let told = as_nobody();
    assert!(told.contains("its lock file is root's"), "{told}");
}

#[test]
fn fifty_runs_leave_no_more_files_than_one() {
    let machine = Machine::new();
    let files = || {
        let folders = ["s/locks", "shared", "tree/.git"].map(|name| machine.path(name));
        folders.map(|folder| fs::read_dir(folder).unwrap().count())
    };
    machine.take("s", "R", "shop").unwrap().release();
    let first = files();
    for _ in 0..49 {
        machine.take("s", "R", "shop").unwrap().release();
    }
    assert_eq!(files(), first);
}
