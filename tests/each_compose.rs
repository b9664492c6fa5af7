//! The same test under several Composes, each in a project of its own.

use crate::compose_version::ComposeVersion;
use crate::fixture::Fixture;

/// Under every Compose that is here, in a project of its own.
pub fn under_each(word: &str, test: impl Fn(&mut Fixture, &ComposeVersion)) {
    let versions = ComposeVersion::all();
    assert!(!versions.is_empty(), "no Compose");
    for version in &versions {
        let mut fixture = named(word, version);
        fixture.compose(version);
        test(&mut fixture, version);
    }
}

/// The same for what does not hang on the Compose: under the newest, and under the machine's own.
pub fn under_newest_and_first(word: &str, test: impl Fn(&mut Fixture)) {
    let versions = ComposeVersion::all();
    let ends = [versions.first(), versions.last()];
    for version in ends.map(|it| it.expect("no Compose")) {
        let mut fixture = named(word, version);
        fixture.compose(version);
        test(&mut fixture);
    }
}

/// By which it is known in what a test says.
fn named(word: &str, version: &ComposeVersion) -> Fixture {
    Fixture::new(&format!("{word}-{}", version.class.replace('_', "-")))
}
