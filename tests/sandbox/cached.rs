//! Compiled plugins on disk: whatever is done to them, a load either finds them whole or compiles
//! again.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use deployhost_runtime::sandbox::{Cache, Plugin};
use tempfile::TempDir;

use super::bytes::{COMPONENT, Random};
use super::plugin_harness::{PluginHarness, bytes, load, sandbox, wait};

const TAG: usize = 32;

fn open(folder: &Path) -> Cache {
    Cache::open(folder).unwrap()
}

fn cached(cache: &Cache) -> Plugin {
    let ports = PluginHarness::default().ports();
    wait(Plugin::load(sandbox(), Some(cache), &ports, bytes())).unwrap()
}

/// The one compiled file of a cache.
fn compiled(folder: &Path) -> PathBuf {
    let mut files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "compiled"));
    let file = files.next().unwrap();
    assert_eq!(files.next(), None);
    file
}

fn works(plugin: &Plugin) {
    let receipt = PluginHarness::default().apply_with(plugin, r#"{"do": "count"}"#);
    assert_eq!(receipt.unwrap().unwrap().summary, "0");
}

#[test]
fn what_is_kept_is_used() {
    let folder = TempDir::new().unwrap();
    works(&cached(&open(folder.path())));
    // What is compiled again is written again, as another file.
    let before = fs::metadata(compiled(folder.path())).unwrap().ino();
    for _ in 0..5 {
        works(&cached(&open(folder.path())));
        let now = fs::metadata(compiled(folder.path())).unwrap().ino();
        assert_eq!(now, before);
    }
}

#[test]
fn compiled_code_is_no_plugin() {
    let folder = TempDir::new().unwrap();
    cached(&open(folder.path()));
    let kept = fs::read(compiled(folder.path())).unwrap();
    let refused = load(&kept[TAG..]).err().unwrap();
    assert!(
        refused.starts_with("already compiled code, which is never loaded"),
        "{refused}"
    );
}

/// An empty component is compiled in no time, and no plugin for another reason.
fn cached_emptiness(cache: &Cache) {
    let ports = PluginHarness::default().ports();
    let loaded = wait(Plugin::load(sandbox(), Some(cache), &ports, &COMPONENT));
    let refused = loaded.err().unwrap();
    assert!(
        refused.0.message.starts_with("it exports neither"),
        "{refused}"
    );
}

#[test]
fn a_damaged_file_is_compiled_again() {
    damaged(200, cached_emptiness);
    damaged(12, |cache| works(&cached(cache)));
}

fn damaged(cases: u32, load: impl Fn(&Cache)) {
    let folder = TempDir::new().unwrap();
    let cache = open(folder.path());
    load(&cache);
    let file = compiled(folder.path());
    let whole = fs::read(&file).unwrap();
    let mut random = Random(0xda3a9e);
    for case in 0..cases {
        let mut bytes = whole.clone();
        let at = random.next() as usize % bytes.len();
        match case % 4 {
            0 => bytes.truncate(at),
            1 => bytes[at % TAG] ^= 1 << (random.next() % 8),
            2 => bytes.extend(random.bytes(1 + at % 100)),
            _ => bytes[at] ^= 1 << (random.next() % 8),
        }
        fs::write(&file, &bytes).unwrap();
        load(&cache);
        assert_eq!(
            fs::read(&file).unwrap(),
            whole,
            "case {case} was not repaired"
        );
    }
}

#[test]
fn another_key_is_another_cache() {
    let folder = TempDir::new().unwrap();
    cached(&open(folder.path()));
    let file = compiled(folder.path());
    let first = fs::read(&file).unwrap();
    fs::write(folder.path().join("key"), [7; 32]).unwrap();
    works(&cached(&open(folder.path())));
    let second = fs::read(&file).unwrap();
    assert_ne!(first[..TAG], second[..TAG]);
    assert_eq!(first[TAG..], second[TAG..]);
}

#[test]
fn one_plugins_code_is_not_anothers() {
    let folder = TempDir::new().unwrap();
    let cache = open(folder.path());
    cached_emptiness(&cache);
    let other = compiled(folder.path());
    let others = fs::read(&other).unwrap();
    fs::remove_file(&other).unwrap();
    cached(&cache);
    let file = compiled(folder.path());
    let whole = fs::read(&file).unwrap();
    // Under this key, intact, and not what this name stands for.
    fs::write(&file, &others).unwrap();
    works(&cached(&cache));
    assert_eq!(fs::read(&file).unwrap(), whole);
}
