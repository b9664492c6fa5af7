//! What the capability needs of the outside: Compose itself, and what the plan's trees hold.

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use deployhost_policy::Diagnostic;

use super::super::error::{CapabilityError, OfKind};
use super::{
    ComposeFile, ComposeVariable, Conflict, ContainerId, ContainerName, Difference, ImageId,
    KeptContainer, Neighbour, ProfileName, ProjectName, Service, ServiceName,
};

/// Granted files under a granted name, for one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// At least one.
    pub files: Vec<ComposeFile>,
    pub name: ProjectName,
    /// None: every service of the files.
    pub services: Option<Vec<ServiceName>>,
    pub settings: ProjectSettings,
    /// Hexadecimal digits: what `DEPLOYHOST_COMMIT` is, and what `Source::content` is at.
    commit: Option<String>,
}

/// How a project's files are read, beside what they say themselves. Paths are absolute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectSettings {
    /// Read instead of the `.env` beside the first file; later ones win.
    pub env_files: Vec<PathBuf>,
    /// Win over those files.
    pub variables: Vec<ComposeVariable>,
    /// Turned on, instead of those that a file of variables names.
    pub profiles: Vec<ProfileName>,
    /// Containers that these files did not make, and that may make way for theirs.
    pub take_over: Vec<ContainerName>,
    /// Files and folders that Compose may read, outside of the work tree too.
    pub read: Vec<PathBuf>,
    /// Files and folders whose content counts, whoever writes it.
    pub inputs: Vec<PathBuf>,
}

impl Project {
    /// `commit` is a guest's word: hexadecimal digits, or refused.
    pub fn new(
        files: Vec<ComposeFile>,
        name: ProjectName,
        services: Option<Vec<ServiceName>>,
        commit: Option<&str>,
    ) -> Result<Self, Diagnostic> {
        let commit = commit.map(deployhost_policy::compose::commit).transpose()?;
        Ok(Self {
            files,
            name,
            services,
            settings: ProjectSettings::default(),
            commit,
        })
    }

    pub fn with(self, settings: ProjectSettings) -> Self {
        Self { settings, ..self }
    }

    pub fn commit(&self) -> Option<&str> {
        self.commit.as_deref()
    }

    /// A service that a guest named, where it may.
    pub fn granted(&self, service: &str) -> Result<ServiceName, CapabilityError> {
        let name = ServiceName::new(service).map_err(CapabilityError::denied)?;
        if self
            .services
            .as_ref()
            .is_none_or(|granted| granted.contains(&name))
        {
            return Ok(name);
        }
        Err(Diagnostic::new(
            "compose.service-not-granted",
            format!("service {name} is not granted"),
        )
        .help("name it in the step's config")
        .parameter("service", name.as_str())
        .denied())
    }
}

/// When an image is asked of its registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Only where it is not on this machine.
    Missing,
    Always,
}

impl Policy {
    pub fn new(text: &str) -> Result<Self, Diagnostic> {
        match text {
            "missing" => Ok(Self::Missing),
            "always" => Ok(Self::Always),
            other => {
                let message = format!("`{}` is no pull policy", other.escape_debug());
                Err(Diagnostic::new("compose.pull-policy", message).help("use missing or always"))
            }
        }
    }
}

/// Compose. Each error is one line, without values of the files.
#[async_trait]
pub trait Port: Send + Sync {
    /// Absolute paths of `.env`, `env_file` and the like, those that are there.
    async fn inputs(&self, project: &Project) -> Result<Vec<String>, CapabilityError>;
    /// The granted services, each once.
    async fn services(&self, project: &Project) -> Result<Vec<Service>, CapabilityError>;
    /// The same, as they will be once the files' work tree stands at the project's commit. None:
    /// that cannot be seen before.
    async fn services_ahead(
        &self,
        project: &Project,
    ) -> Result<Option<Vec<Service>>, CapabilityError>;
    /// Containers of the files that are of no granted service.
    async fn neighbours(&self, project: &Project) -> Result<Vec<Neighbour>, CapabilityError>;
    /// Of what the service reads and whose content counts. False where it cannot be told.
    async fn unchanged_since(
        &self,
        project: &Project,
        service: &ServiceName,
        since: Timestamp,
    ) -> Result<bool, CapabilityError>;
    /// Does nothing for a service that is built.
    async fn pull(
        &self,
        project: &Project,
        service: &ServiceName,
        policy: Policy,
    ) -> Result<(), CapabilityError>;
    /// The image's id.
    async fn build(
        &self,
        project: &Project,
        service: &ServiceName,
    ) -> Result<String, CapabilityError>;
    /// The images that are this service's: what its name means, what its containers run, what was
    /// kept for it.
    async fn images(
        &self,
        project: &Project,
        service: &ServiceName,
    ) -> Result<Vec<ImageId>, CapabilityError>;
    async fn keep(
        &self,
        project: &Project,
        service: &ServiceName,
        image: &ImageId,
    ) -> Result<(), CapabilityError>;
    async fn has_image(&self, image: &ImageId) -> Result<bool, CapabilityError>;
    async fn use_image(
        &self,
        project: &Project,
        service: &ServiceName,
        image: &ImageId,
    ) -> Result<(), CapabilityError>;
    /// What stands in the place of the granted services, as they were last asked for.
    async fn conflicts(&self, project: &Project) -> Result<Vec<Conflict>, CapabilityError>;
    /// Of a container to its service, as that was last asked for.
    async fn differences(
        &self,
        project: &Project,
        service: &ServiceName,
        container: &ContainerId,
    ) -> Result<Difference, CapabilityError>;
    /// Keeps how a container was made, which is the service's own or in its place; once.
    async fn keep_container(
        &self,
        project: &Project,
        service: &ServiceName,
        container: &ContainerId,
    ) -> Result<(), CapabilityError>;
    async fn kept_containers(
        &self,
        project: &Project,
    ) -> Result<Vec<KeptContainer>, CapabilityError>;
    /// Could this one be removed: is it in the service's place, may it go, was it kept? Its name.
    async fn removable(
        &self,
        project: &Project,
        service: &ServiceName,
        container: &ContainerId,
    ) -> Result<String, CapabilityError>;
    async fn remove_conflict(
        &self,
        container: &ContainerId,
        grace: Duration,
    ) -> Result<(), CapabilityError>;
    /// In place of the service's containers, those that were kept under these ids.
    async fn put_back(
        &self,
        project: &Project,
        service: &ServiceName,
        containers: &[ContainerId],
    ) -> Result<(), CapabilityError>;
    /// Could `up` start these: are they in the files, are their images here, is no container of
    /// theirs another file's? Changes nothing.
    async fn ready(&self, project: &Project, service: &ServiceName) -> Result<(), CapabilityError>;
    /// With `recreate`, replaces every container; without, adds or removes some.
    async fn up(
        &self,
        project: &Project,
        service: &ServiceName,
        recreate: bool,
    ) -> Result<(), CapabilityError>;
}

/// What the work trees hold that the plan moves.
#[async_trait]
pub trait Content: Send + Sync {
    /// Git's object id of an absolute path at `commit`, or at the tree's HEAD. The outer None: in
    /// no tree of the plan; the inner None: not tracked there. Of a folder around trees of the plan,
    /// what they hold together.
    async fn content(&self, path: &Path, commit: Option<&str>) -> Option<Option<String>>;

    /// The files below these absolute folders that git does not track, of the plan's trees.
    async fn untracked(&self, folders: &[PathBuf]) -> Vec<PathBuf> {
        let _ = folders;
        Vec::new()
    }

    /// Writes into an empty folder what a move to `commit` would change in the work tree around
    /// `path`: files as they would be, and, for what would go away, the device 0:0, as an overlay
    /// file system has it. The tree's top level; None: no tree of the plan is there, or it is
    /// nothing that could be written so.
    async fn lay_out(
        &self,
        path: &Path,
        commit: &str,
        layer: &Path,
    ) -> Result<Option<PathBuf>, CapabilityError> {
        let _ = (path, commit, layer);
        Ok(None)
    }
}
