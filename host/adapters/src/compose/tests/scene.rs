//! A folder with a Compose file, under a project name that nobody else has.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tempfile::TempDir;
use tokio::sync::watch;

use super::super::ComposeProgram;
use crate::docker::Docker;
use deployhost_policy::Diagnostic;
use deployhost_runtime::capability::call::{Call, Phase, Recorder};
use deployhost_runtime::capability::compose::{
    self, Compose, ComposeFile, ComposeGrant, Content, Project, ProjectName, ProjectSettings,
    Service, ServiceName,
};
use deployhost_runtime::capability::containers::{Container, Containers, ContainersGrant};
use deployhost_runtime::capability::error::CapabilityError;

/// Sleeps, as its image says.
pub const SLEEP: &str = "command: [\"/bin/busybox\", \"sleep\", \"1000\"]";

pub struct Scene {
    folder: TempDir,
    state: TempDir,
    pub name: ProjectName,
    pub docker: Arc<Docker>,
    pub compose: Arc<ComposeProgram>,
    pub noted: Arc<Noted>,
}

/// A plan that moves no tree.
pub struct NoTree;

#[async_trait]
impl Content for NoTree {
    async fn content(&self, _: &Path, _: Option<&str>) -> Option<Option<String>> {
        None
    }
}

#[derive(Default)]
pub struct Noted(pub Mutex<Vec<String>>);

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

impl Scene {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = tempfile::tempdir().unwrap();
        let id = uuid::Uuid::now_v7().simple().to_string();
        let docker = Arc::new(Docker::from_environment());
        let compose = ComposeProgram::new(docker.clone(), Arc::new(NoTree), state.path());
        Self {
            name: ProjectName::new(&format!("dht{}", &id[8..])).unwrap(),
            folder,
            state,
            docker,
            compose: Arc::new(compose),
            noted: Arc::default(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn state(&self) -> &Path {
        self.state.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The folder of a build: a Dockerfile, upon an image of this scene alone. The legacy builder looks
    /// for a cached step among all images with the same parent, and fails where another test removes
    /// one of them meanwhile.
    pub fn context(&self, folder: &str, more: &str) {
        let base = self.build_image("base", "");
        let dockerfile = format!("FROM {base}\n{more}\n");
        self.write(&format!("{folder}/Dockerfile"), &dockerfile);
    }

    /// An image that is here, of this scene alone.
    pub fn image(&self, more: &str) -> String {
        self.build_image("image", more)
    }

    fn build_image(&self, folder: &str, more: &str) -> String {
        let name = format!("{}-{folder}", self.name);
        let label = format!("LABEL deployhost-test={}", self.name);
        let dockerfile = format!(
            "FROM scratch\n{label}\nCOPY busybox /bin/busybox\nSTOPSIGNAL SIGKILL\nCMD [\"/bin/busybox\", \"sleep\", \"1000\"]\n{more}\n"
        );
        self.write(&format!("{folder}/Dockerfile"), &dockerfile);
        let folder = self.path(folder);
        fs::copy("/bin/busybox", folder.join("busybox")).unwrap();
        docker(&[
            "build",
            "--no-cache",
            "-q",
            "-t",
            &name,
            folder.to_str().unwrap(),
        ]);
        name
    }

    pub fn resolve_project(&self, file: &str, services: Option<&[&str]>) -> Project {
        self.project_at(file, services, None)
    }

    pub fn project_at(
        &self,
        file: &str,
        services: Option<&[&str]>,
        commit: Option<&str>,
    ) -> Project {
        let file = ComposeFile::new(self.path(file).to_str().unwrap()).unwrap();
        let services = services.map(names);
        Project::new(vec![file], self.name.clone(), services, commit).unwrap()
    }

    pub fn project(&self) -> Project {
        self.resolve_project("compose.yml", None)
    }

    /// One after the other, each made anew.
    pub async fn up(&self, services: &[&str]) -> Result<(), CapabilityError> {
        use compose::Port;
        for service in &names(services) {
            self.compose.up(&self.project(), service, true).await?;
        }
        Ok(())
    }

    pub async fn services(&self) -> Result<Vec<Service>, CapabilityError> {
        use compose::Port;
        self.compose.services(&self.project()).await
    }

    /// The one container of a service.
    pub async fn container(&self, service: &str) -> Container {
        let found = self.docker.found(&self.name).await.unwrap();
        let mut of_service = found
            .into_iter()
            .filter(|found| found.container.service == service && !found.one_off);
        let container = of_service.next().expect("a container").container;
        assert!(of_service.next().is_none(), "{service} has two containers");
        container
    }

    /// The Compose programs that were found, which are no longer there to be started: what works
    /// all the same starts none.
    pub fn take_compose_away(&mut self) {
        self.start_compose_at(|_| "/no/such/compose".into());
    }

    pub fn give_compose_back(&mut self) {
        self.start_compose_at(|path| path.into());
    }

    fn start_compose_at(&mut self, place: impl Fn(&Path) -> OsString) {
        let compose = Arc::get_mut(&mut self.compose).expect("nobody else has it");
        compose.chosen.get_mut().unwrap().clear();
        let found = compose.found.get_mut();
        assert!(!found.is_empty(), "it was looked for");
        for (path, program) in found {
            if let Some(program) = program {
                program.command = vec![place(path)];
            }
        }
    }

    fn call(&self, phase: Phase) -> Arc<Call> {
        Arc::new(Call::new(
            phase,
            self.noted.clone(),
            watch::channel(false).1,
        ))
    }

    /// What a plugin sees that was granted one file of the scene.
    pub fn plugin(&self, file: &str, services: Option<&[&str]>) -> (Compose, Containers) {
        let files = vec![ComposeFile::new(self.path(file).to_str().unwrap()).unwrap()];
        let (project, services) = (self.name.clone(), services.map(names));
        let grant = ComposeGrant {
            files: files.clone(),
            project: project.clone(),
            services: services.clone(),
            settings: ProjectSettings::default(),
        };
        let compose = Compose::new(self.call(Phase::Acting), vec![grant], self.compose.clone());
        let grant = ContainersGrant {
            project,
            services,
            files,
        };
        let containers =
            Containers::new(self.call(Phase::Acting), vec![grant], self.docker.clone());
        (compose, containers)
    }
}

/// Leaves nothing: containers, networks, volumes and images of the project.
impl Drop for Scene {
    fn drop(&mut self) {
        let project = format!("label=com.docker.compose.project={}", self.name);
        let test = format!("label=deployhost-test={}", self.name);
        remove(&["ps", "-aq", "--filter", &project], &["rm", "-fv"]);
        remove(&["ps", "-aq", "--filter", &test], &["rm", "-fv"]);
        remove(
            &["network", "ls", "-q", "--filter", &project],
            &["network", "rm"],
        );
        remove(
            &["volume", "ls", "-q", "--filter", &project],
            &["volume", "rm"],
        );
        remove(&["images", "-aq", "--filter", &test], &["rmi", "-f"]);
    }
}

fn remove(list: &[&str], remove: &[&str]) {
    let listed = Command::new("docker").args(list).output().unwrap();
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    let mut ids: Vec<&str> = text.lines().collect();
    ids.dedup();
    if !ids.is_empty() {
        let _ = Command::new("docker").args(remove).args(ids).output();
    }
}

pub fn docker(arguments: &[&str]) -> String {
    let ended = Command::new("docker").args(arguments).output().unwrap();
    assert!(
        ended.status.success(),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    String::from_utf8_lossy(&ended.stdout).trim().to_owned()
}

pub fn names(services: &[&str]) -> Vec<ServiceName> {
    services
        .iter()
        .map(|name| ServiceName::new(name).unwrap())
        .collect()
}
