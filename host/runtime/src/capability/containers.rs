//! The containers of granted Compose services.
//!
//! Owns which containers a plugin may see and touch. What an engine is and how it is asked is the
//! adapter's, behind [`Port`].

mod plan_containers;

use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::call::Call;
use super::compose::{ComposeFile, ProjectName, ServiceName};
use super::compose::{MarkedProject, scope_of};
use super::error::{CapabilityError, OfKind, guest_error};
use super::grant::{GrantScope, GrantTable, Lock, Marked, Requirement};
use super::{CallScope, Capability};
use crate::redaction_scope::redact_in_scope;
use crate::sandbox::CallError;
use deployhost_policy::Diagnostic;
use deployhost_policy::compose::ContainerId;
use deployhost_policy::config_fault::ConfigFault;
use deployhost_policy::lexical_path::lexical_path;
use deployhost_policy::text::{LINE, cut, escape_controls};

mod binding {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "package deployhost:host; world containers { import deployhost:plugin/containers@0.1.0; }",
        imports: { default: async | trappable },
        trappable_error_type: { "deployhost:plugin/containers.error" => crate::capability::error::CapabilityError },
        with: { "deployhost:plugin/run@0.1.0": crate::capability::run },
    });
}
use binding::deployhost::plugin::containers;
pub use binding::deployhost::plugin::containers::{Container, Host};
pub(crate) use containers::add_to_linker;
pub use plan_containers::PlanContainers;

guest_error!(containers::Error: Denied, NotFound, Unreachable);

/// Most lines that one `logs` writes.
pub const LINES: u32 = 200;
/// Longest grace before a container is killed.
pub const GRACE: Duration = Duration::from_secs(600);

/// Whose containers an entry of the plan may see and touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainersGrant {
    pub project: ProjectName,
    /// None: every service that belongs to `files`.
    pub services: Option<Vec<ServiceName>>,
    /// The files that the containers were made from; empty: whichever.
    pub files: Vec<ComposeFile>,
}

/// As `check` prints it.
impl fmt::Display for ContainersGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = scope_of(self.services.as_deref(), &self.project);
        write!(f, "restart, stop and start {scope}")
    }
}

impl ContainersGrant {
    /// Two files in one folder share a project: what tells their containers apart is which files
    /// each was made from. A one-off container (`compose run`) is a person's, not the plan's.
    fn holds(&self, found: &FoundContainer) -> bool {
        let container = &found.container;
        let service = self.services.as_ref().is_none_or(|granted| {
            granted
                .iter()
                .any(|name| name.as_str() == container.service)
        });
        let files = self.files.is_empty() || same_files(&self.files, &container.config_files);
        container.project == self.project.as_str() && service && files && !found.one_off
    }
}

/// Are these the files that the label of a container names, in whichever order?
pub fn same_files(files: &[ComposeFile], named: &[String]) -> bool {
    let has = |file: &ComposeFile| named.iter().any(|name| Path::new(name) == file.path());
    files.len() == named.len() && files.iter().all(has)
}

/// A container of a Compose project, before a grant has been looked at.
#[derive(Debug, Clone)]
pub struct FoundContainer {
    pub container: Container,
    pub one_off: bool,
    pub reached_at: Vec<ContainerAddress>,
}

/// Where a container is reached from its own machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerAddress {
    /// A port of the machine, on one of its addresses; none: on all.
    Published { on: Option<IpAddr>, port: u16 },
    /// An address in a network of Docker's, every port.
    Own(IpAddr),
    /// It has no network but the machine's.
    Machine,
}

/// The files that a container's labels name, absolute. Compose 1 writes them as they were typed:
/// relative to the folder that it was called in, which no label tells. But the project's folder is
/// the first file's, so what the first file was typed with leads back to that place.
pub fn labelled_files(label: &str, working_folder: &Path) -> Vec<String> {
    let files: Vec<&Path> = label
        .split(',')
        .filter(|f| !f.is_empty())
        .map(Path::new)
        .collect();
    let typed = files
        .first()
        .and_then(|file| file.parent())
        .unwrap_or(Path::new(""));
    let mut called_in = working_folder.to_path_buf();
    if typed.is_relative() && working_folder.ends_with(typed) {
        for _ in typed.components() {
            called_in.pop();
        }
    }
    let absolute = |file: &&Path| {
        let path = match file.strip_prefix(typed) {
            // A way up cannot be walked back; files beside the first are beside it all the same.
            Ok(beside) if typed.starts_with("..") => working_folder.join(beside),
            _ => called_in.join(file),
        };
        lexical_path(&path).to_string_lossy().into_owned()
    };
    files.iter().map(absolute).collect()
}

/// A container engine. Ids are 12 to 64 hexadecimal digits: the caller has checked them.
#[async_trait]
pub trait Port: Send + Sync {
    /// Every container of a project, one-off and stopped ones too.
    async fn list(&self, project: &ProjectName) -> Result<Vec<FoundContainer>, CapabilityError>;
    async fn inspect(&self, id: &str) -> Result<FoundContainer, CapabilityError>;
    async fn restart(&self, id: &str, grace: Duration) -> Result<(), CapabilityError>;
    async fn stop(&self, id: &str, grace: Duration) -> Result<(), CapabilityError>;
    async fn start(&self, id: &str) -> Result<(), CapabilityError>;
    /// The last lines, oldest first, none longer than [`LINE`] bytes.
    async fn logs(&self, id: &str, lines: u32) -> Result<Vec<String>, CapabilityError>;
}

/// The containers that one plugin call may see.
pub struct Containers {
    call: Arc<Call>,
    grants: Vec<ContainersGrant>,
    port: Arc<dyn Port>,
}

impl Containers {
    pub fn new(call: Arc<Call>, grants: Vec<ContainersGrant>, port: Arc<dyn Port>) -> Self {
        Self { call, grants, port }
    }

    fn granted(&self, found: &FoundContainer) -> bool {
        self.grants.iter().any(|grant| grant.holds(found))
    }

    /// The container of an id that a guest gave, where it is granted.
    async fn one(&self, id: &str) -> Result<Container, CapabilityError> {
        self.call.may_read()?;
        let id = ContainerId::new(id).map_err(CapabilityError::denied)?;
        let id = id.as_str();
        let found = self.port.inspect(id).await?;
        if !self.granted(&found) {
            let message = format!("container {} is of no granted service", cut(id, 12));
            return Err(Diagnostic::new("containers.not-granted", message).denied());
        }
        Ok(found.container)
    }

    /// The full id of a granted container that is about to change; the intent is durable.
    async fn about_to(&self, verb: &str, id: &str) -> Result<String, CapabilityError> {
        self.call.may_prepare(&format!("{verb} a container"))?;
        let container = self.one(id).await?;
        let what = format!(
            "{verb} container {} ({})",
            container.name, container.service
        );
        self.call.change(what).await?;
        Ok(container.id)
    }

    /// Of all grants, where they are for the same.
    fn only_project(&self) -> Option<&ProjectName> {
        let (first, rest) = self.grants.split_first()?;
        let same = rest.iter().all(|grant| grant.project == first.project);
        same.then_some(&first.project)
    }
}

/// How long a container is given to stop, as a guest asks.
pub fn grace(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into()).min(GRACE)
}

impl containers::Host for Containers {
    fn convert_error(&mut self, error: CapabilityError) -> wasmtime::Result<containers::Error> {
        Ok(error.into())
    }

    async fn list(&mut self, project: String) -> Result<Vec<Container>, CapabilityError> {
        let _billing = self.call.billing();
        self.call.may_read()?;
        let project = match self.only_project().filter(|_| project.is_empty()) {
            Some(project) => project.clone(),
            None => ProjectName::new(&project).map_err(CapabilityError::denied)?,
        };
        if !self.grants.iter().any(|grant| grant.project == project) {
            let message = format!("project {project} is not granted");
            return Err(Diagnostic::new("containers.project-not-granted", message)
                .help("grant it: grant.containers = [{ project = \"…\" }]")
                .parameter("project", project.as_str())
                .denied());
        }
        let found = self.port.list(&project).await?;
        self.call.observations().looked_at_containers();
        let granted = found.into_iter().filter(|found| self.granted(found));
        Ok(granted.map(|found| found.container).collect())
    }

    async fn inspect(&mut self, id: String) -> Result<Container, CapabilityError> {
        let _billing = self.call.billing();
        let container = self.one(&id).await?;
        self.call.observations().looked_at_containers();
        Ok(container)
    }

    async fn restart(&mut self, id: String, timeout: u32) -> Result<(), CapabilityError> {
        let _billing = self.call.billing();
        let id = self.about_to("restart", &id).await?;
        self.port.restart(&id, grace(timeout)).await
    }

    async fn stop(&mut self, id: String, timeout: u32) -> Result<(), CapabilityError> {
        let _billing = self.call.billing();
        let id = self.about_to("stop", &id).await?;
        self.port.stop(&id, grace(timeout)).await
    }

    async fn start(&mut self, id: String) -> Result<(), CapabilityError> {
        let _billing = self.call.billing();
        let id = self.about_to("start", &id).await?;
        self.port.start(&id).await
    }

    async fn logs(&mut self, id: String, lines: u32) -> Result<u32, CapabilityError> {
        let _billing = self.call.billing();
        let container = self.one(&id).await?;
        let lines = self.port.logs(&container.id, lines.min(LINES)).await?;
        let lines = lines.iter().take(LINES as usize);
        let count = u32::try_from(lines.len()).unwrap_or(LINES);
        for line in lines {
            let line = redact_in_scope(&escape_controls(line), LINE);
            self.call.record().log("container", &line);
        }
        Ok(count)
    }
}

impl Capability for Containers {
    const KEYS: &'static [&'static str] = &["project", "services"];
    const MARKERS: &'static [&'static str] = &[];
    const REQUIRES: &'static [Requirement] = &[Requirement::Docker];

    type Grant = ContainersGrant;
    type Port = Arc<dyn Port>;

    fn read_grant(
        table: &GrantTable<'_>,
        _: &GrantScope<'_>,
    ) -> Result<ContainersGrant, ConfigFault> {
        let project = table
            .text("project")?
            .ok_or_else(|| table.missing("project", "\"…\""))?
            .parse(ProjectName::new)?;
        Ok(ContainersGrant {
            project,
            services: table.parsed("services", ServiceName::new)?,
            files: Vec::new(),
        })
    }

    fn add_marked(
        grants: &mut Vec<ContainersGrant>,
        marked: &[Marked],
        scope: &GrantScope<'_>,
    ) -> Result<(), ConfigFault> {
        grants.extend(
            MarkedProject::read(marked, scope)?.map(|marked| ContainersGrant {
                project: marked.project,
                services: marked.services,
                files: marked.files,
            }),
        );
        Ok(())
    }

    fn resolve_marked(_: &str, text: &str, _: &GrantScope<'_>) -> Result<String, Diagnostic> {
        Ok(text.to_owned())
    }

    fn locks(grant: &ContainersGrant) -> Vec<Lock> {
        vec![Lock::Project(grant.project.clone())]
    }

    fn new(
        scope: &CallScope,
        grants: Vec<ContainersGrant>,
        port: Arc<dyn Port>,
    ) -> Result<Self, CallError> {
        Ok(Self::new(scope.call.clone(), grants, port))
    }
}

#[cfg(test)]
mod tests;
