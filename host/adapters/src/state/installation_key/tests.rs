#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

#[test]
fn it_stays_until_it_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let key = InstallationKey::of(folder.path());
    assert!(!folder.path().join(NAME).exists(), "nobody asked for it");
    let first = key.bytes().unwrap();
    assert_ne!(first, [0; LENGTH]);
    assert_eq!(InstallationKey::of(folder.path()).bytes().unwrap(), first);
    std::fs::write(folder.path().join(NAME), "short").unwrap();
    let second = key.bytes().unwrap();
    assert_ne!(second, first);
    assert_eq!(key.bytes().unwrap(), second);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn many_at_once_agree() {
    let folder = tempfile::tempdir().unwrap();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let key = InstallationKey::of(folder.path());
            std::thread::spawn(move || key.bytes().unwrap())
        })
        .collect();
    let keys: Vec<_> = threads.into_iter().map(|it| it.join().unwrap()).collect();
    assert!(keys.iter().all(|key| key == &keys[0]), "{keys:?}");
}
