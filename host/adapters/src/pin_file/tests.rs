#![allow(clippy::unwrap_used)]

use std::os::unix::fs::{PermissionsExt, symlink};

use rustix::fs::FileType;

use super::*;

fn file(folder: &Path) -> PinFile {
    PinFile::new(folder, "plugins.toml")
}

#[test]
fn what_is_written_is_read_by_everyone_and_nothing_is_left_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(folder.path());
    assert_eq!(file.read().unwrap(), None);
    // What a killed writer left, and what somebody put there to be written through.
    let elsewhere = folder.path().join("elsewhere");
    std::fs::write(&elsewhere, "precious").unwrap();
    symlink(&elsewhere, folder.path().join("plugins.toml.new")).unwrap();
    for bytes in [&b"one"[..], b"", b"three"] {
        file.change().unwrap().write(bytes).unwrap();
        assert_eq!(file.read().unwrap().unwrap(), bytes);
    }
    let mode = file.path().metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o644);
    assert_eq!(std::fs::read(&elsewhere).unwrap(), b"precious");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn what_is_no_file_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(folder.path());
    let said = || file.read().unwrap_err().to_string();
    std::fs::create_dir(file.path()).unwrap();
    assert_eq!(said(), "it is no file");
    std::fs::remove_dir(file.path()).unwrap();
    symlink("/dev/zero", file.path()).unwrap();
    assert_eq!(said(), "it is a symbolic link");
    std::fs::remove_file(file.path()).unwrap();
    let fifo = FileType::Fifo;
    rustix::fs::mknodat(CWD, file.path(), fifo, Mode::RUSR, 0).unwrap();
    assert_eq!(said(), "it is no file");
    std::fs::remove_file(file.path()).unwrap();
    std::fs::write(file.path(), vec![b'#'; LARGEST + 1]).unwrap();
    assert_eq!(said(), "it is larger than 1 MiB");
}

#[test]
fn writers_come_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(folder.path());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let changing = file.change().unwrap();
                let mut bytes = file.read().unwrap().unwrap_or_default();
                bytes.push(b'x');
                changing.write(&bytes).unwrap();
            });
        }
    });
    assert_eq!(file.read().unwrap().unwrap(), b"xxxxxxxx");
}
