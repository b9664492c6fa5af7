#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::ffi::OsString;
use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use super::*;
use crate::subprocess;

fn given(path: &Path) -> StateLocation {
    StateLocation::choose(Some(path)).unwrap()
}

fn refused(path: &Path) -> StateError {
    let problem = StateFolder::open(&given(path)).unwrap_err();
    let text = problem.to_string();
    assert_eq!(text.matches(" — ").count(), 2, "what, where, cure: {text}");
    assert!(!text.contains('\n'));
    problem
}

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o7777
}

#[test]
fn the_place_is_the_first_that_is_named() {
    let choose = |given: Option<&str>, root: bool, set: &[(&str, &str)]| {
        let set: Vec<(String, OsString)> = set
            .iter()
            .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
            .collect();
        StateLocation::choose_from(given.map(Path::new), root, |name| {
            set.iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
        })
        .map(|place| place.path().to_owned())
    };
    let all = [
        ("STATE_DIRECTORY", "/systemd/one:/systemd/two"),
        ("XDG_STATE_HOME", "/xdg"),
        ("HOME", "/home/deploy"),
    ];
    type Case<'a> = (Option<&'a str>, bool, &'a [(&'a str, &'a str)], &'a str);
    let cases: [Case<'_>; 7] = [
        (Some("/given/"), true, &all, "/given"),
        (None, false, &all, "/systemd/one"),
        (None, true, &all[1..], "/var/lib/deployhost"),
        (None, false, &all[1..], "/xdg/deployhost"),
        (
            None,
            false,
            &all[2..],
            "/home/deploy/.local/state/deployhost",
        ),
        (
            None,
            false,
            &[("XDG_STATE_HOME", "x"), ("HOME", "/h")],
            "/h/.local/state/deployhost",
        ),
        (
            None,
            false,
            &[("STATE_DIRECTORY", ""), ("HOME", "/h")],
            "/h/.local/state/deployhost",
        ),
    ];
    for (given, root, set, expected) in cases {
        let chosen = choose(given, root, set).unwrap();
        assert_eq!(chosen, Path::new(expected), "{given:?} {root} {set:?}");
    }
    for set in [&[][..], &[("HOME", "")], &[("HOME", "relative")]] {
        let problem = choose(None, false, set).unwrap_err();
        assert!(matches!(problem, StateError::NoHome), "{problem}");
        assert!(problem.to_string().contains("--state"));
    }
    for path in ["/", "..", "a/..", ""] {
        let problem = choose(Some(path), false, &[]).unwrap_err();
        assert!(
            matches!(problem, StateError::NoName { .. }),
            "{path}: {problem}"
        );
    }
    let here = std::env::current_dir().unwrap();
    assert_eq!(choose(Some("a/b"), false, &[]).unwrap(), here.join("a/b"));
}

#[test]
fn everything_made_is_ours_alone_whatever_the_umask() {
    if let Some(part) = subprocess::part() {
        let umask = u32::from_str_radix(&part[1], 8).unwrap();
        rustix::process::umask(Mode::from_raw_mode(umask));
        let folder = StateFolder::open(&given(Path::new(&part[0]))).unwrap();
        for made in [
            folder.mirrors(),
            folder.plugins(),
            folder.compiled(),
            folder.locks(),
            folder.home(),
        ] {
            assert_eq!(mode(&made.unwrap().path), 0o700);
        }
        durable_write(folder.dir(), "file", b"text").unwrap();
        subprocess::done();
    }
    for umask in ["000", "022", "277"] {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let path = state.to_str().unwrap();
        let name = "everything_made_is_ours_alone_whatever_the_umask";
        let mut child = subprocess::command(module_path!(), name, &[path, umask]);
        assert!(
            subprocess::is_done(child.status().unwrap()),
            "umask {umask}"
        );
        assert_eq!(mode(&state), 0o700, "umask {umask}");
        assert_eq!(mode(&state.join("file")), 0o600, "umask {umask}");
        assert_eq!(fs::read(state.join("file")).unwrap(), b"text");
    }
}

#[test]
fn a_folder_that_is_there_is_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    assert!(StateFolder::look(&given(&state)).unwrap().is_none());
    assert!(!state.exists(), "looking makes nothing");
    StateFolder::open(&given(&state)).unwrap();
    let again = StateFolder::open(&given(&state)).unwrap();
    assert_eq!(again.path(), state.canonicalize().unwrap());
    let look = StateFolder::look(&given(&state)).unwrap().unwrap();
    assert_eq!(look.path(), again.path());
    // A link above the folder is somebody's way to lay out a machine, and is resolved.
    let link = folder.path().join("link");
    symlink(folder.path(), &link).unwrap();
    let through = StateFolder::open(&given(&link.join("state"))).unwrap();
    assert_eq!(through.path(), again.path());
}

#[test]
fn what_is_not_a_folder_of_ours_alone_is_refused_by_reason() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let made = |name: &str, mode: u32| {
        DirBuilder::new().mode(0o700).create(at(name)).unwrap();
        fs::set_permissions(at(name), Permissions::from_mode(mode)).unwrap();
        at(name)
    };
    let real = made("real", 0o700);

    symlink(&real, at("link")).unwrap();
    for path in [
        at("link"),
        PathBuf::from(format!("{}/", at("link").display())),
    ] {
        let problem = refused(&path);
        assert!(matches!(problem, StateError::Symlink { .. }), "{problem}");
        assert!(StateFolder::look(&given(&path)).is_err());
    }
    symlink(at("nowhere"), at("dangling")).unwrap();
    let problem = refused(&at("dangling"));
    assert!(matches!(problem, StateError::Symlink { .. }), "{problem}");
    assert!(!at("nowhere").exists());

    fs::write(at("file"), "text").unwrap();
    let problem = refused(&at("file"));
    assert!(
        matches!(problem, StateError::NotAFolder { .. }),
        "{problem}"
    );
    let problem = refused(&at("file").join("state"));
    assert!(
        matches!(problem, StateError::NotAFolder { .. }),
        "{problem}"
    );

    let problem = refused(&at("missing").join("state"));
    assert!(matches!(problem, StateError::NoParent { .. }), "{problem}");
    assert!(!at("missing").exists());

    for open in [0o777, 0o755, 0o750, 0o701, 0o720, 0o1777] {
        let path = made(&format!("mode-{open:o}"), open);
        let problem = refused(&path);
        assert!(
            matches!(problem, StateError::OpenToOthers { mode, .. } if mode == open),
            "{problem}"
        );
        assert!(
            problem
                .to_string()
                .contains(&format!("chmod 700 {}", path.display()))
        );
        assert!(StateFolder::look(&given(&path)).is_err());
    }

    let inner = made("inner", 0o700);
    symlink(&real, inner.join("locks")).unwrap();
    let problem = StateFolder::open(&given(&inner))
        .unwrap()
        .locks()
        .unwrap_err();
    assert!(matches!(problem, StateError::Symlink { .. }), "{problem}");

    if StateUser::me().is_root() {
        let path = made("other", 0o700);
        chown(&path, Some(65534), None).unwrap();
        let problem = refused(&path);
        assert!(
            matches!(problem, StateError::OtherOwner { .. }),
            "{problem}"
        );
        assert!(problem.to_string().contains("nobody"), "{problem}");
    }
}

#[test]
fn a_read_only_and_a_full_disk_are_told_apart() {
    const NAME: &str = "a_read_only_and_a_full_disk_are_told_apart";
    if let Some(part) = subprocess::part() {
        let disk = Path::new(&part[0]);
        match part[1].as_str() {
            "read-only" => {
                let problem = refused(&disk.join("state"));
                assert!(matches!(problem, StateError::ReadOnly { .. }), "{problem}");
            }
            "small" => {
                let problem = refused(&disk.join("state"));
                assert!(matches!(problem, StateError::Full { .. }), "{problem}");
                let look = StateFolder::look(&given(&disk.join("state"))).unwrap();
                assert!(look.is_some(), "a full folder can be looked at");
            }
            "nodes" => {
                let folder = StateFolder::open(&given(&disk.join("state"))).unwrap();
                while durable_write(folder.dir(), &format!("{}", rand()), b"").is_ok() {}
                let problem = refused(&disk.join("state"));
                assert!(matches!(problem, StateError::Full { .. }), "{problem}");
            }
            other => unreachable!("{other}"),
        }
        subprocess::done();
    }
    let disk = tempfile::tempdir().unwrap();
    for (options, what) in [
        ("ro,size=64m", "read-only"),
        ("size=1m", "small"),
        ("size=64m,nr_inodes=20", "nodes"),
    ] {
        let part = [disk.path().to_str().unwrap(), what];
        if let Some(mut child) =
            subprocess::command_on_tmpfs(disk.path(), options, module_path!(), NAME, &part)
        {
            assert!(subprocess::is_done(child.status().unwrap()), "{what}");
        }
    }
}

/// Another number at each call.
fn rand() -> u64 {
    getrandom::u64().unwrap()
}

#[test]
fn network_file_systems_are_known() {
    assert_eq!(network(0x6969), Some("NFS"));
    // The kernel's field is signed on some machines.
    assert_eq!(network(i64::from(0xff53_4d42_u32 as i32)), Some("SMB"));
    assert_eq!(network(0xef53), None, "ext4");
    assert_eq!(network(0x0102_1994), None, "tmpfs");
}

#[test]
fn a_durable_write_replaces_whole_and_leaves_no_draft() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateFolder::open(&given(&folder.path().join("state"))).unwrap();
    let old = vec![b'a'; 300_000];
    let new = vec![b'b'; 200_000];
    durable_write(state.dir(), "file", &old).unwrap();
    // A killed writer's draft is in the way of nobody.
    fs::write(state.path().join("file.new"), "left behind, and longer").unwrap();
    std::thread::scope(|scope| {
        for bytes in [&old, &new, &old, &new] {
            let dir = state.dir();
            scope.spawn(move || {
                for _ in 0..10 {
                    durable_write(dir, "file", bytes).unwrap();
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..200 {
                let seen = fs::read(state.path().join("file")).unwrap();
                assert!(seen == old || seen == new, "{} bytes", seen.len());
            }
        });
    });
    assert_eq!(fs::read_dir(state.path()).unwrap().count(), 1);
    for name in ["", ".", "..", "a/b", "/etc/x"] {
        assert!(durable_write(state.dir(), name, b"").is_err(), "{name:?}");
    }
    // A link in the draft's place is not written through.
    let outside = folder.path().join("outside");
    fs::write(&outside, "untouched").unwrap();
    symlink(&outside, state.path().join("linked.new")).unwrap();
    assert!(durable_write(state.dir(), "linked", b"x").is_err());
    assert_eq!(fs::read(&outside).unwrap(), b"untouched");
}
