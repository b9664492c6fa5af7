//! What the capability asks, done with Compose and with the engine.

use std::ffi::OsString;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::image_name::{repository, repository_and_tag};
use super::model::{Model, ServiceModel};
use super::program::Program;
use super::rendering::{missing, place};
use super::source::SourceReader;
use super::{ComposeProgram, WORK, stderr_summary};
use deployhost_policy::Diagnostic;
use deployhost_runtime::capability::compose::{
    Conflict, ContainerId, Difference, ImageId, KeptContainer, Neighbour, Policy, Port, Project,
    Service, ServiceName,
};
use deployhost_runtime::capability::containers::{self, FoundContainer, same_files};
use deployhost_runtime::capability::error::{CapabilityError, OfKind};

impl ComposeProgram {
    /// Runs an action on services, whose failure, of this code, is what Compose says.
    async fn act(
        &self,
        program: &Program,
        project: &Project,
        model: &Model,
        rest: Vec<OsString>,
        code: &'static str,
    ) -> Result<(), Diagnostic> {
        let ended = self.run(program, project, rest, WORK, true).await;
        match ended {
            Ok(ended) if ended.success() => Ok(()),
            Ok(ended) => {
                let said = stderr_summary::summarize(&ended.stderr, &model.sensitive);
                Err(Diagnostic::new(code, said))
            }
            Err(error) => Err(error.diagnostic),
        }
    }

    /// The containers of a service that are its files' own.
    pub(super) async fn own(
        &self,
        project: &Project,
        service: &ServiceName,
    ) -> Result<Vec<FoundContainer>, CapabilityError> {
        let mut found = self.docker.found(&project.name).await?;
        found.retain(|found| {
            let container = &found.container;
            container.service == service.as_str()
                && !found.one_off
                && same_files(&project.files, &container.config_files)
        });
        Ok(found)
    }

    /// After a start that failed, the first Compose goes on with the old container under the name
    /// that it had put it aside with: the container's own id, then its name.
    async fn heal_names(
        &self,
        project: &Project,
        service: &ServiceName,
    ) -> Result<(), CapabilityError> {
        for found in self.own(project, service).await? {
            let container = found.container;
            let aside = container
                .id
                .get(..12)
                .and_then(|id| container.name.strip_prefix(id));
            let Some(name) = aside.and_then(|rest| rest.strip_prefix('_')) else {
                continue;
            };
            // A name that is taken leaves an odd one, which harms nobody: labels tell.
            if let Err(fault) = self.docker.rename(&container.id, name).await {
                tracing::debug!(container.name, %fault, "the container keeps its odd name");
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Port for ComposeProgram {
    async fn inputs(&self, project: &Project) -> Result<Vec<String>, CapabilityError> {
        let ready = self.begin(project).await?;
        let inputs = ready
            .sources
            .inputs
            .iter()
            .map(|path| path.to_string_lossy().into_owned());
        Ok(inputs.collect())
    }

    async fn services(&self, project: &Project) -> Result<Vec<Service>, CapabilityError> {
        let ready = self.begin(project).await?;
        self.refuse_other_files(&ready, project)?;
        self.look(&ready, project).await
    }

    async fn services_ahead(
        &self,
        project: &Project,
    ) -> Result<Option<Vec<Service>>, CapabilityError> {
        let Some(view) = self.view_ahead(project).await? else {
            return Ok(None);
        };
        let ready = self.begin_seeing(project, view).await?;
        let services = self.look(&ready, project).await?;
        self.remember_ahead(&ready, project);
        Ok(Some(services))
    }

    async fn neighbours(&self, project: &Project) -> Result<Vec<Neighbour>, CapabilityError> {
        self.look_beside(project).await
    }

    async fn unchanged_since(
        &self,
        project: &Project,
        service: &ServiceName,
        since: Timestamp,
    ) -> Result<bool, CapabilityError> {
        let ready = self.begin(project).await?;
        let model = self.model(&ready, project).await?;
        let granted = |name: &str| name == service.as_str();
        let content = self.content.as_ref();
        let sources = SourceReader::of(&model, content, project, &ready.view, granted).await;
        let entry = entry(&model, project, service)?;
        Ok(sources.unchanged_since(&entry.mounts, since).await)
    }

    async fn pull(
        &self,
        project: &Project,
        service: &ServiceName,
        policy: Policy,
    ) -> Result<(), CapabilityError> {
        let ready = self.begin(project).await?;
        let model = self.model(&ready, project).await?;
        let entry = entry(&model, project, service)?;
        let here = policy == Policy::Missing && self.docker.image(&entry.image).await?.is_some();
        if entry.build.is_some() || here {
            return Ok(());
        }
        let rest = ["pull".into(), service.as_str().into()].to_vec();
        let ended = self.run(&ready.program, project, rest, WORK, false).await?;
        if !ended.success() {
            return Err(stderr_summary::classify_pull_error(
                &ended.stderr,
                &entry.image,
                &model.sensitive,
            ));
        }
        Ok(())
    }

    async fn build(
        &self,
        project: &Project,
        service: &ServiceName,
    ) -> Result<String, CapabilityError> {
        let ready = self.begin(project).await?;
        let model = self.model(&ready, project).await?;
        let entry = entry(&model, project, service)?;
        if entry.build.is_none() {
            let message = format!("service {service} has no `build`");
            return Err(Diagnostic::new("compose.no-build", message)
                .at(place(project))
                .parameter("service", service.as_str())
                .invalid());
        }
        let mut rest: Vec<OsString> = vec!["build".into()];
        if ready.program.first() {
            // Its builder leaves the container of a step that failed.
            rest.push("--force-rm".into());
        }
        rest.push(service.as_str().into());
        let code = "compose.build-failed";
        let built = self.act(&ready.program, project, &model, rest, code).await;
        built.map_err(|why| {
            let why = why.of(format!("{service} was not built"));
            CapabilityError::other(why.parameter("service", service.as_str()))
        })?;
        match self.docker.image(&entry.image).await? {
            Some(image) => Ok(image.id),
            None => {
                let image = &entry.image;
                let message = format!("Compose says it built {service}, but {image} is not here");
                Err(Diagnostic::new("compose.image-missing", message)
                    .parameter("service", service.as_str())
                    .parameter("image", image.as_str())
                    .other())
            }
        }
    }

    async fn images(
        &self,
        project: &Project,
        service: &ServiceName,
    ) -> Result<Vec<ImageId>, CapabilityError> {
        let ready = self.begin(project).await?;
        let model = self.model(&ready, project).await?;
        let entry = entry(&model, project, service)?;
        let mut ids = self
            .docker
            .tagged(&repository(&project.name, service))
            .await?;
        ids.extend(self.docker.image(&entry.image).await?.map(|image| image.id));
        let own = self.own(project, service).await?;
        ids.extend(own.into_iter().map(|found| found.container.image));
        Ok(ids.iter().filter_map(|id| ImageId::new(id).ok()).collect())
    }

    async fn keep(
        &self,
        project: &Project,
        service: &ServiceName,
        image: &ImageId,
    ) -> Result<(), CapabilityError> {
        let repository = repository(&project.name, service);
        Ok(self
            .docker
            .tag(image.as_str(), &repository, image.short())
            .await?)
    }

    async fn has_image(&self, image: &ImageId) -> Result<bool, CapabilityError> {
        Ok(self.docker.image(image.as_str()).await?.is_some())
    }

    async fn use_image(
        &self,
        project: &Project,
        service: &ServiceName,
        image: &ImageId,
    ) -> Result<(), CapabilityError> {
        let ready = self.begin(project).await?;
        let model = self.model(&ready, project).await?;
        let name = &entry(&model, project, service)?.image;
        if self
            .docker
            .image(name)
            .await?
            .is_some_and(|here| here.id == image.as_str())
        {
            return Ok(());
        }
        let Some((repository, tag)) = repository_and_tag(name) else {
            let message = format!("{name} names its image by digest, which cannot be another's");
            return Err(Diagnostic::new("compose.image-digest", message)
                .at(place(project))
                .parameter("image", name.as_str())
                .invalid());
        };
        Ok(self.docker.tag(image.as_str(), repository, tag).await?)
    }

    async fn conflicts(&self, project: &Project) -> Result<Vec<Conflict>, CapabilityError> {
        self.conflicts_of(project).await
    }

    async fn differences(
        &self,
        project: &Project,
        service: &ServiceName,
        container: &ContainerId,
    ) -> Result<Difference, CapabilityError> {
        let id = container.as_str();
        self.of_service(project, service, id).await?;
        self.differences_of(project, service, id).await
    }

    async fn keep_container(
        &self,
        project: &Project,
        service: &ServiceName,
        container: &ContainerId,
    ) -> Result<(), CapabilityError> {
        let id = container.as_str();
        self.of_service(project, service, id).await?;
        let (docker, project) = (&self.docker, project.name.as_str());
        Ok(docker.keep_container(id, project, service.as_str()).await?)
    }

    async fn kept_containers(
        &self,
        project: &Project,
    ) -> Result<Vec<KeptContainer>, CapabilityError> {
        self.granted_kept(project).await
    }

    async fn removable(
        &self,
        project: &Project,
        service: &ServiceName,
        container: &ContainerId,
    ) -> Result<String, CapabilityError> {
        self.removable_name(project, service, container).await
    }

    async fn remove_conflict(
        &self,
        container: &ContainerId,
        grace: Duration,
    ) -> Result<(), CapabilityError> {
        let id = container.as_str();
        containers::Port::stop(self.docker.as_ref(), id, grace).await?;
        Ok(self.docker.remove_container(id).await?)
    }

    async fn put_back(
        &self,
        project: &Project,
        service: &ServiceName,
        containers: &[ContainerId],
    ) -> Result<(), CapabilityError> {
        self.put_back_kept(project, service, containers).await
    }

    async fn ready(&self, project: &Project, service: &ServiceName) -> Result<(), CapabilityError> {
        let ready = self.begin(project).await?;
        let model = self.model(&ready, project).await?;
        let entry = entry(&model, project, service)?;
        if self.docker.image(&entry.image).await?.is_none() {
            let image = &entry.image;
            let message = format!("{image}, the image of {service}, is not on this machine");
            return Err(Diagnostic::new("compose.image-missing", message)
                .help("pull or build it first")
                .parameter("service", service.as_str())
                .parameter("image", image.as_str())
                .other());
        }
        self.refuse_other_files_containers(project, service).await
    }

    async fn up(
        &self,
        project: &Project,
        service: &ServiceName,
        recreate: bool,
    ) -> Result<(), CapabilityError> {
        let ready = self.begin(project).await?;
        let model = self.model(&ready, project).await?;
        let mut rest: Vec<OsString> = ["up", "-d", "--no-build", "--no-deps"]
            .map(OsString::from)
            .to_vec();
        if !ready.program.first() {
            // Unless it is told so, a variable in `.env` decides on other files' containers.
            rest.extend(["--pull", "never", "--remove-orphans=false"].map(OsString::from));
        }
        // What was decided is not for Compose to decide again.
        let decided = match recreate {
            true => "--force-recreate",
            false => "--no-recreate",
        };
        rest.extend([decided, "--", service.as_str()].map(OsString::from));
        self.remove_other_networks(&model, project, service).await?;
        let code = "compose.start-failed";
        let started = self.act(&ready.program, project, &model, rest, code).await;
        started.map_err(|why| {
            CapabilityError::other(why.of(format!("Compose did not start {service}")))
        })?;
        self.heal_names(project, service).await
    }
}

fn entry<'a>(
    model: &'a Model,
    project: &Project,
    service: &ServiceName,
) -> Result<&'a ServiceModel, CapabilityError> {
    let entry = model.services.get(service.as_str());
    entry.ok_or_else(|| missing(project, service.as_str()))
}
