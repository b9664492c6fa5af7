//! Containers that stand where one of the project's is to stand, and that its files did not make.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::ComposeProgram;
use super::file_view::FileView;
use super::model::{Model, ServiceModel};
use crate::docker::{KEPT, ListedContainer};
use deployhost_policy::display::display_path;
use deployhost_policy::{Diagnostic, Location};
use deployhost_runtime::capability::compose::{
    Conflict, Difference, Project, ProjectName, ServiceName,
};
use deployhost_runtime::capability::containers::{FoundContainer, same_files};
use deployhost_runtime::capability::error::{CapabilityError, CapabilityErrorKind, OfKind};

/// What a project was last seen to want.
#[derive(Default)]
pub struct LastSeen(Mutex<BTreeMap<ProjectName, SeenFiles>>);

/// What its files mean, and where they lead.
#[derive(Clone)]
struct SeenFiles {
    model: Arc<Model>,
    view: Arc<FileView>,
}

impl LastSeen {
    pub fn put(&self, project: &ProjectName, model: &Arc<Model>, view: &Arc<FileView>) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (model, view) = (Arc::clone(model), Arc::clone(view));
        seen.insert(project.clone(), SeenFiles { model, view });
    }

    fn of(&self, project: &ProjectName) -> Option<SeenFiles> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(project).cloned()
    }
}

/// Why a container stands in a service's place.
struct Claim {
    kind: &'static str,
    detail: String,
    service: String,
}

impl Claim {
    fn new(kind: &'static str, service: &str, detail: String) -> Self {
        Self {
            kind,
            detail,
            service: service.to_owned(),
        }
    }
}

impl ComposeProgram {
    /// As the services were last asked for; else as they lie there. None: the files cannot be read.
    async fn last_seen(&self, project: &Project) -> Result<Option<SeenFiles>, CapabilityError> {
        if let Some(seen) = self.last_seen.of(&project.name) {
            return Ok(Some(seen));
        }
        let read = async {
            let ready = self.begin(project).await?;
            let model = self.model(&ready, project).await?;
            let view = Arc::clone(&ready.view);
            Ok(SeenFiles { model, view })
        };
        match read.await {
            Ok(seen) => Ok(Some(seen)),
            Err(CapabilityError {
                kind: CapabilityErrorKind::Invalid,
                ..
            }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn conflicts_of(
        &self,
        project: &Project,
    ) -> Result<Vec<Conflict>, CapabilityError> {
        let seen = self.last_seen(project).await?;
        let model = seen.as_ref().map(|it| it.model.as_ref());
        let view = seen
            .as_ref()
            .map(|it| Arc::clone(&it.view))
            .unwrap_or_default();
        let mut listed = self.docker.listed().await?;
        let kept = self.granted_kept_of(&listed, project).await?;
        listed.retain(|it| !it.labels.contains_key(KEPT));
        let search = Search {
            project,
            model,
            view: &view,
            elsewhere: other_projects(project, model, &listed),
        };
        let mut claims: Vec<(&str, Claim)> = listed
            .iter()
            .filter_map(|it| Some((it.id.as_str(), search.claim(it)?)))
            .collect();
        for it in &kept {
            let stands = it.stands.as_deref();
            let stands = listed
                .iter()
                .find(|listed| Some(listed.id.as_str()) == stands);
            let Some(stands) = stands.filter(|it| !same_files(&project.files, &it.files)) else {
                continue;
            };
            if !claims.iter().any(|(id, _)| *id == stands.id) {
                let detail = "it was put back as it was found".to_owned();
                claims.push((&stands.id, Claim::new(MOVED, &it.service, detail)));
            }
        }
        let mut conflicts = Vec::new();
        for (id, claim) in claims {
            // One that is gone by now is none.
            if let Ok(found) = self.docker.look(id).await {
                conflicts.push(conflict(project, found, claim));
            }
        }
        Ok(conflicts)
    }

    /// The container of that id, where it stands in the place of a service.
    pub(super) async fn conflict(
        &self,
        project: &Project,
        service: &ServiceName,
        id: &str,
    ) -> Result<Option<Conflict>, CapabilityError> {
        let conflicts = self.conflicts_of(project).await?.into_iter();
        let mut of_service = conflicts.filter(|it| it.service == service.as_str());
        Ok(of_service.find(|it| it.id == id))
    }

    /// How a container is otherwise than its service is wanted.
    pub(super) async fn differences_of(
        &self,
        project: &Project,
        service: &ServiceName,
        id: &str,
    ) -> Result<Difference, CapabilityError> {
        let seen = self.last_seen(project).await?;
        let entry = seen
            .as_ref()
            .and_then(|it| it.model.services.get(service.as_str()));
        let Some(entry) = entry else {
            let (told, volumes) = (Vec::new(), Vec::new());
            return Ok(Difference { told, volumes });
        };
        let image = self.docker.image(&entry.image).await?;
        let found = self.docker.made(id).await?;
        let image = image.as_ref().map(|it| it.id.as_str());
        Ok(entry.differences(&found, image))
    }

    /// Is a container one of the service's own, or in its place?
    pub(super) async fn of_service(
        &self,
        project: &Project,
        service: &ServiceName,
        id: &str,
    ) -> Result<(), CapabilityError> {
        let own = self.own(project, service).await?;
        if own.iter().any(|it| it.container.id == id)
            || self.conflict(project, service, id).await?.is_some()
        {
            return Ok(());
        }
        let message = format!("this container is none of {service}'s");
        let denied = Diagnostic::new("compose.container-not-granted", message);
        Err(denied.parameter("service", service.as_str()).denied())
    }

    /// Would `up` replace a container that is another deployment's, unasked?
    pub(super) async fn refuse_other_files_containers(
        &self,
        project: &Project,
        service: &ServiceName,
    ) -> Result<(), CapabilityError> {
        for it in self.conflicts_of(project).await? {
            let replaced = it.replaced && it.service == service.as_str();
            if replaced && it.kind == OTHER_FILES && !it.allowed {
                let (name, other) = (&it.name, it.files.join(", "));
                let message =
                    format!("container {name} is {service} of another file, and would be replaced");
                return Err(Diagnostic::new("compose.other-file", message)
                    .at(Location::named(other.as_str()))
                    .help("give the plans different projects")
                    .parameter("container", name.as_str())
                    .parameter("service", service.as_str())
                    .parameter("files", other.as_str())
                    .denied());
            }
        }
        Ok(())
    }
}

/// Made for the service, from files that are gone, or by the project's files under another name.
pub(super) const MOVED: &str = "moved";
/// Made from the project's files and from more, which are there.
const OVERRIDE: &str = "override";
/// Made for a service of the same name from other files, which are there.
const OTHER_FILES: &str = "other-files";
const STRANGER: &str = "stranger";

struct Search<'a> {
    project: &'a Project,
    /// None: the files cannot be read.
    model: Option<&'a Model>,
    view: &'a FileView,
    /// Other projects that these files run as, and that have what this one wants.
    elsewhere: BTreeSet<&'a str>,
}

impl Search<'_> {
    fn claim(&self, container: &ListedContainer) -> Option<Claim> {
        let project = self.project.name.as_str();
        if container.project == project && self.wants(&container.service) && !container.one_off {
            return self.claim_of_project(container);
        }
        if self.elsewhere.contains(container.project.as_str())
            && self.wants(&container.service)
            && made_by(container, self.project)
            && !container.one_off
        {
            let detail = format!("it runs as project {}", container.project);
            return Some(Claim::new(MOVED, &container.service, detail));
        }
        let (service, has) = granted(self.project, self.model)
            .find_map(|(name, it)| Some((name, taken(self.project, name, it, container)?)))?;
        let made = match (container.project.as_str(), container.service.as_str()) {
            ("", _) => "was started without Compose".to_owned(),
            (project, service) => format!("is {service} of project {project}"),
        };
        Some(Claim::new(
            STRANGER,
            service,
            format!("it {made} and has {has}"),
        ))
    }

    /// Of the same project and service.
    fn claim_of_project(&self, container: &ListedContainer) -> Option<Claim> {
        let (ours, theirs) = (&self.project.files, &container.files);
        if same_files(ours, theirs) {
            return None;
        }
        let own = |file: &&String| ours.iter().any(|it| it.path() == Path::new(file));
        let there = |file: &&String| self.view.metadata(Path::new(file)).is_ok();
        let all_ours = ours
            .iter()
            .all(|it| theirs.iter().any(|file| Path::new(file) == it.path()));
        let others: Vec<&String> = theirs.iter().filter(|it| !own(it)).collect();
        let standing: Vec<String> = others
            .iter()
            .filter(|it| there(it))
            .map(|it| display_path(it).to_string())
            .collect();
        let files: Vec<String> = theirs
            .iter()
            .map(|it| display_path(it).to_string())
            .collect();
        let (kind, detail) = if all_ours && !standing.is_empty() {
            (OVERRIDE, standing.join(", "))
        } else if !all_ours && !others.is_empty() && standing.len() == others.len() {
            (OTHER_FILES, standing.join(", "))
        } else if theirs.is_empty() {
            (
                MOVED,
                "no label says from which files it was made".to_owned(),
            )
        } else {
            (MOVED, format!("it was made from {}", files.join(" and ")))
        };
        Some(Claim::new(kind, &container.service, detail))
    }

    fn wants(&self, service: &str) -> bool {
        let wanted = self
            .model
            .is_none_or(|it| it.services.contains_key(service));
        wanted && self.project.granted(service).is_ok()
    }
}

/// The services that are looked after.
fn granted<'m>(
    project: &Project,
    model: Option<&'m Model>,
) -> impl Iterator<Item = (&'m String, &'m ServiceModel)> {
    let services = model.into_iter().flat_map(|it| &it.services);
    services.filter(|(name, _)| project.granted(name).is_ok())
}

/// The other projects of which one container has what a service wants.
fn other_projects<'c>(
    project: &Project,
    model: Option<&Model>,
    listed: &'c [ListedContainer],
) -> BTreeSet<&'c str> {
    let elsewhere = listed.iter().filter(|it| {
        let other = !it.project.is_empty() && it.project != project.name.as_str();
        other && made_by(it, project)
    });
    let has = |it: &&ListedContainer| {
        granted(project, model).any(|(name, wanted)| taken(project, name, wanted, it).is_some())
    };
    elsewhere
        .filter(has)
        .map(|it| it.project.as_str())
        .collect()
}

fn made_by(container: &ListedContainer, project: &Project) -> bool {
    let of_project = |file: &String| project.files.iter().any(|it| it.path() == Path::new(file));
    container.files.iter().any(of_project)
}

/// What a container has that a service wants: its name, or a port of the machine.
fn taken(
    project: &Project,
    service: &str,
    wanted: &ServiceModel,
    container: &ListedContainer,
) -> Option<String> {
    // What this project runs makes way by itself.
    if container.project == project.name.as_str() && made_by(container, project) {
        return None;
    }
    let names: Vec<String> = match &wanted.container_name {
        Some(name) => vec![name.clone()],
        None => (1..=wanted.replicas)
            .flat_map(|number| {
                ["-", "_"].map(|by| format!("{}{by}{service}{by}{number}", project.name))
            })
            .collect(),
    };
    if names.contains(&container.name) {
        return Some(format!("the name {}", container.name));
    }
    let taken = wanted.wanted.ports.iter();
    let mut taken = taken.filter(|it| container.ports.iter().any(|port| port.meets(it)));
    taken
        .next()
        .map(|it| format!("the port {}/{}", it.port, it.protocol))
}

fn conflict(project: &Project, found: FoundContainer, claim: Claim) -> Conflict {
    let container = found.container;
    let names = &project.settings.take_over;
    let of_project = container.project == project.name.as_str();
    Conflict {
        allowed: names.iter().any(|it| it.as_str() == container.name),
        replaced: of_project && container.service == claim.service,
        service: claim.service,
        id: container.id,
        name: container.name,
        image: container.image,
        state: container.state,
        health: container.health,
        exit_code: container.exit_code,
        restart_count: container.restart_count,
        started_at: container.started_at,
        shares: container.shares,
        networks: container.networks,
        project: container.project,
        files: container.config_files,
        compose_version: container.compose_version,
        kind: claim.kind.to_owned(),
        detail: claim.detail,
    }
}
