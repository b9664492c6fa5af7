//! Many random lives of a site: whatever happened before, a deployment that ends well leaves every
//! container running what is wanted, and nothing to do after it.

use crate::site::{Site, service};

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

fn site(dice: &mut Dice) -> Site {
    let site = Site::new();
    site.folder("site");
    for commit in COMMITS {
        let version = |dice: &mut Dice| dice.throw(2).to_string();
        let specs = [
            service("app")
                .arg(&version(dice))
                .env(&version(dice))
                .build("src")
                .mount("site")
                .after("db"),
            service("web")
                .env(&version(dice))
                .mount("site")
                .mount("conf"),
            service("db").mount("/etc/db.conf"),
        ];
        let (src, content, conf) = (version(dice), version(dice), version(dice));
        site.commit(
            commit,
            specs,
            &[("src", &src), ("site", &content), ("conf", &conf)],
        );
    }
    site
}

#[test]
fn whatever_happened_before_a_deployment_brings_what_is_wanted() {
    for seed in 0..200 {
        let mut dice = Dice(seed);
        let mut site = site(&mut dice);
        let mut releases: Vec<(&str, String)> = Vec::new();
        let mut story = Vec::new();
        for _ in 0..25 {
            let commit = COMMITS[usize::try_from(dice.throw(6)).unwrap()];
            let service = ["app", "web", "db"][usize::try_from(dice.throw(3)).unwrap()];
            let what = dice.throw(12);
            story.push((what, commit, service));
            match what {
                0 => site.move_tree(commit),
                1 if site.last.is_some() => site.restart_by_hand(service),
                2 if site.last.is_some() => site.stop_by_hand(service),
                3 => site.remove_by_hand(service),
                4 => site.replace("site"),
                5 => site.outside("/etc/db.conf", commit),
                6 => site.image("busybox:1", commit),
                7 => {
                    site.kill_after(usize::try_from(dice.throw(9)).unwrap());
                    let _ = site.deploy(commit);
                }
                8 if !releases.is_empty() => {
                    let (commit, pin) = releases
                        [usize::try_from(dice.throw(releases.len() as u64)).unwrap()]
                    .clone();
                    site.move_tree(commit);
                    site.apply(commit, Some(&pin)).unwrap();
                    assert_eq!(site.stale(), Vec::<String>::new(), "seed {seed}: {story:?}");
                    site.apply(commit, Some(&pin)).unwrap();
                    assert_eq!(site.calls(), Vec::<String>::new(), "seed {seed}: {story:?}");
                }
                _ => {
                    site.move_tree(commit);
                    let planned = site.plan(commit).len();
                    let receipt = site.apply(commit, None).unwrap();
                    assert!(
                        planned > 0 || site.calls().is_empty(),
                        "not shown, seed {seed}: {story:?}"
                    );
                    assert_eq!(site.stale(), Vec::<String>::new(), "seed {seed}: {story:?}");
                    assert_eq!(site.plan(commit), [], "seed {seed}: {story:?}");
                    releases.push((commit, receipt.pin.unwrap()));
                }
            }
        }
    }
}
