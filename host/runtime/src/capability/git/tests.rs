#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Mutex;

use async_trait::async_trait;
use tokio::sync::watch;

use super::git::Host;
use super::*;
use crate::capability::call::{Phase, Recorder};
use crate::capability::error::CapabilityErrorKind::{self, *};

/// Writes down what it is asked.
#[derive(Default)]
struct Notebook {
    lines: Mutex<Vec<String>>,
    /// The journal cannot be written.
    full: bool,
}

impl Notebook {
    fn note(&self, line: String) {
        self.lines.lock().unwrap().push(line);
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

#[async_trait]
impl Recorder for Notebook {
    async fn begin(&self, what: String) -> Result<(), Diagnostic> {
        if self.full {
            return Err(Diagnostic::new("disk.full", "the disk is full"));
        }
        self.note(format!("begin {what}"));
        Ok(())
    }
    fn log(&self, level: &str, line: &str) {
        self.note(format!("{level} {line}"));
    }
    fn progress(&self, _: u32, _: u32, _: &str) {}
}

struct Fake(Arc<Notebook>);

#[async_trait]
impl Port for Fake {
    async fn head(&self, tree: &TreePath) -> Result<Option<WorkTree>, CapabilityError> {
        self.0.note(format!("head {tree}"));
        Ok(None)
    }
    async fn fetch(&self, _: &TreePath, remote: &Remote, _: &Auth) -> Result<(), CapabilityError> {
        self.0.note(format!("fetch {}", remote.as_str()));
        Ok(())
    }
    async fn resolve(
        &self,
        _: &TreePath,
        _: &Remote,
        reference: &Ref,
    ) -> Result<Resolved, CapabilityError> {
        self.0.note(format!("resolve {reference}"));
        Err(Diagnostic::new("git.gone", "x").not_found())
    }
    async fn log(
        &self,
        _: &TreePath,
        _: &Remote,
        _: Option<&CommitId>,
        _: &CommitId,
        max: u32,
    ) -> Result<Vec<Commit>, CapabilityError> {
        self.0.note(format!("log {max}"));
        Ok(Vec::new())
    }
    async fn changed(
        &self,
        _: &TreePath,
        _: &Remote,
        _: &CommitId,
        _: &CommitId,
    ) -> Result<Vec<String>, CapabilityError> {
        self.0.note("changed".into());
        Ok(Vec::new())
    }
    async fn fingerprint(
        &self,
        _: &TreePath,
        _: &CommitId,
        path: &Path,
    ) -> Result<Option<String>, CapabilityError> {
        self.0.note(format!("fingerprint {}", path.as_str()));
        Ok(None)
    }
    async fn obstacles(
        &self,
        _: &TreePath,
        _: &Remote,
        _: &CommitId,
        allow: Allow,
    ) -> Result<Vec<Obstacle>, CapabilityError> {
        self.0.note(format!("obstacles {allow:?}"));
        Ok(Vec::new())
    }
    async fn verify(
        &self,
        _: &TreePath,
        _: &Remote,
        commit: &CommitId,
        signers: &str,
    ) -> Result<Signature, CapabilityError> {
        self.0.note(format!("verify {} {signers}", commit.short()));
        Ok(Signature {
            status: "missing".into(),
            kind: String::new(),
            signer: String::new(),
            key: String::new(),
        })
    }
    async fn move_to(
        &self,
        tree: &TreePath,
        _: &Remote,
        commit: &CommitId,
        _: Option<&Ref>,
    ) -> Result<Vec<String>, CapabilityError> {
        self.0.note(format!("move {tree} {}", commit.short()));
        Ok(vec!["a lock was left".into()])
    }
    async fn bring_back(&self, tree: &TreePath, commit: &CommitId) -> Result<(), CapabilityError> {
        self.0.note(format!("bring back {tree} {}", commit.short()));
        Ok(())
    }
}

fn git_with(phase: Phase, notebook: Notebook) -> (Git, Arc<Notebook>) {
    let notebook = Arc::new(notebook);
    let call = Call::new(phase, notebook.clone(), watch::channel(false).1);
    let grant = GitGrant {
        tree: "/srv/app".into(),
        remotes: vec!["origin".into()],
        refs: vec!["main".into()],
        auth: Auth::Plain,
    };
    (
        Git::new(
            Arc::new(call),
            vec![grant],
            Arc::new(Fake(notebook.clone())),
            Some(&id()),
        ),
        notebook,
    )
}

fn git(phase: Phase) -> (Git, Arc<Notebook>) {
    git_with(phase, Notebook::default())
}

fn id() -> String {
    "1a2b3c4d".repeat(5)
}

const TREE: &str = "/srv/app";

/// What a guest can conclude from an error; none: it was done.
fn kind<T>(done: Result<T, CapabilityError>) -> Option<CapabilityErrorKind> {
    done.err().map(|error| error.kind)
}

#[tokio::test]
async fn reading_and_fetching_are_for_the_planning_phase_too() {
    let (mut git, notebook) = git(Phase::Reading);
    git.head(TREE.into()).await.unwrap();
    git.fetch(TREE.into(), "origin".into()).await.unwrap();
    git.log(TREE.into(), "origin".into(), None, id(), 5000)
        .await
        .unwrap();
    git.obstacles(TREE.into(), "origin".into(), id(), true, false)
        .await
        .unwrap();
    assert_eq!(
        notebook.lines(),
        [
            "head /srv/app",
            "fetch origin",
            "log 1000",
            "obstacles Allow { symlinks: true, submodules: false }"
        ]
    );
}

#[tokio::test]
async fn nothing_is_fetched_while_a_target_is_only_looked_at() {
    let (mut git, notebook) = git(Phase::Looking);
    git.head(TREE.into()).await.unwrap();
    let fetched = git.fetch(TREE.into(), "origin".into()).await;
    assert_eq!(kind(fetched), Some(Denied));
    assert_eq!(notebook.lines(), ["head /srv/app"]);
}

#[tokio::test]
async fn moving_is_not_for_the_planning_phase() {
    let (mut git, notebook) = git(Phase::Reading);
    let moved = git.move_to(TREE.into(), "origin".into(), id(), None).await;
    assert!(
        matches!(moved, Err(why) if why.kind == Denied && why.diagnostic.message.contains("move /srv/app to 1a2b3c4"))
    );
    assert!(notebook.lines().is_empty());
}

#[tokio::test]
async fn a_move_is_journaled_before_it_is_made_and_its_notes_are_logged() {
    let (mut git, notebook) = git(Phase::Acting);
    git.move_to(TREE.into(), "origin".into(), id(), Some("main".into()))
        .await
        .unwrap();
    assert_eq!(
        notebook.lines(),
        [
            "begin move /srv/app to 1a2b3c4",
            "move /srv/app 1a2b3c4",
            "warn a lock was left"
        ]
    );
}

#[tokio::test]
async fn without_a_journal_nothing_is_moved() {
    let (mut git, notebook) = git_with(
        Phase::Acting,
        Notebook {
            full: true,
            ..Notebook::default()
        },
    );
    let moved = git.move_to(TREE.into(), "origin".into(), id(), None).await;
    assert!(
        matches!(moved, Err(why) if why.kind == Other && why.diagnostic.message.contains("full"))
    );
    assert!(notebook.lines().is_empty());
}

#[tokio::test]
async fn describing_reads_nothing() {
    let (mut git, notebook) = git(Phase::Nothing);
    assert_eq!(kind(git.head(TREE.into()).await), Some(Denied));
    assert_eq!(
        kind(git.fetch(TREE.into(), "origin".into()).await),
        Some(Denied)
    );
    let read = git.fingerprint(TREE.into(), id(), String::new()).await;
    assert_eq!(kind(read), Some(Denied));
    assert!(notebook.lines().is_empty());
}

#[tokio::test]
async fn what_is_not_granted_is_denied_and_what_cannot_be_is_invalid() {
    let (mut git, notebook) = git(Phase::Acting);
    let denied = |error: &CapabilityError| error.kind == Denied;
    let invalid = |error: &CapabilityError| error.kind == Invalid;
    assert!(denied(&git.head("/srv/other".into()).await.unwrap_err()));
    assert!(denied(
        &git.fetch(TREE.into(), "https://x/y".into())
            .await
            .unwrap_err()
    ));
    assert!(denied(
        &git.resolve(TREE.into(), "origin".into(), "other".into())
            .await
            .unwrap_err()
    ));
    assert!(denied(
        &git.move_to("/srv".into(), "origin".into(), id(), None)
            .await
            .unwrap_err()
    ));
    assert!(denied(
        &git.changed(TREE.into(), "backup".into(), id(), id())
            .await
            .unwrap_err()
    ));
    assert!(invalid(&git.head("/srv/app/..".into()).await.unwrap_err()));
    assert!(invalid(
        &git.fetch(TREE.into(), "ext::sh -c id".into())
            .await
            .unwrap_err()
    ));
    let hostile = "--upload-pack=touch pwned".to_owned();
    assert!(invalid(
        &git.resolve(TREE.into(), "origin".into(), hostile.clone())
            .await
            .unwrap_err()
    ));
    assert!(invalid(
        &git.move_to(TREE.into(), "origin".into(), "main".into(), None)
            .await
            .unwrap_err()
    ));
    assert!(invalid(
        &git.move_to(TREE.into(), "origin".into(), id(), Some(hostile))
            .await
            .unwrap_err()
    ));
    assert!(invalid(
        &git.fingerprint(TREE.into(), id(), "../x".into())
            .await
            .unwrap_err()
    ));
    assert!(notebook.lines().is_empty(), "{:?}", notebook.lines());
}

#[tokio::test]
async fn a_pinned_commit_needs_no_granted_ref() {
    let (mut git, _) = git(Phase::Acting);
    assert!(
        git.move_to(TREE.into(), "origin".into(), id(), None)
            .await
            .is_ok()
    );
    let asked = git
        .resolve(TREE.into(), "origin".into(), "main".into())
        .await;
    assert_eq!(kind(asked), Some(NotFound));
}

#[tokio::test]
async fn a_commit_that_nobody_resolved_is_not_moved_to() {
    let (mut git, notebook) = git(Phase::Acting);
    let other = "2b".repeat(20);
    let moved = git
        .move_to(TREE.into(), "origin".into(), other, Some("main".into()))
        .await;
    assert!(
        matches!(moved, Err(why) if why.kind == Denied && why.diagnostic.message.contains("neither the pin"))
    );
    assert!(notebook.lines().is_empty());
}

#[tokio::test]
async fn the_time_of_a_call_is_the_hosts() {
    let (mut git, _) = git(Phase::Reading);
    git.head(TREE.into()).await.unwrap();
    assert!(git.call.host_time() > std::time::Duration::ZERO);
}

#[tokio::test]
async fn a_guest_gets_the_cases_that_its_interface_has() {
    let (mut git, _) = git(Phase::Reading);
    let mut seen = |kind| {
        let error = CapabilityError::new(kind, Diagnostic::new("git.test", "why"));
        git::Host::convert_error(&mut git, error).unwrap()
    };
    assert!(matches!(seen(Denied), git::Error::Denied(why) if why.message == "why"));
    assert!(matches!(seen(Invalid), git::Error::Invalid(_)));
    assert!(matches!(seen(NotFound), git::Error::NotFound(_)));
    assert!(matches!(seen(Unreachable), git::Error::Unreachable(_)));
    assert!(matches!(seen(TooLarge), git::Error::Other(_)));
}
