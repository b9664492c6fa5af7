//! The same test under several Composes, each in a project of its own.

use crate::compose_version::ComposeVersion;
use crate::fixture::Fixture;

/// Under every Compose that is here, in a project of its own.
pub fn under_each(word: &str, test: impl Fn(&mut Fixture, &ComposeVersion)) {
    under(&ComposeVersion::all(), word, test);
}

/// The same for what does not hang on the Compose: under the newest, and under the machine's own.
pub fn under_newest_and_first(word: &str, test: impl Fn(&mut Fixture)) {
    let mut versions = ComposeVersion::all();
    if versions.len() > 2 {
        versions.drain(1..versions.len() - 1);
    }
    under(&versions, word, |fixture, _| test(fixture));
}

fn under(versions: &[ComposeVersion], word: &str, test: impl Fn(&mut Fixture, &ComposeVersion)) {
    assert!(!versions.is_empty(), "no Compose");
    for version in versions {
        // By which it is known in what a test says.
        let class = version.class.replace('_', "-");
        let mut fixture = Fixture::new(&format!("{word}-{class}"));
        fixture.compose(version);
        test(&mut fixture, version);
    }
}
