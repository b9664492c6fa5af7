#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

fn program(version: &str) -> Program {
    Program {
        command: vec![],
        version: version.into(),
    }
}

#[test]
fn what_made_the_containers_goes_on() {
    let (first, later) = (program("1.29.2"), program("2.27.0"));
    for (made_by, wanted) in [
        (Some("1.29.2"), true),
        (Some("2.3.0"), false),
        (Some("5.0.1"), false),
        (None, false),
    ] {
        assert_eq!(goes_on_with(&first, made_by), wanted, "{made_by:?}");
        assert_eq!(goes_on_with(&later, made_by), !wanted, "{made_by:?}");
    }
}

#[test]
fn the_users_own_plugin_comes_first_and_what_stands_alone_last() {
    let machine = tempfile::tempdir().unwrap();
    let plugin = machine.path().join(".docker/cli-plugins/docker-compose");
    let alone = machine.path().join("bin/docker-compose");
    for path in [&plugin, &alone] {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let folders = plugin_folders(Some(machine.path().as_os_str()));
    let path = machine.path().join("bin");
    let found = candidates(&folders, path.as_os_str());
    assert_eq!((found.first(), found.last()), (Some(&plugin), Some(&alone)));
    assert_eq!(
        candidates(&[], OsStr::new("/nowhere")),
        Vec::<PathBuf>::new()
    );
}
