//! Which failure is worth another try, and what it keeps.

use crate::{Failure, Stopped};

#[test]
fn a_failure_with_its_occasion_stays_what_it_is() {
    let failure = Failure::temporary("git.remote-unreachable", "no route")
        .parameter("remote", "origin")
        .help("try later")
        .note("ssh: no route to host")
        .while_doing("fetching origin");
    assert_eq!(failure.code(), "git.remote-unreachable");
    assert_eq!(failure.message(), "fetching origin: no route");
    let Failure::Temporary(diagnostic) = failure else {
        panic!("{failure:?}")
    };
    assert_eq!(diagnostic.value("remote"), Some("origin"));
    assert_eq!(diagnostic.notes, ["ssh: no route to host"]);
    assert_eq!(
        diagnostic.to_string(),
        "fetching origin: no route — try later"
    );
}

#[test]
fn a_stopped_step_is_not_tried_again() {
    assert_eq!(
        Failure::from(Stopped),
        Failure::permanent("run.stopped", "stopped")
    );
}

#[cfg(feature = "http")]
#[test]
fn a_request_that_may_have_arrived_is_not_sent_again_by_the_host() {
    use crate::Diagnostic;
    use crate::http::Error;
    let failure = |kind: fn(Diagnostic) -> Error| {
        Failure::from(kind(
            Diagnostic::new("http.broken", "broken").parameter("url", "x"),
        ))
    };
    for (failure, wanted) in [
        (
            failure(Error::Unreachable),
            Failure::temporary("http.broken", "broken"),
        ),
        (
            failure(Error::Interrupted),
            Failure::other("http.broken", "broken"),
        ),
        (
            failure(Error::Timeout),
            Failure::other("http.broken", "broken"),
        ),
        (
            failure(Error::Denied),
            Failure::permanent("http.broken", "broken"),
        ),
    ] {
        assert_eq!(failure, wanted.parameter("url", "x"));
    }
}
