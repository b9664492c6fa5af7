//! A repository in memory that keeps what it was asked, and the tests of the whole step against it.

use std::cell::RefCell;

use deployhost_plugin::git::{Error, Obstacle, Resolved, WorkTree};
use deployhost_plugin::output::Tree;
use deployhost_plugin::{Commit, Context, Failure};

use crate::Config;
use crate::repository::Repository;
use crate::sync::{apply, plan};

/// `history` is newest first: what the remote's `main` has. `mirrored` says whether it was fetched.
struct Fake {
    head: RefCell<Option<WorkTree>>,
    history: Vec<Commit>,
    mirrored: RefCell<bool>,
    kind: &'static str,
    rewritten_from: Option<String>,
    obstacles: Vec<Obstacle>,
    changed: Result<Vec<String>, Error>,
    fetch: Result<(), Error>,
    asked: RefCell<Vec<String>>,
    /// Something else moves the tree back at once.
    stubborn: bool,
}

fn id(letter: char) -> String {
    letter.to_string().repeat(40)
}

fn commit(letter: char) -> Commit {
    Commit {
        id: id(letter),
        subject: format!("Subject of {letter}"),
        author: "Ada".into(),
    }
}

fn standing(letter: char, modified: &[&str]) -> Option<WorkTree> {
    Some(WorkTree {
        commit: commit(letter),
        modified: modified.iter().map(ToString::to_string).collect(),
    })
}

fn config() -> Config {
    Config {
        tree: "/srv/my app".into(),
        remote: "origin".into(),
        url: None,
        wanted: "main".into(),
        allow_rewritten: false,
        allow_symlinks: false,
        allow_submodules: false,
    }
}

/// `main` is at d; c, b and a are before it; the tree stands at a.
fn fake() -> Fake {
    Fake {
        head: RefCell::new(standing('a', &[])),
        history: "dcba".chars().map(commit).collect(),
        mirrored: RefCell::new(false),
        kind: "branch",
        rewritten_from: None,
        obstacles: vec![],
        changed: Ok(vec!["src/app.py".into()]),
        fetch: Ok(()),
        asked: RefCell::default(),
        stubborn: false,
    }
}

impl Fake {
    fn note(&self, what: String) {
        self.asked.borrow_mut().push(what);
    }

    fn asked(&self, word: &str) -> Vec<String> {
        let asked = self.asked.borrow();
        asked
            .iter()
            .filter(|line| line.starts_with(word))
            .cloned()
            .collect()
    }

    fn position(&self, id: &str) -> Result<usize, Error> {
        let found = self.history.iter().position(|commit| commit.id == id);
        found.ok_or_else(|| Error::NotFound(format!("no {id}")))
    }
}

impl Repository for Fake {
    fn head(&self) -> Result<Option<WorkTree>, Error> {
        Ok(self.head.borrow().clone())
    }

    fn fetch(&self, remote: &str) -> Result<(), Error> {
        self.note(format!("fetch {remote}"));
        *self.mirrored.borrow_mut() = true;
        self.fetch.clone()
    }

    fn resolve(&self, _: &str, name: &str) -> Result<Resolved, Error> {
        if !*self.mirrored.borrow() {
            return Err(Error::NotFound("not fetched".into()));
        }
        let (commit, kind) = match name {
            "main" => (self.history[0].clone(), self.kind),
            id => (self.history[self.position(id)?].clone(), "commit"),
        };
        Ok(Resolved {
            commit,
            kind: kind.into(),
            rewritten_from: self.rewritten_from.clone(),
        })
    }

    fn log(&self, _: &str, base: Option<&str>, to: &str, max: u32) -> Result<Vec<Commit>, Error> {
        let to = self.position(to)?;
        let end = match base {
            Some(base) => self.position(base)?,
            None => self.history.len(),
        };
        Ok(self
            .history
            .iter()
            .take(end)
            .skip(to)
            .take(max as usize)
            .cloned()
            .collect())
    }

    fn changed(&self, _: &str, base: &str, to: &str) -> Result<Vec<String>, Error> {
        self.position(base)?;
        self.position(to)?;
        self.changed.clone()
    }

    fn obstacles(&self, _: &str, commit: &str) -> Result<Vec<Obstacle>, Error> {
        self.note(format!("obstacles {}", &commit[..1]));
        Ok(self.obstacles.clone())
    }

    fn move_to(&self, remote: &str, commit: &str, seen_as: Option<&str>) -> Result<(), Error> {
        self.note(format!(
            "move {remote} {} {}",
            &commit[..1],
            seen_as.unwrap_or("-")
        ));
        if !self.stubborn {
            let commit = self.history[self.position(commit)?].clone();
            *self.head.borrow_mut() = Some(WorkTree {
                commit,
                modified: vec![],
            });
        }
        Ok(())
    }
}

fn output<T: deployhost_plugin::serde::de::DeserializeOwned>(
    outputs: Vec<(String, String)>,
    key: &str,
) -> T {
    let context = Context {
        outputs,
        ..Context::default()
    };
    context.output(key).unwrap()
}

fn permanent<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
    match result.unwrap_err() {
        Failure::Permanent(text) => text,
        other => panic!("{other:?}"),
    }
}

mod planning {
    use super::*;

    #[test]
    fn a_branch_with_new_commits_moves_the_tree() {
        let fake = fake();
        let proposal = plan(&fake, &config(), None).unwrap();
        assert_eq!(proposal.now, Some(id('a')));
        assert_eq!(proposal.next, Some(id('d')));
        assert_eq!(
            proposal.actions,
            [(
                "move /srv/my app to ddddddd".to_owned(),
                "main has 3 new commits: Subject of d".to_owned()
            )]
        );
        assert_eq!(
            proposal.by_hand,
            [format!("git -C '/srv/my app' reset --hard {}", id('a'))]
        );
        assert_eq!(
            output::<Commit>(proposal.outputs.clone(), "commit"),
            commit('d')
        );
        assert_eq!(
            output::<Vec<Commit>>(proposal.outputs.clone(), "commits"),
            [commit('d'), commit('c'), commit('b')]
        );
        assert_eq!(
            output::<Tree>(proposal.outputs, "tree"),
            Tree {
                path: "/srv/my app".into(),
                from: Some(id('a')),
                at: Some(id('a')),
                to: id('d'),
                changed: Some(vec!["src/app.py".into()])
            }
        );
        assert_eq!(fake.asked("move"), Vec::<String>::new());
    }

    #[test]
    fn a_tree_that_is_there_already_needs_nothing() {
        let mut fake = fake();
        fake.head = RefCell::new(standing('d', &[]));
        // What would be in the way of a move is not, when nothing moves.
        fake.obstacles = vec![Obstacle {
            path: "link".into(),
            kind: "symlink".into(),
            detail: String::new(),
        }];
        let proposal = plan(&fake, &config(), None).unwrap();
        assert!(proposal.actions.is_empty() && proposal.by_hand.is_empty());
        assert_eq!(proposal.now, proposal.next);
        let tree: Tree = output(proposal.outputs, "tree");
        assert_eq!(tree.changed, Some(vec![]));
    }

    #[test]
    fn files_changed_by_hand_are_named_and_count_as_changed() {
        let mut fake = fake();
        fake.head = RefCell::new(standing('d', &["a", "b", "c", "d", "e", "f", "g"]));
        let proposal = plan(&fake, &config(), None).unwrap();
        assert_eq!(
            proposal.actions,
            [(
                "restore 7 changed files in /srv/my app".to_owned(),
                "changed by hand: a, b, c, d, e and 2 more".to_owned()
            )]
        );
        let tree: Tree = output(proposal.outputs, "tree");
        assert_eq!(tree.changed.map(|paths| paths.len()), Some(7));
    }

    #[test]
    fn a_move_says_what_it_overwrites() {
        let mut fake = fake();
        fake.head = RefCell::new(standing('a', &["settings.py"]));
        let actions = plan(&fake, &config(), None).unwrap().actions;
        assert_eq!(actions[1].0, "restore 1 changed file in /srv/my app");
    }

    #[test]
    fn a_rewritten_branch_is_refused_unless_allowed() {
        let mut fake = fake();
        fake.rewritten_from = Some(id('e'));
        let told = permanent(plan(&fake, &config(), None));
        assert!(
            told.contains("`main` was rewritten: it was at eeeeeee"),
            "{told}"
        );
        assert!(told.contains("allow_rewritten"), "{told}");

        let allowed = Config {
            allow_rewritten: true,
            ..config()
        };
        assert!(plan(&fake, &allowed, None).is_ok());
    }

    #[test]
    fn tags_and_commits_are_never_rewritten_branches() {
        for kind in ["tag", "commit"] {
            let mut fake = fake();
            fake.kind = kind;
            fake.rewritten_from = Some(id('e'));
            assert!(plan(&fake, &config(), None).is_ok(), "{kind}");
        }
    }

    #[test]
    fn a_missing_tree_is_cloned_from_its_url() {
        let mut fake = fake();
        fake.head = RefCell::new(None);
        let with_url = Config {
            url: Some("https://example.org/app.git".into()),
            ..config()
        };
        let proposal = plan(&fake, &with_url, None).unwrap();
        assert_eq!(fake.asked("fetch"), ["fetch https://example.org/app.git"]);
        assert_eq!(proposal.now, None);
        assert_eq!(proposal.actions[0].0, "clone to /srv/my app at ddddddd");
        assert!(proposal.by_hand.is_empty());
        let tree: Tree = output(proposal.outputs, "tree");
        assert_eq!((tree.from, tree.at, tree.changed), (None, None, None));
    }

    #[test]
    fn a_missing_tree_with_only_a_remotes_name_cannot_be() {
        let mut fake = fake();
        fake.head = RefCell::new(None);
        let failure = plan(&fake, &config(), None).unwrap_err();
        assert!(matches!(failure, Failure::Config(_)), "{failure:?}");
        assert!(failure.message().contains("`url`"));
        let by_path = Config {
            remote: "/srv/git/app.git".into(),
            ..config()
        };
        assert!(plan(&fake, &by_path, None).is_ok());
    }

    #[test]
    fn what_is_in_the_way_is_named_before_anything_moves() {
        let mut fake = fake();
        let obstacle = |path: &str, kind: &str, detail: &str| Obstacle {
            path: path.into(),
            kind: kind.into(),
            detail: detail.into(),
        };
        fake.obstacles = vec![
            obstacle("a.log", "untracked", ""),
            obstacle("b.log", "untracked", ""),
            obstacle("data", "unwritable", "owned by root"),
            obstacle("cfg", "symlink", "leads to /etc"),
            obstacle("lib", "submodule", ""),
            obstacle("x", "haunted", ""),
        ];
        for told in [
            permanent(plan(&fake, &config(), None)),
            permanent(apply(&fake, &config(), None)),
        ] {
            for part in [
                "cannot be moved to ddddddd, and nothing was",
                "would overwrite, to be moved away or committed: a.log, b.log;",
                "data (owned by root)",
                "`allow_symlinks = true`: cfg (leads to /etc)",
                "`allow_submodules = true`: lib",
                "haunted: x",
            ] {
                assert!(told.contains(part), "{told}");
            }
        }
        assert_eq!(fake.asked("move"), Vec::<String>::new());
    }

    #[test]
    fn a_local_commit_that_was_never_pushed_is_said_so() {
        let mut fake = fake();
        fake.head = RefCell::new(standing('f', &[]));
        let proposal = plan(&fake, &config(), None).unwrap();
        assert!(proposal.actions[0].1.contains("not known to the remote"));
        let tree: Tree = output(proposal.outputs, "tree");
        assert_eq!(tree.changed, None);
    }

    #[test]
    fn a_remote_that_does_not_answer_is_worth_another_try() {
        let mut fake = fake();
        fake.fetch = Err(Error::Unreachable("no route".into()));
        let failure = plan(&fake, &config(), None).unwrap_err();
        assert_eq!(
            failure,
            Failure::Temporary("fetching origin: no route".into())
        );
    }

    #[test]
    fn too_many_paths_are_unknown_paths() {
        for paths in [vec!["x".to_owned(); 2_001], vec!["y".repeat(50 * 1024)]] {
            let mut fake = fake();
            let many = paths
                .iter()
                .enumerate()
                .map(|(i, path)| format!("{path}{i}"));
            fake.changed = Ok(many.collect());
            let tree: Tree = output(plan(&fake, &config(), None).unwrap().outputs, "tree");
            assert_eq!(tree.changed, None);
        }
    }

    #[test]
    fn outputs_stay_below_what_the_host_keeps() {
        let mut fake = fake();
        for commit in &mut fake.history {
            commit.subject = "\u{1F680}\"".repeat(100_000);
        }
        fake.changed = Ok((0..2_000).map(|i| format!("{i:020}")).collect());
        let outputs = plan(&fake, &config(), None).unwrap().outputs;
        let bytes: usize = outputs
            .iter()
            .map(|(key, json)| key.len() + json.len())
            .sum();
        assert!(bytes < 64 * 1024, "{bytes}");
    }
}

mod applying {
    use super::*;

    #[test]
    fn the_tree_moves_once_and_the_second_time_nothing_does() {
        let fake = fake();
        let first = apply(&fake, &config(), Some(&id('d'))).unwrap();
        assert_eq!(first.summary, "at ddddddd: Subject of d");
        assert_eq!(first.pin, Some(id('d')));
        assert_eq!(first.evidence, "applied");
        let tree: Tree = output(first.outputs, "tree");
        assert_eq!(
            (tree.from, tree.at, tree.to),
            (Some(id('a')), Some(id('d')), id('d'))
        );

        let second = apply(&fake, &config(), Some(&id('d'))).unwrap();
        assert_eq!(second.pin, first.pin);
        assert_eq!(fake.asked("move"), ["move origin d main"]);
    }

    #[test]
    fn without_a_pin_the_branch_is_resolved_now() {
        let fake = fake();
        assert_eq!(apply(&fake, &config(), None).unwrap().pin, Some(id('d')));
    }

    #[test]
    fn the_way_back_asks_no_remote_and_is_no_sighting_of_the_branch() {
        let mut fake = fake();
        fake.head = RefCell::new(standing('d', &[]));
        fake.mirrored = RefCell::new(true);
        fake.fetch = Err(Error::Unreachable("no route".into()));
        fake.rewritten_from = Some(id('e'));
        let receipt = apply(&fake, &config(), Some(&id('a'))).unwrap();
        assert_eq!(receipt.pin, Some(id('a')));
        assert_eq!(fake.asked("fetch"), Vec::<String>::new());
        assert_eq!(fake.asked("move"), ["move origin a -"]);
    }

    #[test]
    fn a_release_from_elsewhere_is_fetched() {
        let fake = fake();
        let actions = plan(&fake, &config(), Some(&id('c'))).unwrap().actions;
        assert_eq!(actions[0].1, "as released: Subject of c");
        assert_eq!(fake.asked("fetch"), ["fetch origin"]);
    }

    #[test]
    fn going_back_says_so() {
        let mut fake = fake();
        fake.head = RefCell::new(standing('d', &[]));
        let actions = plan(&fake, &config(), Some(&id('a'))).unwrap().actions;
        assert_eq!(actions[0].1, "back to Subject of a");
    }

    #[test]
    fn a_commit_that_nobody_has_is_permanent() {
        let told = permanent(apply(&fake(), &config(), Some(&id('9'))));
        assert!(told.starts_with("commit 9999"), "{told}");
    }

    #[test]
    fn a_tag_is_no_sighting_of_a_branch() {
        let mut fake = fake();
        fake.kind = "tag";
        apply(&fake, &config(), None).unwrap();
        assert_eq!(fake.asked("move"), ["move origin d -"]);
    }

    #[test]
    fn changed_files_at_the_right_commit_are_put_back() {
        let mut fake = fake();
        fake.head = RefCell::new(standing('d', &["settings.py"]));
        let receipt = apply(&fake, &config(), None).unwrap();
        let tree: Tree = output(receipt.outputs, "tree");
        assert_eq!(tree.changed, Some(vec!["settings.py".into()]));
        assert_eq!(fake.asked("move").len(), 1);
    }

    #[test]
    fn a_tree_that_something_else_moves_is_no_success() {
        let mut fake = fake();
        fake.stubborn = true;
        let told = permanent(apply(&fake, &config(), None));
        assert!(told.contains("yet stands at aaaaaaa"), "{told}");
    }
}
