#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

fn key(text: &str) -> blake3::Hash {
    blake3::hash(text.as_bytes())
}

fn project() -> ProjectName {
    ProjectName::new("shop").unwrap()
}

/// One that has not ended yet.
fn begun(cache: &RenderingCache) -> tokio::task::JoinHandle<()> {
    let rendering = tokio::spawn(std::future::pending());
    cache.begun_early(project(), rendering.abort_handle());
    rendering
}

#[tokio::test]
async fn whoever_wants_what_was_begun_early_gets_its_place() {
    let cache = RenderingCache::default();
    let early = cache.of_early(&key("one"));
    let rendering = begun(&cache);
    assert!(Arc::ptr_eq(&cache.of(&key("one"), &project()), &early));
    assert!(!rendering.is_finished());
    rendering.abort();
}

#[tokio::test]
async fn one_of_other_files_is_ended() {
    let cache = RenderingCache::default();
    let early = cache.of_early(&key("one"));
    let rendering = begun(&cache);
    assert!(!Arc::ptr_eq(&cache.of(&key("two"), &project()), &early));
    assert!(rendering.await.unwrap_err().is_cancelled());
}

#[test]
fn the_oldest_makes_room() {
    let cache = RenderingCache::default();
    let first = cache.of_early(&key("0"));
    for n in 1..MOST {
        cache.of_early(&key(&n.to_string()));
    }
    assert!(Arc::ptr_eq(&cache.of_early(&key("0")), &first));
    cache.of_early(&key("one more"));
    assert!(!Arc::ptr_eq(&cache.of_early(&key("0")), &first));
}
