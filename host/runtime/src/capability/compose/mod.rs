//! Granted services of granted Compose files.
//!
//! Owns what a plugin may ask of Compose and for what. Which program Compose is, how it is run and
//! what it renders is the adapter's, behind [`Port`].

mod grant;
mod port;

use std::sync::Arc;

use deployhost_policy::Diagnostic;
use jiff::Timestamp;

use super::call::Call;
use super::containers::grace;
use super::error::{CapabilityError, OfKind, guest_error};
use super::grant::{GrantScope, GrantTable, Lock, Marked, PathKind, Requirement, marked_path};
use super::{CallScope, Capability};
use crate::sandbox::CallError;
use deployhost_policy::config_fault::ConfigFault;

pub use deployhost_policy::compose::{
    ComposeFile, ComposeVariable, ContainerId, ContainerName, ImageId, ProfileName, ProjectName,
    ServiceName,
};
pub use grant::{ComposeGrant, MarkedProject, scope_of};
pub use port::{Content, Policy, Port, Project, ProjectSettings};

mod binding {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "package deployhost:host; world compose { import deployhost:plugin/compose@0.1.0; }",
        imports: { default: async | trappable },
        trappable_error_type: { "deployhost:plugin/compose.error" => crate::capability::error::CapabilityError },
        with: { "deployhost:plugin/run@0.1.0": crate::capability::run },
    });
}
use binding::deployhost::plugin::compose;
pub use binding::deployhost::plugin::compose::{
    Conflict, Dependency, Difference, Host, KeptContainer, Neighbour, Project as GuestProject,
    Service, Source,
};
pub(crate) use compose::add_to_linker;

guest_error!(compose::Error: Denied, Invalid, Unreachable);

/// The Compose files and services that one plugin call may use.
pub struct Compose {
    call: Arc<Call>,
    grants: Vec<ComposeGrant>,
    port: Arc<dyn Port>,
}

impl Compose {
    pub fn new(call: Arc<Call>, grants: Vec<ComposeGrant>, port: Arc<dyn Port>) -> Self {
        Self { call, grants, port }
    }

    /// What a guest asked for, where one grant holds all of it.
    fn project(&self, asked: &GuestProject) -> Result<Project, CapabilityError> {
        self.call.may_read()?;
        let denied = || {
            let files = asked.files.join(", ");
            let what = format!(
                "{} (project `{}`)",
                files.escape_debug(),
                asked.name.escape_debug()
            );
            Diagnostic::new("compose.not-granted", format!("{what} is not granted"))
                .help("name file and project in the step's config")
                .denied()
        };
        let grant = self
            .grants
            .iter()
            .find(|grant| grant.holds(asked))
            .ok_or_else(denied)?;
        grant
            .project_at(asked.commit.as_deref())
            .map_err(CapabilityError::invalid)
    }

    /// The same for one service of it.
    fn service(
        &self,
        asked: &GuestProject,
        service: &str,
    ) -> Result<(Project, ServiceName), CapabilityError> {
        let project = self.project(asked)?;
        let service = project.granted(service)?;
        Ok((project, service))
    }

    /// The same for an image, which has to be the service's own: its present one, one that a
    /// container of it runs, or one kept for it.
    async fn image(
        &self,
        asked: &GuestProject,
        service: &str,
        id: &str,
    ) -> Result<(Project, ServiceName, ImageId), CapabilityError> {
        let (project, service) = self.service(asked, service)?;
        let id = ImageId::new(id).map_err(CapabilityError::denied)?;
        if !self.port.images(&project, &service).await?.contains(&id) {
            let message = format!("image {} is none of {service}'s", id.short());
            return Err(Diagnostic::new("compose.image-not-granted", message).denied());
        }
        Ok((project, service, id))
    }
}

impl compose::Host for Compose {
    fn convert_error(&mut self, error: CapabilityError) -> wasmtime::Result<compose::Error> {
        Ok(error.into())
    }

    async fn inputs(&mut self, asked: GuestProject) -> Result<Vec<String>, CapabilityError> {
        let _billing = self.call.billing();
        self.port.inputs(&self.project(&asked)?).await
    }

    async fn services(&mut self, asked: GuestProject) -> Result<Vec<Service>, CapabilityError> {
        let _billing = self.call.billing();
        self.port.services(&self.project(&asked)?).await
    }

    async fn services_ahead(
        &mut self,
        asked: GuestProject,
    ) -> Result<Option<Vec<Service>>, CapabilityError> {
        let _billing = self.call.billing();
        self.port.services_ahead(&self.project(&asked)?).await
    }

    async fn neighbours(&mut self, asked: GuestProject) -> Result<Vec<Neighbour>, CapabilityError> {
        let _billing = self.call.billing();
        self.port.neighbours(&self.project(&asked)?).await
    }

    async fn unchanged_since(
        &mut self,
        asked: GuestProject,
        service: String,
        since: String,
    ) -> Result<bool, CapabilityError> {
        let _billing = self.call.billing();
        let (project, service) = self.service(&asked, &service)?;
        let since = since.parse::<Timestamp>().map_err(|_| {
            Diagnostic::new("compose.no-time", "this is no time as RFC 3339 has it").invalid()
        })?;
        self.port.unchanged_since(&project, &service, since).await
    }

    async fn pull(
        &mut self,
        asked: GuestProject,
        service: String,
        policy: String,
    ) -> Result<(), CapabilityError> {
        let _billing = self.call.billing();
        self.call.may_prepare("pulling an image")?;
        let (project, service) = self.service(&asked, &service)?;
        let policy = Policy::new(&policy).map_err(CapabilityError::invalid)?;
        self.port.pull(&project, &service, policy).await
    }

    async fn build(
        &mut self,
        asked: GuestProject,
        service: String,
    ) -> Result<String, CapabilityError> {
        let _billing = self.call.billing();
        self.call.may_prepare("building an image")?;
        let (project, service) = self.service(&asked, &service)?;
        self.port.build(&project, &service).await
    }

    async fn keep(
        &mut self,
        asked: GuestProject,
        service: String,
        image_id: String,
    ) -> Result<(), CapabilityError> {
        let _billing = self.call.billing();
        self.call.may_prepare("keeping an image")?;
        let (project, service, id) = self.image(&asked, &service, &image_id).await?;
        self.port.keep(&project, &service, &id).await
    }

    async fn has_image(
        &mut self,
        asked: GuestProject,
        image_id: String,
    ) -> Result<bool, CapabilityError> {
        let _billing = self.call.billing();
        self.project(&asked)?;
        let id = ImageId::new(&image_id).map_err(CapabilityError::invalid)?;
        self.port.has_image(&id).await
    }

    async fn use_image(
        &mut self,
        asked: GuestProject,
        service: String,
        image_id: String,
    ) -> Result<(), CapabilityError> {
        let _billing = self.call.billing();
        self.call.may_prepare("using an image")?;
        let (project, service, id) = self.image(&asked, &service, &image_id).await?;
        let (short, name) = (id.short(), &project.name);
        let what = format!("use image {short} for {service} (project {name})");
        self.call.change(what).await?;
        self.port.use_image(&project, &service, &id).await
    }

    async fn conflicts(&mut self, asked: GuestProject) -> Result<Vec<Conflict>, CapabilityError> {
        let _billing = self.call.billing();
        self.port.conflicts(&self.project(&asked)?).await
    }

    async fn differences(
        &mut self,
        asked: GuestProject,
        service: String,
        container: String,
    ) -> Result<Difference, CapabilityError> {
        let _billing = self.call.billing();
        let (project, service) = self.service(&asked, &service)?;
        let id = container_id(&container)?;
        self.port.differences(&project, &service, &id).await
    }

    async fn keep_container(
        &mut self,
        asked: GuestProject,
        service: String,
        container: String,
    ) -> Result<(), CapabilityError> {
        let _billing = self.call.billing();
        self.call.may_prepare("keeping a container")?;
        let (project, service) = self.service(&asked, &service)?;
        let id = container_id(&container)?;
        self.port.keep_container(&project, &service, &id).await
    }

    async fn kept_containers(
        &mut self,
        asked: GuestProject,
    ) -> Result<Vec<KeptContainer>, CapabilityError> {
        let _billing = self.call.billing();
        self.port.kept_containers(&self.project(&asked)?).await
    }

    async fn remove_conflict(
        &mut self,
        asked: GuestProject,
        service: String,
        container: String,
        timeout: u32,
    ) -> Result<(), CapabilityError> {
        let _billing = self.call.billing();
        self.call.may_prepare("removing a container")?;
        let (project, service) = self.service(&asked, &service)?;
        let id = container_id(&container)?;
        let name = self.port.removable(&project, &service, &id).await?;
        let what = format!("remove container {name}, which stands in the place of {service}");
        self.call.change(what).await?;
        self.port.remove_conflict(&id, grace(timeout)).await
    }

    async fn put_back(
        &mut self,
        asked: GuestProject,
        service: String,
        containers: Vec<String>,
    ) -> Result<(), CapabilityError> {
        let _billing = self.call.billing();
        self.call.may_prepare("putting containers back")?;
        let (project, service) = self.service(&asked, &service)?;
        let ids = containers.iter().map(|it| container_id(it));
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        let name = &project.name;
        let what = format!("put back the containers of {service} that were found (project {name})");
        self.call.change(what).await?;
        self.port.put_back(&project, &service, &ids).await
    }

    async fn up(
        &mut self,
        asked: GuestProject,
        service: String,
        recreate: bool,
    ) -> Result<(), CapabilityError> {
        let _billing = self.call.billing();
        self.call.may_prepare("starting services")?;
        let (project, service) = self.service(&asked, &service)?;
        // Found out before the intent is written: it is then no change that was begun.
        self.port.ready(&project, &service).await?;
        let verb = if recreate { "recreate" } else { "bring up" };
        let what = format!("{verb} {service} (project {})", project.name);
        self.call.change(what).await?;
        self.port.up(&project, &service, recreate).await
    }
}

fn container_id(text: &str) -> Result<ContainerId, CapabilityError> {
    ContainerId::new(text).map_err(CapabilityError::denied)
}

impl Capability for Compose {
    const KEYS: &'static [&'static str] = grant::KEYS;
    const MARKERS: &'static [&'static str] = grant::MARKERS;
    const REQUIRES: &'static [Requirement] = &[Requirement::Docker, Requirement::Compose];

    type Grant = ComposeGrant;
    type Port = Arc<dyn Port>;

    fn read_grant(
        table: &GrantTable<'_>,
        scope: &GrantScope<'_>,
    ) -> Result<ComposeGrant, ConfigFault> {
        ComposeGrant::read(table, scope)
    }

    fn add_marked(
        grants: &mut Vec<ComposeGrant>,
        marked: &[Marked],
        scope: &GrantScope<'_>,
    ) -> Result<(), ConfigFault> {
        if let Some(marked) = MarkedProject::read(marked, scope)?
            && !marked.files.is_empty()
        {
            grants.push(ComposeGrant {
                files: marked.files,
                project: marked.project,
                services: marked.services,
                settings: marked.settings,
            });
        }
        Ok(())
    }

    fn resolve_marked(
        marker: &str,
        text: &str,
        scope: &GrantScope<'_>,
    ) -> Result<String, Diagnostic> {
        match marker {
            "compose-file" => marked_path(scope, text, PathKind::ComposeFile),
            "compose-env-file" => marked_path(scope, text, PathKind::VariableFile),
            "compose-read" | "compose-input" => marked_path(scope, text, PathKind::Any),
            "compose-project" => ProjectName::new(text).map(|_| text.to_owned()),
            "compose-take-over" => ContainerName::new(text).map(|_| text.to_owned()),
            "compose-profile" => ProfileName::new(text).map(|_| text.to_owned()),
            "compose-variable" => Ok(text.to_owned()),
            _ => ServiceName::new(text).map(|_| text.to_owned()),
        }
    }

    fn locks(grant: &ComposeGrant) -> Vec<Lock> {
        vec![Lock::Project(grant.project.clone())]
    }

    fn new(
        scope: &CallScope,
        grants: Vec<ComposeGrant>,
        port: Arc<dyn Port>,
    ) -> Result<Self, CallError> {
        Ok(Self::new(scope.call.clone(), grants, port))
    }
}
