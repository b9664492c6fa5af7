#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

#[test]
fn all_who_open_at_once_have_one_key() {
    for _ in 0..50 {
        let folder = tempfile::tempdir().unwrap();
        let barrier = std::sync::Barrier::new(8);
        let keys: Vec<[u8; KEY]> = std::thread::scope(|scope| {
            let openers: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        barrier.wait();
                        Cache::open(folder.path()).unwrap().key
                    })
                })
                .collect();
            openers
                .into_iter()
                .map(|opener| opener.join().unwrap())
                .collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
        assert_ne!(keys[0], [0; KEY]);
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }
}

#[test]
fn a_key_that_is_none_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    for damaged in [&b""[..], &[1; KEY - 1], &[1; KEY + 1]] {
        fs::write(&path, damaged).unwrap();
        let key = Cache::open(folder.path()).unwrap().key;
        assert_eq!(fs::read(&path).unwrap(), key);
        assert_eq!(Cache::open(folder.path()).unwrap().key, key);
    }
}

#[test]
fn a_folder_that_cannot_hold_a_cache_is_none() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Cache::open(&folder.path().join("missing")).is_none());
    fs::create_dir(folder.path().join("key")).unwrap();
    assert!(Cache::open(folder.path()).is_none());
}

#[test]
fn a_name_is_part_of_what_is_authenticated() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(folder.path()).unwrap();
    let tag = cache.tag("one", b"code");
    assert_eq!(cache.tag("one", b"code"), tag);
    for (name, code) in [("two", "code"), ("one", "codf"), ("onec", "ode")] {
        assert_ne!(cache.tag(name, code.as_bytes()), tag);
    }
}
