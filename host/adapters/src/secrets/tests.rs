#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{PermissionsExt, symlink};

use rustix::fs::{FileType, Mode};

use super::*;

const CANARY: &str = "canary-0123456789";

fn read_with(variables: &[(&str, OsString)], source: &SecretSource) -> Result<Secret, SecretError> {
    let secrets = Secrets::new(|name: &str| {
        variables
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.clone())
    });
    let origin = Origin::parse("https://a.example").unwrap();
    secrets.read("hook", SecretKind::Token, origin, source)
}

fn why(variables: &[(&str, OsString)], source: &SecretSource) -> SecretErrorKind {
    let refusal = read_with(variables, source).unwrap_err();
    let shown = deployhost_policy::Diagnostic::from(refusal.clone()).to_string();
    assert!(shown.starts_with("the secret hook "), "{shown}");
    assert!(shown.contains(&source.to_string()), "{shown}");
    assert!(
        !shown.contains("canary") && !format!("{refusal:?}").contains("canary"),
        "{shown}"
    );
    refusal.why
}

fn write(path: &Path, content: &[u8], mode: u32) {
    std::fs::write(path, content).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_variable_is_read() {
    let source = SecretSource::Env("HOOK".into());
    let set = |value: &str| [("HOOK", OsString::from(value))];
    assert_eq!(read_with(&set(CANARY), &source).unwrap().expose(), CANARY);
    assert_eq!(why(&[], &source), SecretErrorKind::Missing);
    assert_eq!(why(&set(""), &source), SecretErrorKind::Empty);
    assert_eq!(why(&set("canary"), &source), SecretErrorKind::Short);
    assert_eq!(
        why(&set(&CANARY.repeat(LONGEST)), &source),
        SecretErrorKind::Long
    );
    let bytes = OsString::from_vec(vec![0xff; 20]);
    assert_eq!(why(&[("HOOK", bytes)], &source), SecretErrorKind::NotText);
}

#[test]
fn a_file_is_read_that_only_its_owner_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    let source = SecretSource::File(path.clone());
    assert_eq!(why(&[], &source), SecretErrorKind::Missing);
    for mode in [0o600, 0o400, 0o700] {
        write(&path, format!("{CANARY}\n").as_bytes(), mode);
        assert_eq!(
            read_with(&[], &source).unwrap().expose(),
            CANARY,
            "{mode:o}"
        );
        std::fs::remove_file(&path).unwrap();
    }
    for mode in [0o644, 0o604, 0o640, 0o620, 0o601, 0o777] {
        write(&path, CANARY.as_bytes(), mode);
        assert_eq!(
            why(&[], &source),
            SecretErrorKind::Exposed(mode),
            "{mode:o}"
        );
    }
    write(&path, b"", 0o600);
    assert_eq!(why(&[], &source), SecretErrorKind::Empty);
    write(&path, b"canary\0canary", 0o600);
    assert_eq!(why(&[], &source), SecretErrorKind::Nul);
    write(&path, b"canary\xff\xfe\xfd", 0o600);
    assert_eq!(why(&[], &source), SecretErrorKind::NotText);
    write(&path, &vec![b'x'; LONGEST], 0o600);
    assert!(read_with(&[], &source).is_ok());
    write(&path, &vec![b'x'; LONGEST + 1], 0o600);
    assert_eq!(why(&[], &source), SecretErrorKind::Long);
}

#[test]
fn what_is_no_regular_file_is_refused_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("folder")).unwrap();
    write(&at("secret"), CANARY.as_bytes(), 0o600);
    symlink(at("secret"), at("link")).unwrap();
    let fifo = Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, at("fifo"), FileType::Fifo, fifo, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    for path in [
        at("folder"),
        at("link"),
        at("fifo"),
        at("socket"),
        "/dev/zero".into(),
    ] {
        assert_eq!(
            why(&[], &SecretSource::File(path.clone())),
            SecretErrorKind::NotAFile,
            "{}",
            path.display()
        );
    }
    assert_eq!(
        why(&[], &SecretSource::File(at("secret").join("below"))),
        SecretErrorKind::Missing
    );
}

#[test]
fn a_credential_is_in_the_folder_that_systemd_names() {
    let folder = tempfile::tempdir().unwrap();
    let set = [(
        "CREDENTIALS_DIRECTORY",
        folder.path().as_os_str().to_owned(),
    )];
    let credential = |name: &str| SecretSource::Credential(name.into());
    write(&folder.path().join("hook"), CANARY.as_bytes(), 0o440);
    write(&folder.path().join("open"), CANARY.as_bytes(), 0o444);
    assert_eq!(
        read_with(&set, &credential("hook")).unwrap().expose(),
        CANARY
    );
    assert_eq!(
        why(&set, &credential("open")),
        SecretErrorKind::Exposed(0o444)
    );
    assert_eq!(why(&set, &credential("other")), SecretErrorKind::Missing);
    assert_eq!(
        why(&[], &credential("hook")),
        SecretErrorKind::NoCredentials
    );
    for name in ["", ".", "..", "../hook", "/etc/passwd", "a\0b"] {
        assert_eq!(
            why(&set, &credential(name)),
            SecretErrorKind::BadName,
            "{name:?}"
        );
    }
}
