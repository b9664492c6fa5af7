//! Canaries: secrets that everything around a run says back, in every spelling, and that nobody must
//! find again where people read.
//!
//! A secret that a plugin cuts in two over two of its lines is in neither: that no host can see. One
//! that the host itself cuts, into lines, lengths or buffers, must not come through.

mod encoding;
mod hostile;
mod place;
mod scene;
mod secret;
mod server;
mod terminal;
mod tls;

use std::io::Write;

use encoding::ENCODINGS;
use place::{Place, Search};
use scene::{End, Scene};

use crate::site::Site;

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
fn everybody_talks(scene: &mut Scene) {
    use End::{Fails, FailsPlanning, Panics, PanicsPlanning, Well};
    let well = scene.repeating(Well);
    assert_eq!(scene.run_traced(&well), 0, "{}", scene.last);
    for (end, options, code) in [
        (FailsPlanning, &["--json"][..], 3),
        (PanicsPlanning, &["--json"], 3),
        (Fails, &[], 4),
        (Panics, &["--json"], 4),
    ] {
        let steps = scene.repeating(end);
        assert_eq!(scene.run(&steps, options), code, "{}", scene.last);
    }
    for (end, code) in [(FailsPlanning, 3), (Panics, 4)] {
        let steps = scene.repeating(end);
        assert_eq!(scene.run_in_a_job(&steps), code, "{}", scene.last);
    }
    for (steps, options, code) in [
        (scene.using(Well, 2), &[][..], 0),
        (scene.using(Panics, 0), &["--json"], 4),
        (scene.refused(), &[], 2),
        (scene.refused_by_git(), &[], 3),
    ] {
        assert_eq!(scene.run(&steps, options), code, "{}", scene.last);
    }
}

/// A container that prints everything and dies.
fn a_container_talks(scene: &mut Scene) {
    let steps = scene.printed();
    assert_eq!(scene.run(&steps, &[]), 4, "{}", scene.last);
    // Its lines are there, as far as they may be.
    let said = scene.last.lines().filter(|line| line.contains("| app"));
    assert!(
        said.clone().any(|line| line.contains("[secret unused]")),
        "{}",
        scene.last
    );
}

#[test]
fn no_canary_is_heard() {
    let mut scene = Scene::new("kanarie", true);
    everybody_talks(&mut scene);
    a_container_talks(&mut scene);
    scene.look_back();
    for way in WAYS_TO_FAIL {
        let met = scene.said.values().any(|said| said.contains(way));
        assert!(met, "nothing was {way}");
    }
    let search = Search::for_all(&scene.secrets);
    let places = Place::all(&scene);
    let bytes: usize = places.iter().map(|place| search.finds_nothing(place)).sum();
    let said = format!(
        "canaries: {} secrets × {} encodings × {} places, 0 hits ({:.1} MiB searched)\n",
        scene.secrets.len(),
        ENCODINGS.len(),
        places.len(),
        bytes as f64 / f64::from(1 << 20),
    );
    // Past libtest, which shows nothing of a test that passes.
    std::io::stderr().write_all(said.as_bytes()).unwrap();
}

/// The search can find, and everybody really says everything: where nobody declares the secrets, each
/// spelling is in each place.
#[test]
fn undeclared_canaries_are_heard_everywhere() {
    let mut scene = Scene::new("kanarie-open", false);
    everybody_talks(&mut scene);
    scene.look_back();
    let search = Search::for_all(&scene.secrets);
    for place in Place::all(&scene) {
        search.finds_every_spelling(&place);
    }
}

/// A core dump is the whole memory: a crash leaves none, here and in what the program starts.
#[test]
fn a_crash_would_leave_no_memory_behind() {
    let site = Site::without_containers("core");
    site.commit("First", &[("page", "good")]);
    let mut run = site.start();
    run.until("opened", "");
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", run.pid())).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let soft = core.and_then(|line| line.split_whitespace().nth(4));
    assert_eq!(soft, Some("0"), "{limits}");
    run.kill();
}
