//! What Compose makes of its files.
//!
//! Owns what may be rendered, how it is asked for, and which answers are believed. What was rendered
//! is kept by [`super::rendering_cache`].

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt};
use tokio::sync::OnceCell;

use super::configuration::RenderedWith;
use super::file_view::FileView;
use super::model::Model;
use super::program::Program;
use super::sources::ComposeSources;
use super::{ComposeProgram, LOOK, arguments, refused_file, stderr_summary};
use crate::child::Finished;
use crate::docker::Image;
use deployhost_policy::{Diagnostic, Location};
use deployhost_runtime::capability::compose::{ProfileName, Project};
use deployhost_runtime::capability::error::{CapabilityError, OfKind};

/// From this major version on, an engine lacks what the first Compose reads of an image.
const TOO_NEW: u32 = 25;
/// How many images are asked for at once.
const AT_ONCE: usize = 8;

/// By service; None: not on this machine.
pub type ServiceImages = BTreeMap<String, Option<Image>>;

/// A project whose files were read, and the program for it.
pub struct LoadedProject {
    pub program: Program,
    pub sources: ComposeSources,
    pub view: Arc<FileView>,
    pub key: blake3::Hash,
}

impl ComposeProgram {
    /// Refuses at sight what needs no Compose to be refused.
    pub async fn begin(&self, project: &Project) -> Result<LoadedProject, CapabilityError> {
        self.begin_seeing(project, Arc::default()).await
    }

    /// The same, of files that are seen so.
    pub async fn begin_seeing(
        &self,
        project: &Project,
        view: Arc<FileView>,
    ) -> Result<LoadedProject, CapabilityError> {
        let sources = read(project, &view).await?;
        for service in project.services.iter().flatten() {
            if !sources.has(service.as_str()) {
                return Err(missing(project, service.as_str()));
            }
        }
        let program = self.program(project).await?;
        refuse_env_files(&program, project)?;
        self.refuse_newer_engine(&program).await?;
        let commit = project.commit().filter(|_| sources.show_commit);
        let services = project.services.iter().flatten().map(|it| it.as_str());
        let variables = project.settings.variables.iter();
        let variables = variables.flat_map(|it| [it.name(), it.value()]);
        let said = [program.version.as_str(), commit.unwrap_or_default()];
        let said = said.into_iter().chain(services).chain(variables);
        let mut key = blake3::Hasher::new();
        // Files, names and profiles, in the order that decides what they mean together.
        for word in arguments(project, Vec::new()) {
            key.update(word.as_encoded_bytes());
            key.update(b"\n");
        }
        for (path, digest) in &sources.files {
            key.update(path.as_os_str().as_encoded_bytes());
            key.update(&[0, u8::from(digest.is_some())]);
            key.update(digest.as_ref().map_or(&[0; 32], |it| it.as_bytes()));
        }
        for word in said {
            key.update(word.as_bytes());
            key.update(b"\n");
        }
        let key = key.finalize();
        Ok(LoadedProject {
            program,
            sources,
            view,
            key,
        })
    }

    /// The first Compose stops a container and then cannot make the next one, nor the old one again,
    /// of an engine that no longer tells it what it relies on.
    async fn refuse_newer_engine(&self, program: &Program) -> Result<(), CapabilityError> {
        if !program.first() {
            return Ok(());
        }
        let engine = self.docker.version().await?;
        let major = engine
            .split('.')
            .next()
            .and_then(|it| it.parse::<u32>().ok());
        if major.is_none_or(|major| major < TOO_NEW) {
            return Ok(());
        }
        let message = format!(
            "Compose {} cannot replace a container on Docker Engine {engine}",
            program.version
        );
        Err(Diagnostic::new("compose.too-old", message)
            .help("install Compose 2, such as Docker's own `docker-compose-plugin`")
            .parameter("compose", program.version.as_str())
            .parameter("engine", engine)
            .invalid())
    }

    /// What the files mean, asked of Compose once while files and environment stay.
    pub async fn model(
        &self,
        ready: &LoadedProject,
        project: &Project,
    ) -> Result<Arc<Model>, CapabilityError> {
        let cached = self.renderings.of(&ready.key, &project.name);
        self.model_in(&cached, ready, project).await
    }

    /// Renders a project as it lies there, while other work goes on: most runs want just that. What
    /// comes of it is for whoever asks; a fault is found again then.
    pub fn render_early(self: &Arc<Self>, project: Project) {
        let (this, name) = (Arc::clone(self), project.name.clone());
        let rendering = tokio::spawn(async move {
            let Ok(ready) = this.begin(&project).await else {
                return;
            };
            let cached = this.renderings.of_early(&ready.key);
            if let Err(fault) = this.model_in(&cached, &ready, &project).await {
                tracing::debug!(%fault, "an early rendering came to nothing");
            }
        });
        self.renderings.begun_early(name, rendering.abort_handle());
    }

    async fn model_in(
        &self,
        cached: &OnceCell<Arc<Model>>,
        ready: &LoadedProject,
        project: &Project,
    ) -> Result<Arc<Model>, CapabilityError> {
        let rendered = cached.get_or_try_init(async || {
            let model = self.render(ready, project).await?;
            // What Compose read in the middle of a change is of neither side of it.
            if read(project, &ready.view).await?.files != ready.sources.files {
                return Err(changing(project));
            }
            Ok(model)
        });
        rendered.await.cloned()
    }

    /// The images that the granted services' names stand for now.
    pub async fn present_images(
        &self,
        model: &Model,
        project: &Project,
    ) -> Result<ServiceImages, CapabilityError> {
        let wanted = model
            .services
            .iter()
            .filter(|(name, _)| project.granted(name).is_ok());
        let names: Vec<_> = wanted
            .map(|(name, entry)| (name.clone(), entry.image.clone()))
            .collect();
        let asked = names.into_iter().map(|(name, image)| async move {
            let image = self.docker.image(&image).await?;
            Ok::<_, CapabilityError>((name, image))
        });
        futures_util::stream::iter(asked)
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn render(
        &self,
        ready: &LoadedProject,
        project: &Project,
    ) -> Result<Arc<Model>, CapabilityError> {
        let mut rest: Vec<OsString> = vec!["config".into()];
        if !ready.program.first() {
            rest.extend(["--format".into(), "json".into()]);
            // Naming a service is what turns its profile on.
            rest.extend(
                project
                    .services
                    .iter()
                    .flatten()
                    .map(|name| name.as_str().into()),
            );
        }
        let ended = self.config(ready, project, rest).await?;
        let place = place(project);
        let home = self.home.as_os_str().as_encoded_bytes();
        if ended.out.windows(home.len()).any(|window| window == home) {
            return Err(
                Diagnostic::new("compose.home", "`~` and ${HOME} mean nothing here")
                    .at(place)
                    .help("write the path in full")
                    .invalid(),
            );
        }
        let key = self.key.bytes().map_err(|error| {
            let message = format!("the state folder's key cannot be read: {error}");
            Diagnostic::new("compose.key", message).other()
        })?;
        let with = RenderedWith {
            key: &key,
            commit: project.commit().filter(|_| ready.sources.show_commit),
            variables: &ready.sources.variables,
        };
        let mut model = Model::read(&ended.out, &ready.program, project, &with).map_err(|why| {
            let message = format!("Compose's answer cannot be read: {why}");
            Diagnostic::new("compose.answer", message).at(place).other()
        })?;
        model.sensitive.merge(&ready.sources.sensitive);
        let named = model.services.keys().chain(model.networks.keys());
        let names = named.chain(model.volumes.keys()).cloned();
        for name in names.collect::<Vec<_>>() {
            model.sensitive.keep_name(&name);
        }
        model.sensitive.keep_name(project.name.as_str());
        // The first Compose renders services of profiles that are off, too.
        model.services.retain(|name, service| {
            let named = project
                .services
                .iter()
                .flatten()
                .any(|it| it.as_str() == name);
            named
                || !ready.program.first()
                || ready
                    .sources
                    .has_profile(&service.profiles, &project.settings.profiles)
        });
        refuse_unused_profile(&model, project)?;
        refuse_name_for_many(&model, project)?;
        Ok(Arc::new(model))
    }

    /// Runs `config`, to an answer that can be believed.
    async fn config(
        &self,
        ready: &LoadedProject,
        project: &Project,
        rest: Vec<OsString>,
    ) -> Result<Finished, CapabilityError> {
        let mut program = ready.program.clone();
        if let Some(this) = &self.this_program {
            program.command = ready.view.command(this, &program.command);
        }
        let mut ended = self
            .run(&program, project, rest.clone(), LOOK, false)
            .await?;
        let gone = ended.stderr.contains("build path") && ended.stderr.contains("does not exist");
        if !ended.success() && gone && ready.program.first() {
            // Going back to an image that is kept needs no build folder. The first Compose looks
            // for these folders unless it sees this word anywhere in its arguments; as the name
            // of a profile that nobody has it says nothing else.
            let mut again: Vec<OsString> = vec!["--profile".into(), "--no-build".into()];
            again.extend(rest);
            ended = self.run(&program, project, again, LOOK, false).await?;
        }
        let place = place(project);
        // First, since what is blank for want of a value is often the next error.
        let unset = stderr_summary::unset(&ended.stderr);
        if !unset.is_empty() {
            let names = unset
                .iter()
                .map(|name| format!("${{{name}}}"))
                .collect::<Vec<_>>()
                .join(", ");
            let names = names.escape_debug();
            let unset = unset.into_iter().collect::<Vec<_>>().join(", ");
            return Err(
                Diagnostic::new("compose.variable-unset", format!("{names} is not set"))
                    .at(place)
                    .help("set it in `.env` beside the file, or write a default: ${NAME:-value}")
                    .parameter("variables", unset)
                    .invalid(),
            );
        }
        if !ended.success() {
            let said = refused_file::told(&ended.stderr, &ready.sources.words);
            return Err(Diagnostic::new("compose.file-refused", said)
                .at(place)
                .help("`docker compose config` says more, and quotes the file")
                .invalid());
        }
        if ended.cut {
            let message = "the Compose file renders to over 1 MiB";
            return Err(Diagnostic::new("compose.file-too-large", message)
                .at(place)
                .invalid());
        }
        Ok(ended)
    }
}

/// The project's files, unrendered.
pub async fn read(
    project: &Project,
    view: &Arc<FileView>,
) -> Result<ComposeSources, CapabilityError> {
    let (project, view) = (project.clone(), Arc::clone(view));
    let sources = tokio::task::spawn_blocking(move || ComposeSources::read(&project, &view)).await;
    sources.map_err(|error| Diagnostic::new("internal.task-ended", error.to_string()).other())?
}

fn changing(project: &Project) -> CapabilityError {
    let message = "the Compose file, or one that it names, changed while it was read";
    Diagnostic::new("compose.file-changing", message)
        .at(place(project))
        .help("run it again")
        .other()
}

/// The files.
pub fn place(project: &Project) -> Location {
    if let [file] = project.files.as_slice() {
        return Location::path(file.path());
    }
    let files = project
        .files
        .iter()
        .map(|file| file.path().display().to_string());
    Location::named(files.collect::<Vec<_>>().join(", "))
}

pub fn missing(project: &Project, service: &str) -> CapabilityError {
    Diagnostic::new(
        "compose.service-missing",
        format!("there is no service {service}"),
    )
    .at(place(project))
    .help("name one of the file's services")
    .parameter("service", service)
    .invalid()
}

/// The first Compose reads the last file of variables and leaves the others off without a word.
fn refuse_env_files(program: &Program, project: &Project) -> Result<(), CapabilityError> {
    let count = project.settings.env_files.len();
    if count < 2 || !program.first() {
        return Ok(());
    }
    let message = format!(
        "Compose {} reads one file of variables, and the plan names {count}",
        program.version
    );
    Err(Diagnostic::new("compose.env-files", message)
        .help("put them together, or install Compose 2")
        .parameter("compose", program.version.as_str())
        .invalid())
}

/// A profile that no service has is one that was misspelt.
fn refuse_unused_profile(model: &Model, project: &Project) -> Result<(), CapabilityError> {
    let used = |name: &&ProfileName| {
        let mut services = model.services.values();
        services.any(|it| it.profiles.iter().any(|profile| profile == name.as_str()))
    };
    let Some(name) = project.settings.profiles.iter().find(|it| !used(it)) else {
        return Ok(());
    };
    let message = format!("no service has the profile {name}");
    Err(Diagnostic::new("compose.profile-unknown", message)
        .at(place(project))
        .help("name one that a service has, or take it out")
        .parameter("profile", name.as_str())
        .invalid())
}

/// Compose 1 would find out when the first container runs under the name that all are to have.
fn refuse_name_for_many(model: &Model, project: &Project) -> Result<(), CapabilityError> {
    for (name, service) in &model.services {
        let Some(container) = &service.container_name else {
            continue;
        };
        if service.replicas > 1 && project.granted(name).is_ok() {
            let message = format!(
                "{name} wants {} containers, all under the name `{container}`",
                service.replicas
            );
            return Err(Diagnostic::new("compose.name-for-many", message)
                .at(place(project))
                .help("take out `container_name`, or ask for one replica")
                .parameter("service", name.as_str())
                .parameter("container", container.as_str())
                .parameter("replicas", service.replicas.to_string())
                .invalid());
        }
    }
    Ok(())
}
