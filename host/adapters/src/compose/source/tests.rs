#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::os::unix::fs::symlink;
use std::thread::sleep;
use std::time::Duration;

use async_trait::async_trait;

use super::super::configuration::RenderedWith;
use super::super::program::Program;
use super::*;
use deployhost_runtime::capability::compose::{ComposeFile, ProjectName, ProjectSettings};

/// A work tree that tracks all whose name does not begin with `un`.
struct Tree(PathBuf);

fn is_tracked(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    !name.to_string_lossy().starts_with("un")
}

#[async_trait]
impl Content for Tree {
    async fn content(&self, path: &Path, commit: Option<&str>) -> Option<Option<String>> {
        let inside = path.strip_prefix(&self.0).ok()?;
        let id = format!("{}@{}", inside.display(), commit.unwrap_or("HEAD"));
        Some(is_tracked(path).then_some(id))
    }

    async fn untracked(&self, folders: &[PathBuf]) -> Vec<PathBuf> {
        let entries = folders.iter().filter(|it| it.starts_with(&self.0));
        let entries = entries.flat_map(|it| fs::read_dir(it).unwrap());
        let paths = entries.map(|it| it.unwrap().path());
        paths.filter(|it| !is_tracked(it)).collect()
    }
}

/// A folder with the work tree `tree` and what lies beside it.
struct Machine {
    folder: tempfile::TempDir,
    settings: ProjectSettings,
    commit: Option<&'static str>,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("tree/app")).unwrap();
        Self {
            folder,
            settings: ProjectSettings::default(),
            commit: None,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        // The system's clock for files has a coarse tick.
        sleep(Duration::from_millis(20));
        fs::write(self.path(name), text).unwrap();
    }

    /// What `keys` of the service `a` have it read.
    async fn sources(&self, keys: &str) -> Vec<Source> {
        let here = self.folder.path().to_str().unwrap();
        let text = format!("{{ services: {{ a: {{ {keys} }} }} }}").replace("HERE", here);
        let file = ComposeFile::new(self.path("tree/compose.yml").to_str().unwrap()).unwrap();
        let name = ProjectName::new("shop").unwrap();
        let project = Project::new(vec![file], name, None, self.commit).unwrap();
        let project = project.with(self.settings.clone());
        let program = Program {
            command: vec![],
            version: "1.29.2".into(),
        };
        let with = RenderedWith {
            key: &[7; 32],
            commit: None,
            variables: b"",
        };
        let model = Model::read(text.as_bytes(), &program, &project, &with);
        let model = model.ok().unwrap();
        let (tree, view) = (Tree(self.path("tree")), Arc::default());
        let reader = SourceReader::of(&model, &tree, &project, &view, |_| true).await;
        let mut sources = Vec::new();
        for mount in &model.services["a"].mounts {
            sources.push(reader.mount(mount).await);
        }
        if let Some(build) = &model.services["a"].build {
            sources.push(reader.context(build).await);
        }
        sources
    }

    async fn content(&self, keys: &str) -> String {
        self.sources(keys).await.remove(0).content
    }
}

const DATA: &str = "volumes: ['HERE/data:/x']";

#[tokio::test]
async fn a07_data_is_told_by_kind_and_identity_alone() {
    let machine = Machine::new();
    machine.write("data", "one");
    let first = machine.sources(DATA).await.remove(0);
    assert_eq!((first.kind.as_str(), first.content.as_str()), ("file", ""));
    machine.write("data", "two");
    assert_eq!(machine.content(DATA).await, "");
    assert_eq!(machine.content("volumes: ['HERE/data:/x:ro']").await, "");

    // As git does: another file under the same name.
    machine.write("new", "two");
    fs::rename(machine.path("new"), machine.path("data")).unwrap();
    let replaced = machine.sources(DATA).await.remove(0);
    assert_ne!(replaced.identity, first.identity);

    for (mount, kind) in [
        ("HERE", "folder"),
        ("/dev/zero", "other"),
        ("HERE/gone", "missing"),
    ] {
        let keys = format!("volumes: ['{mount}:/x']");
        let source = machine.sources(&keys).await.remove(0);
        assert_eq!(source.kind, kind);
        assert_eq!(source.identity.is_empty(), kind == "missing");
    }
}

#[tokio::test]
async fn a07_what_the_plan_calls_an_input_counts_by_its_content() {
    let mut machine = Machine::new();
    machine.settings.inputs = vec![machine.path("data")];
    machine.write("data", "one");
    let first = machine.content(DATA).await;
    assert_eq!(first.len(), 64);
    machine.write("data", "two");
    let second = machine.content(DATA).await;
    assert_ne!(second, first);
    // Around it, too.
    let around = machine.content("volumes: ['HERE:/x']").await;
    assert_eq!(around, second);
    machine.write("tree/unrelated", "x");
    assert_eq!(machine.content("volumes: ['HERE:/x']").await, around);
}

#[tokio::test]
async fn git_tells_what_its_tree_holds() {
    let mut machine = Machine::new();
    machine.write("tree/a", "x");
    machine.commit = Some("abc1234");
    assert_eq!(
        machine.content("volumes: ['HERE/tree/a:/x']").await,
        "a@abc1234"
    );
    machine.commit = None;
    assert_eq!(
        machine.content("volumes: ['HERE/tree/a:/x']").await,
        "a@HEAD"
    );
    // A link is what it leads to.
    symlink("app", machine.path("tree/link")).unwrap();
    assert_eq!(
        machine.content("volumes: ['HERE/tree/link:/x']").await,
        "app@HEAD"
    );
    symlink(machine.path("tree/app"), machine.path("link")).unwrap();
    assert_eq!(
        machine.content("volumes: ['HERE/link:/x']").await,
        "app@HEAD"
    );
}

#[tokio::test]
async fn a06_what_git_does_not_track_counts_where_it_is_only_read() {
    let machine = Machine::new();
    machine.write("tree/app/untracked", "one");
    let (read_only, writable) = ("HERE/tree/app:/x:ro", "HERE/tree/app:/x");
    let of = |mount: &str| format!("volumes: ['{mount}']");
    let build = "build: { context: HERE/tree/app }";
    let first = machine.content(&of(read_only)).await;
    assert!(first.starts_with("app@HEAD+"), "{first}");
    assert_eq!(machine.content(build).await, first);
    assert_eq!(machine.content(&of(writable)).await, "app@HEAD");
    let alone = machine.content(&of("HERE/tree/app/untracked:/x:ro")).await;
    assert_eq!(alone.len(), 64);

    machine.write("tree/app/untracked", "two");
    assert_ne!(machine.content(&of(read_only)).await, first);
    assert_ne!(machine.content(build).await, first);
    assert_ne!(
        machine.content(&of("HERE/tree/app/untracked:/x:ro")).await,
        alone
    );

    // What another mount lets a container write is data.
    let both = format!("volumes: ['{read_only}', 'HERE/tree/app/untracked:/y']");
    let before = machine.content(&both).await;
    machine.write("tree/app/untracked", "three");
    assert_eq!(machine.content(&both).await, before);
}

#[tokio::test]
async fn the_file_of_a_secret_counts_by_its_bytes() {
    let machine = Machine::new();
    let keys = "secrets: [key] } }, secrets: { key: { file: HERE/key";
    machine.write("key", "one");
    let first = machine.content(keys).await;
    assert_eq!(first.len(), 64);
    machine.write("key", "two");
    assert_ne!(machine.content(keys).await, first);
    machine.write("key", "one");
    assert_eq!(machine.content(keys).await, first);
}

#[tokio::test]
async fn all_that_a_build_reads_is_in_its_content() {
    let machine = Machine::new();
    let content = async |more: &str| {
        let build = format!("build: {{ context: HERE/tree/app{more} }}");
        machine.content(&build).await
    };
    let alone = content("").await;
    assert_eq!(alone, "app@HEAD");
    assert_eq!(
        content(", dockerfile: ../Dockerfile").await,
        "app@HEAD+Dockerfile@HEAD"
    );
    // Not known of a part: not known of the whole.
    assert_eq!(content(", dockerfile: ../../Dockerfile").await, "");
    assert_eq!(
        content(", additional_contexts: { lib: HERE/tree/lib }").await,
        "app@HEAD+lib@HEAD"
    );
    let url = machine
        .sources("build: 'https://host/x.git'")
        .await
        .remove(0);
    assert_eq!((url.kind.as_str(), url.content.as_str()), ("missing", ""));
}

#[tokio::test]
async fn a15_what_is_watched_is_known_not_to_have_changed_since() {
    let machine = Machine::new();
    machine.write("tree/app/file", "one");
    sleep(Duration::from_millis(200));
    let then = Timestamp::now();
    let unchanged = async |mount: &str| {
        let path = PathBuf::from(mount.replace("HERE", machine.folder.path().to_str().unwrap()));
        let mount = MountModel {
            path,
            usage: MountUse::Writable,
        };
        let file = ComposeFile::new(machine.path("tree/compose.yml").to_str().unwrap()).unwrap();
        let name = ProjectName::new("shop").unwrap();
        let project = Project::new(vec![file], name, None, None).unwrap();
        let (tree, view) = (Tree(machine.path("tree")), Arc::default());
        let reader = SourceReader {
            content: &tree,
            project: &project,
            view: &view,
            writable: Vec::new(),
            untracked: Vec::new(),
        };
        reader.unchanged_since(&[mount], then).await
    };
    assert!(unchanged("HERE/tree/app").await);
    machine.write("data", "x");
    assert!(unchanged("HERE/data").await, "data is not watched");
    machine.write("tree/app/other", "x");
    assert!(!unchanged("HERE/tree/app").await);
    assert!(!unchanged("HERE/tree/gone").await);
}
