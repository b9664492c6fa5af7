//! Compose, as the program that is on this machine.
//!
//! Owns how it is called: arguments, environment, deadline. What a plugin may ask is the
//! capability's. Nothing that it renders is ever told: it holds secrets.

mod ahead;
mod configuration;
mod conflicts;
mod definitions;
mod disk_digest;
mod file_view;
mod image_name;
mod kept;
mod looking;
mod model;
mod named_files;
mod neighbour;
mod port;
mod program;
mod refused_file;
mod rendering;
mod rendering_cache;
mod sensitive_values;
mod source;
mod sources;
mod stderr_summary;
mod variables;
mod wanted_container;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::child::{Child, Finished};
use super::docker::Docker;
use super::program_versions::ProgramVersions;
use super::state::InstallationKey;
use ahead::ReadAhead;
use conflicts::LastSeen;
use deployhost_policy::{Diagnostic, Location};
use deployhost_runtime::capability::compose::{ComposeFile, Content, Project, ProjectName};
use deployhost_runtime::capability::error::{CapabilityError, OfKind};
use program::Program;
use rendering_cache::RenderingCache;

pub(crate) use image_name::repository_and_tag;
pub use sources::{default_project, ignored_file_variable, unused_override};

/// How long Compose may take to render.
const LOOK: Duration = Duration::from_secs(60);
/// How long it may take to pull, build or start: the longest that a plan may give it. The plan's own
/// time ends the call, and Compose with it.
const WORK: Duration = Duration::from_secs(24 * 60 * 60);
/// Most that is kept of what it says, in bytes.
const OUTPUT: usize = 1024 * 1024;
/// The variable that files may use.
const COMMIT: &str = "DEPLOYHOST_COMMIT";
/// What it is where the plan moves no tree: set, so that a file that uses it is
/// not refused, and plainly no commit.
const NO_COMMIT: &str = "unknown";

/// Compose, whichever is here.
pub struct ComposeProgram {
    docker: Arc<Docker>,
    content: Arc<dyn Content>,
    /// What children get as HOME: empty, so that no user's settings play a part.
    home: PathBuf,
    /// What digests of what it renders are keyed with, since it renders secrets.
    key: InstallationKey,
    path: OsString,
    /// Folders of Docker's plugins.
    plugins: Vec<PathBuf>,
    versions: ProgramVersions,
    /// By path: held while one is asked, so that it is asked once.
    found: tokio::sync::Mutex<BTreeMap<PathBuf, Option<Program>>>,
    /// By project: one goes on for as long as this process does.
    chosen: Mutex<BTreeMap<ProjectName, Program>>,
    renderings: RenderingCache,
    last_seen: LastSeen,
    /// What is started again to look ahead. None: nothing is seen ahead.
    this_program: Option<PathBuf>,
    ahead: Mutex<Vec<ReadAhead>>,
}

impl ComposeProgram {
    /// `state_folder` is absolute and this user's own.
    pub fn new(docker: Arc<Docker>, content: Arc<dyn Content>, state_folder: &Path) -> Self {
        Self {
            docker,
            content,
            home: state_folder.join("home"),
            key: InstallationKey::of(state_folder),
            path: std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into()),
            plugins: program::plugin_folders(std::env::var_os("HOME").as_deref()),
            versions: ProgramVersions::of(state_folder),
            found: tokio::sync::Mutex::default(),
            chosen: Mutex::default(),
            renderings: RenderingCache::default(),
            last_seen: LastSeen::default(),
            this_program: None,
            ahead: Mutex::default(),
        }
    }

    /// With the program of this process, which has to mind [`crate::overlay::Overlay::enter_by`].
    pub fn looking_ahead(mut self, this_program: Option<PathBuf>) -> Self {
        self.this_program = this_program;
        self
    }

    /// All that a child gets to know. What Docker's own variables in a project's `.env` could
    /// redirect is set, since it wins over that file.
    fn environment(
        &self,
        commit: Option<&str>,
    ) -> Result<Vec<(OsString, OsString)>, CapabilityError> {
        let host = self.docker.host()?;
        Ok(vec![
            ("PATH".into(), self.path.clone()),
            ("LANG".into(), "C.UTF-8".into()),
            ("HOME".into(), self.home.clone().into()),
            ("DOCKER_HOST".into(), host.into()),
            ("DOCKER_TLS_VERIFY".into(), "".into()),
            // Nothing is fetched while a file is read, whatever it names.
            ("COMPOSE_EXPERIMENTAL_GIT_REMOTE".into(), "false".into()),
            ("COMPOSE_EXPERIMENTAL_OCI_REMOTE".into(), "false".into()),
            (COMMIT.into(), commit.unwrap_or(NO_COMMIT).into()),
        ])
    }

    /// The same, with what the plan gives the files.
    fn environment_of(
        &self,
        project: &Project,
    ) -> Result<Vec<(OsString, OsString)>, CapabilityError> {
        let mut environment = self.environment(project.commit())?;
        let variables = project.settings.variables.iter();
        environment.extend(variables.map(|it| (it.name().into(), it.value().into())));
        Ok(environment)
    }

    /// The Compose that goes on with what a project runs.
    async fn program(&self, project: &Project) -> Result<Program, CapabilityError> {
        let locked = || self.chosen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(program) = locked().get(&project.name) {
            return Ok(program.clone());
        }
        let program = self.choose(project).await?;
        locked().insert(project.name.clone(), program.clone());
        Ok(program)
    }

    async fn choose(&self, project: &Project) -> Result<Program, CapabilityError> {
        let made_by = self.docker.compose_version(&project.name).await?;
        let mut other = None;
        for path in self.candidates()? {
            let Some(program) = self.program_at(&path).await? else {
                continue;
            };
            if program::goes_on_with(&program, made_by.as_deref()) {
                return Ok(program);
            }
            other.get_or_insert(program);
        }
        other.ok_or_else(not_installed)
    }

    /// Is there one? One that lies where programs do is not asked for its version yet, which takes
    /// the older kind half a second.
    pub async fn installed(&self) -> Result<(), CapabilityError> {
        let older = |folder: PathBuf| folder.join("docker-compose").is_file();
        if std::env::split_paths(&self.path).any(older) {
            return Ok(());
        }
        for path in self.candidates()? {
            if self.program_at(&path).await?.is_some() {
                return Ok(());
            }
        }
        Err(not_installed())
    }

    /// What is at a path, asked once; None: no Compose.
    async fn program_at(&self, path: &Path) -> Result<Option<Program>, CapabilityError> {
        let mut found = self.found.lock().await;
        if let Some(known) = found.get(path) {
            return Ok(known.clone());
        }
        let mut version = self.versions.known(path);
        if version.is_none() {
            version = program::version(path, &self.environment(None)?, &self.home).await;
            if let Some(version) = &version {
                self.versions.remember(path, version);
            }
        }
        let program = version.map(|version| Program {
            command: vec![path.into()],
            version,
        });
        found.insert(path.to_owned(), program.clone());
        Ok(program)
    }

    fn candidates(&self) -> Result<Vec<PathBuf>, CapabilityError> {
        let made = DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.home);
        made.map_err(|error| {
            Diagnostic::new("compose.home-unmade", error.to_string())
                .at(self.home.as_path())
                .parameter("path", self.home.display().to_string())
                .other()
        })?;
        Ok(program::candidates(&self.plugins, &self.path))
    }

    /// The one place where Compose is started.
    async fn run(
        &self,
        program: &Program,
        project: &Project,
        rest: Vec<OsString>,
        within: Duration,
        changes: bool,
    ) -> Result<Finished, CapabilityError> {
        let command = program.command.iter().cloned();
        let child = Child {
            command: command.chain(arguments(project, rest)).collect(),
            environment: self.environment_of(project)?,
            folder: self.home.clone(),
            input: Vec::new(),
            deadline: within,
            most: OUTPUT,
            changes,
        };
        let ended = child.run().await;
        ended.map_err(|broken| CapabilityError::other(broken.of("Compose")))
    }
}

fn not_installed() -> CapabilityError {
    Diagnostic::new("compose.not-installed", "Compose is not installed")
        .at(Location::named(
            "neither docker-compose nor the plugin of docker",
        ))
        .help(
            "`sudo apt-get install docker-compose`, \
             or Docker's own `docker-compose-plugin`",
        )
        .other()
}

fn arguments(project: &Project, rest: Vec<OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["--ansi".into(), "never".into()];
    for file in &project.files {
        arguments.extend(["-f".into(), file.path().into()]);
    }
    let folder = project
        .files
        .first()
        .map_or(Path::new("/"), ComposeFile::folder);
    arguments.extend(["-p".into(), project.name.as_str().into()]);
    arguments.extend(["--project-directory".into(), folder.into()]);
    for file in &project.settings.env_files {
        arguments.extend(["--env-file".into(), file.into()]);
    }
    for profile in &project.settings.profiles {
        arguments.extend(["--profile".into(), profile.as_str().into()]);
    }
    arguments.extend(rest);
    arguments
}

#[cfg(test)]
mod tests;
