//! Granted services of granted Compose files.
//!
//! Owns what a plugin may ask of Compose and for what. Which program Compose is, how it is run and
//! what it renders is the adapter's, behind [`Port`].

mod grant;
mod port;

use std::sync::Arc;

use wasmtime::component::{HasSelf, Linker};

use super::call::Call;

pub use deployhost_policy::compose::{ComposeFile, ImageId, ProjectName, ServiceName};
pub use grant::Grant;
pub use port::{Content, Policy, Port, Project};

mod binding {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "package deployhost:host; world compose { import deployhost:plugin/compose@0.1.0; }",
        imports: { default: async | trappable },
    });
}
use binding::deployhost::plugin::compose;
pub use binding::deployhost::plugin::compose::{
    Error, Host, Project as GuestProject, Service, Source,
};

/// The Compose files and services that one plugin call may use.
pub struct Compose {
    call: Arc<Call>,
    grants: Vec<Grant>,
    port: Arc<dyn Port>,
}

impl Compose {
    pub fn new(call: Arc<Call>, grants: Vec<Grant>, port: Arc<dyn Port>) -> Self {
        Self { call, grants, port }
    }

    /// What a guest asked for, where one grant holds all of it.
    fn project(&self, asked: &GuestProject) -> Result<Project, Error> {
        self.call.may_read().map_err(Error::Denied)?;
        let denied = || {
            let files = asked.files.join(", ");
            let what = format!(
                "{} (project `{}`)",
                files.escape_debug(),
                asked.name.escape_debug()
            );
            Error::Denied(format!(
                "{what} is not granted — name file and project in the step's config"
            ))
        };
        let grant = self
            .grants
            .iter()
            .find(|grant| grant.holds(asked))
            .ok_or_else(denied)?;
        let (files, services) = (grant.files.clone(), grant.services.clone());
        Project::new(
            files,
            grant.project.clone(),
            services,
            asked.commit.as_deref(),
        )
        .map_err(Error::Invalid)
    }

    /// The same for one service of it.
    fn service(
        &self,
        asked: &GuestProject,
        service: &str,
    ) -> Result<(Project, ServiceName), Error> {
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
    ) -> Result<(Project, ServiceName, ImageId), Error> {
        let (project, service) = self.service(asked, service)?;
        let id = ImageId::new(id).map_err(Error::Denied)?;
        if !self.port.images(&project, &service).await?.contains(&id) {
            return Err(Error::Denied(format!(
                "image {} is none of {service}'s",
                id.short()
            )));
        }
        Ok((project, service, id))
    }

    fn may_prepare(&self, what: &str) -> Result<(), Error> {
        self.call.may_prepare(what).map_err(Error::Denied)
    }

    async fn change(&self, what: String) -> Result<(), Error> {
        self.call.change(what).await.map_err(Error::Other)
    }

    async fn pulled(&self, asked: &GuestProject, service: &str, policy: &str) -> Result<(), Error> {
        self.may_prepare("pulling an image")?;
        let (project, service) = self.service(asked, service)?;
        let policy = Policy::new(policy).map_err(Error::Invalid)?;
        self.port.pull(&project, &service, policy).await
    }

    async fn built(&self, asked: &GuestProject, service: &str) -> Result<String, Error> {
        self.may_prepare("building an image")?;
        let (project, service) = self.service(asked, service)?;
        self.port.build(&project, &service).await
    }

    async fn kept(&self, asked: &GuestProject, service: &str, id: &str) -> Result<(), Error> {
        self.may_prepare("keeping an image")?;
        let (project, service, id) = self.image(asked, service, id).await?;
        self.port.keep(&project, &service, &id).await
    }

    async fn present(&self, asked: &GuestProject, id: &str) -> Result<bool, Error> {
        self.project(asked)?;
        let id = ImageId::new(id).map_err(Error::Invalid)?;
        self.port.has_image(&id).await
    }

    async fn used(&self, asked: &GuestProject, service: &str, id: &str) -> Result<(), Error> {
        self.may_prepare("using an image")?;
        let (project, service, id) = self.image(asked, service, id).await?;
        let what = format!(
            "use image {} for {service} (project {})",
            id.short(),
            project.name
        );
        self.change(what).await?;
        self.port.use_image(&project, &service, &id).await
    }

    async fn upped(
        &self,
        asked: &GuestProject,
        names: &[String],
        force: bool,
    ) -> Result<(), Error> {
        self.may_prepare("starting services")?;
        let project = self.project(asked)?;
        let services = names.iter().map(|name| project.granted(name));
        let services = services.collect::<Result<Vec<_>, _>>()?;
        // Compose reads an empty list as every service of the file.
        if services.is_empty() {
            return Err(Error::Denied(
                "up without a service would start all of them".into(),
            ));
        }
        // Found out before the intent is written: it is then no change that was begun.
        self.port.ready(&project, &services).await?;
        let verb = if force { "recreate" } else { "up" };
        let what = format!("{verb} {} (project {})", names.join(", "), project.name);
        self.change(what).await?;
        self.port.up(&project, &services, force).await
    }
}

impl compose::Host for Compose {
    async fn inputs(
        &mut self,
        asked: GuestProject,
    ) -> wasmtime::Result<Result<Vec<String>, Error>> {
        let _billing = self.call.billing();
        Ok(match self.project(&asked) {
            Ok(project) => self.port.inputs(&project).await,
            Err(error) => Err(error),
        })
    }

    async fn services(
        &mut self,
        asked: GuestProject,
    ) -> wasmtime::Result<Result<Vec<Service>, Error>> {
        let _billing = self.call.billing();
        Ok(match self.project(&asked) {
            Ok(project) => self.port.services(&project).await,
            Err(error) => Err(error),
        })
    }

    async fn pull(
        &mut self,
        asked: GuestProject,
        service: String,
        policy: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        let _billing = self.call.billing();
        Ok(self.pulled(&asked, &service, &policy).await)
    }

    async fn build(
        &mut self,
        asked: GuestProject,
        service: String,
    ) -> wasmtime::Result<Result<String, Error>> {
        let _billing = self.call.billing();
        Ok(self.built(&asked, &service).await)
    }

    async fn keep(
        &mut self,
        asked: GuestProject,
        service: String,
        image_id: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        let _billing = self.call.billing();
        Ok(self.kept(&asked, &service, &image_id).await)
    }

    async fn has_image(
        &mut self,
        asked: GuestProject,
        image_id: String,
    ) -> wasmtime::Result<Result<bool, Error>> {
        let _billing = self.call.billing();
        Ok(self.present(&asked, &image_id).await)
    }

    async fn use_image(
        &mut self,
        asked: GuestProject,
        service: String,
        image_id: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        let _billing = self.call.billing();
        Ok(self.used(&asked, &service, &image_id).await)
    }

    async fn up(
        &mut self,
        asked: GuestProject,
        services: Vec<String>,
        force_recreate: bool,
    ) -> wasmtime::Result<Result<(), Error>> {
        let _billing = self.call.billing();
        Ok(self.upped(&asked, &services, force_recreate).await)
    }
}

pub fn link<T: Send + 'static>(
    linker: &mut Linker<T>,
    compose: fn(&mut T) -> &mut Compose,
) -> wasmtime::Result<()> {
    compose::add_to_linker::<T, HasSelf<Compose>>(linker, compose)
}
