//! Many random lives of a target: whatever happened before, a deployment that ends well leaves every
//! container running what is wanted, and nothing to do after it.

use crate::target::{DeployTarget, service};

/// The same walks each time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

const COMMITS: [&str; 6] = [
    "aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd", "eeeeeeee", "ffffffff",
];

fn target(dice: &mut Dice) -> DeployTarget {
    let target = DeployTarget::new();
    target.folder("target");
    for commit in COMMITS {
        let version = |dice: &mut Dice| dice.throw(2).to_string();
        let specs = [
            service("app")
                .arg(&version(dice))
                .env(&version(dice))
                .build("src")
                .mount("target")
                .after("db"),
            service("web")
                .env(&version(dice))
                .mount("target")
                .mount("conf"),
            service("db").mount("/etc/db.conf"),
        ];
        let (src, content, conf) = (version(dice), version(dice), version(dice));
        target.commit(
            commit,
            specs,
            &[("src", &src), ("target", &content), ("conf", &conf)],
        );
    }
    target
}

#[test]
fn whatever_happened_before_a_deployment_brings_what_is_wanted() {
    for seed in 0..200 {
        let mut dice = Dice(seed);
        let mut target = target(&mut dice);
        let mut releases: Vec<(&str, String)> = Vec::new();
        let mut story = Vec::new();
        for _ in 0..25 {
            let commit = COMMITS[usize::try_from(dice.throw(6)).unwrap()];
            let service = ["app", "web", "db"][usize::try_from(dice.throw(3)).unwrap()];
            let what = dice.throw(12);
            story.push((what, commit, service));
            match what {
                0 => target.move_tree(commit),
                1 if target.last.is_some() => target.restart_by_hand(service),
                2 if target.last.is_some() => target.stop_by_hand(service),
                3 => target.remove_by_hand(service),
                4 => target.replace("target"),
                5 => target.outside("/etc/db.conf", commit),
                6 => target.image("busybox:1", commit),
                7 => {
                    target.kill_after(usize::try_from(dice.throw(9)).unwrap());
                    let _ = target.deploy(commit);
                }
                8 if !releases.is_empty() => {
                    let (commit, pin) = releases
                        [usize::try_from(dice.throw(releases.len() as u64)).unwrap()]
                    .clone();
                    target.move_tree(commit);
                    target.apply(commit, Some(&pin)).unwrap();
                    assert_eq!(
                        target.stale(),
                        Vec::<String>::new(),
                        "seed {seed}: {story:?}"
                    );
                    target.apply(commit, Some(&pin)).unwrap();
                    assert_eq!(
                        target.calls(),
                        Vec::<String>::new(),
                        "seed {seed}: {story:?}"
                    );
                }
                _ => {
                    target.move_tree(commit);
                    let planned = target.plan(commit).len();
                    let receipt = target.apply(commit, None).unwrap();
                    assert!(
                        planned > 0 || target.calls().is_empty(),
                        "not shown, seed {seed}: {story:?}"
                    );
                    assert_eq!(
                        target.stale(),
                        Vec::<String>::new(),
                        "seed {seed}: {story:?}"
                    );
                    assert_eq!(target.plan(commit), [], "seed {seed}: {story:?}");
                    releases.push((commit, receipt.pin.unwrap()));
                }
            }
        }
    }
}
