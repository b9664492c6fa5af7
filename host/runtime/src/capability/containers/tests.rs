#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Mutex;

use tokio::sync::watch;

use super::*;
use crate::capability::call::{Phase, Recorder};
use crate::capability::error::CapabilityErrorKind::{self, *};

pub(super) const APP: &str = "aaaaaaaaaaaa";
pub(super) const OTHER_FILE: &str = "bbbbbbbbbbbb";
pub(super) const OTHER_SERVICE: &str = "cccccccccccc";
const ONE_OFF: &str = "dddddddddddd";

#[derive(Default)]
struct Noted(Mutex<Vec<String>>);

#[async_trait]
impl Recorder for Noted {
    async fn begin(&self, what: String) -> Result<(), Diagnostic> {
        self.0.lock().unwrap().push(format!("begin {what}"));
        Ok(())
    }
    fn log(&self, level: &str, line: &str) {
        self.0.lock().unwrap().push(format!("{level} {line}"));
    }
    fn progress(&self, _: u32, _: u32, _: &str) {}
}

/// Four containers of one project; writes down what was done to which.
struct Engine(Arc<Noted>);

pub(super) fn found(id: &str) -> FoundContainer {
    let (service, file) = match id {
        OTHER_FILE => ("app", "/srv/preprod.yml"),
        OTHER_SERVICE => ("db", "/srv/prod.yml"),
        _ => ("app", "/srv/prod.yml"),
    };
    FoundContainer {
        container: Container {
            id: id.into(),
            name: format!("p_{service}_1"),
            project: "p".into(),
            service: service.into(),
            image: String::new(),
            state: "running".into(),
            health: None,
            exit_code: 0,
            restart_count: 0,
            started_at: String::new(),
            config_files: vec![file.into()],
            shares: vec![],
            networks: vec![],
            compose_version: "1.29.2".into(),
        },
        one_off: id == ONE_OFF,
        reached_at: vec![],
    }
}

#[async_trait]
impl Port for Engine {
    async fn list(&self, _: &ProjectName) -> Result<Vec<FoundContainer>, CapabilityError> {
        Ok([APP, OTHER_FILE, OTHER_SERVICE, ONE_OFF]
            .map(found)
            .to_vec())
    }
    async fn inspect(&self, id: &str) -> Result<FoundContainer, CapabilityError> {
        Ok(found(id))
    }
    async fn restart(&self, id: &str, grace: Duration) -> Result<(), CapabilityError> {
        self.0
            .0
            .lock()
            .unwrap()
            .push(format!("restarted {id} {}", grace.as_secs()));
        Ok(())
    }
    async fn stop(&self, id: &str, _: Duration) -> Result<(), CapabilityError> {
        self.0.0.lock().unwrap().push(format!("stopped {id}"));
        Ok(())
    }
    async fn start(&self, id: &str) -> Result<(), CapabilityError> {
        self.0.0.lock().unwrap().push(format!("started {id}"));
        Ok(())
    }
    async fn logs(&self, _: &str, lines: u32) -> Result<Vec<String>, CapabilityError> {
        let mut all = vec!["red \u{1b}[31m\u{202e}".to_owned(), "x".repeat(2 * LINE)];
        all.resize(lines as usize + 5, "more".into());
        Ok(all)
    }
}

fn containers(phase: Phase) -> (Containers, Arc<Noted>) {
    let noted = Arc::new(Noted::default());
    let call = Call::new(phase, noted.clone(), watch::channel(false).1);
    let grant = ContainersGrant {
        project: ProjectName::new("p").unwrap(),
        services: Some(vec![ServiceName::new("app").unwrap()]),
        files: vec![ComposeFile::new("/srv/prod.yml").unwrap()],
    };
    let engine = Arc::new(Engine(noted.clone()));
    (Containers::new(Arc::new(call), vec![grant], engine), noted)
}

/// What a guest can conclude from an error; none: it was done.
fn kind<T>(done: Result<T, CapabilityError>) -> Option<CapabilityErrorKind> {
    done.err().map(|error| error.kind)
}

#[tokio::test]
async fn only_granted_containers_are_listed() {
    let (mut host, _) = containers(Phase::Reading);
    let listed = host.list("p".into()).await.unwrap();
    let ids: Vec<_> = listed.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(ids, [APP]);
    assert_eq!(kind(host.list("q".into()).await), Some(Denied));
}

#[tokio::test]
async fn a11_no_name_is_the_only_project() {
    let (mut host, _) = containers(Phase::Reading);
    assert_eq!(host.list(String::new()).await.unwrap().len(), 1);
    let mut other = host.grants[0].clone();
    host.grants.push(other.clone());
    assert_eq!(host.list(String::new()).await.unwrap().len(), 1);
    // Which of two is not guessed.
    other.project = ProjectName::new("q").unwrap();
    host.grants.push(other);
    assert_eq!(kind(host.list(String::new()).await), Some(Denied));
    host.grants.clear();
    assert_eq!(kind(host.list(String::new()).await), Some(Denied));
}

#[tokio::test]
async fn a_grant_without_services_and_files_holds_the_project() {
    let (mut host, _) = containers(Phase::Reading);
    host.grants[0].services = None;
    host.grants[0].files.clear();
    assert_eq!(host.list("p".into()).await.unwrap().len(), 3);
}

#[tokio::test]
async fn what_is_not_granted_is_not_touched() {
    let (mut host, noted) = containers(Phase::Acting);
    for id in [
        OTHER_FILE,
        OTHER_SERVICE,
        ONE_OFF,
        "p_app_1",
        "../../info",
        "",
    ] {
        let id = id.to_owned();
        assert_eq!(kind(host.inspect(id.clone()).await), Some(Denied), "{id}");
        assert_eq!(kind(host.restart(id.clone(), 1).await), Some(Denied));
        assert_eq!(kind(host.stop(id.clone(), 1).await), Some(Denied));
        assert_eq!(kind(host.start(id.clone()).await), Some(Denied));
        assert_eq!(kind(host.logs(id, 1).await), Some(Denied));
    }
    assert!(noted.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_change_is_journaled_before_it_happens() {
    let (mut host, noted) = containers(Phase::Acting);
    host.restart(APP.into(), u32::MAX).await.unwrap();
    host.stop(APP.into(), 0).await.unwrap();
    let expected = [
        "begin restart container p_app_1 (app)".to_owned(),
        format!("restarted {APP} 600"),
        "begin stop container p_app_1 (app)".to_owned(),
        format!("stopped {APP}"),
    ];
    assert_eq!(*noted.0.lock().unwrap(), expected);
}

#[tokio::test]
async fn nothing_changes_while_planning() {
    let (mut host, noted) = containers(Phase::Reading);
    assert_eq!(kind(host.start(APP.into()).await), Some(Denied));
    assert!(noted.0.lock().unwrap().is_empty());
    let (mut host, _) = containers(Phase::Nothing);
    assert_eq!(kind(host.list("p".into()).await), Some(Denied));
    assert_eq!(kind(host.inspect(APP.into()).await), Some(Denied));
}

#[tokio::test]
async fn log_lines_are_bounded_and_steer_no_terminal() {
    let (mut host, noted) = containers(Phase::Reading);
    assert_eq!(host.logs(APP.into(), 1_000_000).await.unwrap(), LINES);
    let lines = noted.0.lock().unwrap();
    assert_eq!(lines.len(), LINES as usize);
    assert_eq!(lines[0], "container red \\u{1b}[31m\\u{202e}");
    assert_eq!(lines[1].len(), "container ".len() + LINE);
}

#[test]
fn labels_name_files_from_where_compose_was_called() {
    let files = |label, folder| labelled_files(label, Path::new(folder));
    assert_eq!(files("/a/b.yml", "/a"), ["/a/b.yml"]);
    assert_eq!(files("b.yml,c.yml", "/a"), ["/a/b.yml", "/a/c.yml"]);
    assert_eq!(
        files("30_docker/b.yml", "/a/30_docker"),
        ["/a/30_docker/b.yml"]
    );
    assert_eq!(
        files("x/b.yml,y/c.yml", "/a/x"),
        ["/a/x/b.yml", "/a/y/c.yml"]
    );
    assert_eq!(files("../b.yml,../c.yml", "/a"), ["/a/b.yml", "/a/c.yml"]);
    assert_eq!(files("sub/../b.yml", "/a"), ["/a/b.yml"]);
    assert_eq!(files("", "/a"), Vec::<String>::new());
}

#[test]
fn the_order_of_files_does_not_matter_their_number_does() {
    let file = |text| ComposeFile::new(text).unwrap();
    let named = ["/b.yml".to_owned(), "/a.yml".to_owned()];
    assert!(same_files(&[file("/a.yml"), file("/b.yml")], &named));
    assert!(!same_files(&[file("/a.yml")], &named));
    assert!(!same_files(&[file("/a.yml"), file("/c.yml")], &named));
    assert!(!same_files(&[file("/a.yml")], &[]));
}
