//! Canaries: secrets that everything around a run says back, in every spelling, and that nobody must
//! find again where people read.
//!
//! A secret that a plugin cuts in two over two of its lines is in neither: that no host can see. One
//! that the host itself cuts, into lines, lengths or buffers, must not come through.

mod echo_fixture;
mod encoding;
mod hostile;
mod secret;
mod server;
mod sink;
mod terminal;
mod tls;

use std::io::Write;

use echo_fixture::{EchoFixture, End};
use encoding::ENCODINGS;
use sink::{Search, Sink};

use crate::fixture::Fixture;

/// What plugins are told where a request with a secret fails, and what servers answer it with.
const WAYS_TO_FAIL: [&str; 13] = [
    "has no address",
    "certificate problem",
    "no connection to",
    "no whole answer",
    "broke off",
    "did not answer",
    "is compressed",
    "302\n",
    "401\n",
    "404\n",
    "429\n",
    "500\n",
    "the plugin panicked",
];

/// Deployments that end in each way, while everybody talks.
fn everybody_talks(echo: &mut EchoFixture) {
    use End::{Fails, FailsPlanning, Panics, PanicsPlanning, Well};
    let well = echo.repeating(Well);
    assert_eq!(echo.run_traced(&well), 0, "{}", echo.last);
    for (end, options, code) in [
        (FailsPlanning, &["--json"][..], 3),
        (PanicsPlanning, &["--json"], 3),
        (Fails, &[], 4),
        (Panics, &["--json"], 4),
    ] {
        let steps = echo.repeating(end);
        assert_eq!(echo.run(&steps, options), code, "{}", echo.last);
    }
    for (end, code) in [(FailsPlanning, 3), (Panics, 4)] {
        let steps = echo.repeating(end);
        assert_eq!(echo.run_in_a_job(&steps), code, "{}", echo.last);
    }
    for (steps, options, code) in [
        (echo.using(Well, 2), &[][..], 0),
        (echo.using(Panics, 0), &["--json"], 4),
        (echo.refused(), &[], 2),
        (echo.refused_by_git(), &[], 3),
    ] {
        assert_eq!(echo.run(&steps, options), code, "{}", echo.last);
    }
}

/// A container that prints everything and dies.
fn a_container_talks(echo: &mut EchoFixture) {
    let steps = echo.printed();
    assert_eq!(echo.run(&steps, &[]), 4, "{}", echo.last);
    // Its lines are there, as far as they may be.
    let output = echo.last.lines().filter(|line| line.contains("| app"));
    assert!(
        output.clone().any(|line| line.contains("[secret unused]")),
        "{}",
        echo.last
    );
}

#[test]
fn no_canary_is_heard() {
    let mut echo = EchoFixture::new("kanarie", true);
    everybody_talks(&mut echo);
    a_container_talks(&mut echo);
    echo.look_back();
    for way in WAYS_TO_FAIL {
        let met = echo.output.values().any(|output| output.contains(way));
        assert!(met, "nothing was {way}");
    }
    let search = Search::for_all(&echo.secrets);
    let sinks = Sink::all(&echo);
    let bytes: usize = sinks.iter().map(|sink| search.finds_nothing(sink)).sum();
    let output = format!(
        "canaries: {} secrets × {} encodings × {} places, 0 hits ({:.1} MiB searched)\n",
        echo.secrets.len(),
        ENCODINGS.len(),
        sinks.len(),
        bytes as f64 / f64::from(1 << 20),
    );
    // Past libtest, which shows nothing of a test that passes.
    std::io::stderr().write_all(output.as_bytes()).unwrap();
}

/// The search can find, and everybody really says everything: where nobody declares the secrets, each
/// spelling is in each sink.
#[test]
fn undeclared_canaries_are_heard_everywhere() {
    let mut echo = EchoFixture::new("kanarie-open", false);
    everybody_talks(&mut echo);
    echo.look_back();
    let search = Search::for_all(&echo.secrets);
    for sink in Sink::all(&echo) {
        search.finds_every_spelling(&sink);
    }
}

/// A core dump is the whole memory: a crash leaves none, here and in what the program starts.
#[test]
fn a_crash_would_leave_no_memory_behind() {
    let fixture = Fixture::without_containers("core");
    fixture.commit("First", &[("page", "good")]);
    let mut run = fixture.start();
    run.until("opened", "");
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", run.pid())).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let soft = core.and_then(|line| line.split_whitespace().nth(4));
    assert_eq!(soft, Some("0"), "{limits}");
    run.kill();
}
