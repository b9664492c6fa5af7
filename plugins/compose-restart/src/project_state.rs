//! Everything that a decision rests on, as plain values: what is wanted, what is there, and what is
//! remembered of how it got there.
//!
//! Owns the questions that can be answered from these alone. It calls nothing on the machine.

use std::collections::{BTreeMap, BTreeSet};

use deployhost_plugin::Failure;
use deployhost_plugin::compose::{Dependency, Service};
use deployhost_plugin::containers::Container;

use crate::config::{Config, Pull};
use crate::decision::{listed, short_commit};
use crate::dependencies::COMPLETED;
use crate::found::Found;
use crate::mounts;
use crate::pass::Pass;
use crate::pin::{ContainerInstance, Pin, ServicePin};
use crate::take_over::TakenOver;

#[derive(Debug, Clone)]
pub struct ProjectState {
    /// As the Compose files want them, in their order.
    pub services: Vec<Service>,
    /// Of these services, and of no other file's.
    pub containers: Vec<Container>,
    /// Of this step's last receipt.
    pub last: Option<Pin>,
    /// To be brought back. None: the way is forward.
    pub release: Option<Pin>,
    pub commit: Option<String>,
    /// The work tree's top level, where an earlier step has one.
    pub tree: Option<String>,
    pub oneshot: Vec<String>,
    pub pull: Pull,
    /// Services whose containers were started again by somebody else, from what they had been started
    /// from before.
    pub started_alike: BTreeSet<String>,
    /// Of `containers`, those that these files did not make.
    pub taken_over: Vec<TakenOver>,
    /// By service: how a container that nobody knows anything of differs from what is wanted.
    pub differences: BTreeMap<String, Vec<String>>,
    /// By service, on the way back to what was found: how that is now.
    pub found: BTreeMap<String, Found>,
    /// Services whose image this very run has pulled or built.
    pub prepared: BTreeSet<String>,
}

impl ProjectState {
    pub fn new(
        mut services: Vec<Service>,
        containers: Vec<Container>,
        config: &Config,
        pass: &Pass,
        last: Option<&str>,
        release: Option<Pin>,
    ) -> Self {
        for service in &mut services {
            let leaders = config.follow.get(&service.name);
            service
                .depends_on
                .extend(leaders.into_iter().flatten().map(|it| followed(it)));
        }
        Self {
            services,
            containers,
            last: Pin::remembered(last),
            release,
            commit: pass.commit.clone(),
            tree: pass.tree.as_ref().map(|tree| tree.path.clone()),
            oneshot: config.oneshot.clone(),
            pull: config.pull,
            started_alike: BTreeSet::new(),
            taken_over: Vec::new(),
            differences: BTreeMap::new(),
            found: BTreeMap::new(),
            prepared: BTreeSet::new(),
        }
    }

    /// The containers that count for a service: all of them, but not what a failed start has left
    /// beside a running one.
    pub fn containers_of(&self, service: &str) -> Vec<&Container> {
        let all: Vec<&Container> = self
            .containers
            .iter()
            .filter(|it| it.service == service)
            .collect();
        if !all.iter().any(|it| lives(it)) {
            return all;
        }
        all.into_iter()
            .filter(|it| lives(it) || self.pinned_as_is(it))
            .collect()
    }

    /// What the service's containers were made from, if each is still the one remembered. Of what
    /// they were started from it says nothing: they may have been restarted since.
    pub fn made(&self, service: &str) -> Option<&ServicePin> {
        self.last_if(service, |pinned, it| pinned.id == it.id)
    }

    /// What the service's containers were started from, if each still runs as it was remembered.
    pub fn origin(&self, service: &str) -> Option<&ServicePin> {
        match self.started_alike.contains(service) {
            true => self.made(service),
            false => self.last_if(service, is_as_pinned),
        }
    }

    fn last_if(
        &self,
        service: &str,
        same: impl Fn(&ContainerInstance, &Container) -> bool,
    ) -> Option<&ServicePin> {
        let pinned = self.last_of(service)?;
        let containers = self.containers_of(service);
        let known = |it: &&Container| pinned.containers.iter().any(|pinned| same(pinned, it));
        (!containers.is_empty() && containers.iter().all(known)).then_some(pinned)
    }

    pub fn last_of(&self, service: &str) -> Option<&ServicePin> {
        self.last.as_ref()?.services.get(service)
    }

    pub fn release_of(&self, service: &str) -> Option<&ServicePin> {
        self.release.as_ref()?.services.get(service)
    }

    /// The containers of others that stand in a service's place.
    pub fn taken_over_for(&self, service: &str) -> impl Iterator<Item = &TakenOver> {
        let of_service = move |it: &&TakenOver| it.service == service;
        self.taken_over.iter().filter(of_service)
    }

    /// The image that a release ran the service with.
    pub fn released_image(&self, service: &str) -> Option<&str> {
        let image = self.release_of(service)?.image.as_str();
        (!image.is_empty()).then_some(image)
    }

    /// By the entry's config, or because a service of the file waits for its end.
    pub fn is_oneshot(&self, service: &str) -> bool {
        let waited_for = |it: &Service| {
            it.depends_on
                .iter()
                .any(|it| it.service == service && it.condition == COMPLETED)
        };
        self.oneshot.iter().any(|it| it == service) || self.services.iter().any(waited_for)
    }

    /// A path as people know it: `./site` inside the work tree.
    pub fn shown(&self, path: &str) -> String {
        match self.in_tree(path) {
            Some("") => ".".to_owned(),
            Some(relative) => format!("./{relative}"),
            None => path.to_owned(),
        }
    }

    /// ` (abc1234 → def5678)`, where these paths can differ between commits; else nothing.
    pub fn span(&self, paths: &[&str]) -> String {
        let from = self.last.as_ref().and_then(|pin| pin.commit.as_deref());
        match (from, self.commit.as_deref()) {
            (Some(from), Some(to))
                if from != to && paths.iter().all(|it| self.in_tree(it).is_some()) =>
            {
                format!(" ({} → {})", short_commit(from), short_commit(to))
            }
            _ => String::new(),
        }
    }

    /// What keeps any decision from being carried out, whatever it is.
    pub fn refuse(&self, config: &Config) -> Result<(), Failure> {
        let known = |name: &String| self.services.iter().any(|service| &service.name == name);
        let missing: Vec<String> = config
            .named()
            .filter(|name| !known(name))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(|name| format!("`{name}`"))
            .collect();
        if !missing.is_empty() {
            let there: Vec<String> = self.services.iter().map(|it| it.name.clone()).collect();
            let message = format!(
                "the Compose file has no service {}; it has {}",
                listed(&missing),
                if there.is_empty() {
                    "none".to_owned()
                } else {
                    listed(&there)
                },
            );
            return Err(Failure::config("compose-restart.service-unknown", message)
                .parameter("services", listed(&missing))
                .parameter("known", listed(&there)));
        }
        if self.services.is_empty() {
            return Err(Failure::config(
                "compose-restart.no-service",
                "the Compose file has no service to look after",
            ));
        }
        if let Some((service, source)) = mounts::taken_away(self) {
            let (name, path) = (&service.name, self.shown(&source.path));
            let message = format!("the commit takes away {path}, which {name} mounts");
            return Err(Failure::config("compose-restart.mount-gone", message)
                .parameter("service", name)
                .parameter("path", &source.path));
        }
        self.refuse_absent_image()
    }

    fn refuse_absent_image(&self) -> Result<(), Failure> {
        let absent = self.services.iter().find(|it| {
            let obtainable = it.build.is_some() || self.released_image(&it.name).is_some();
            it.image_id.is_none() && self.pull == Pull::Never && !obtainable
        });
        match absent {
            None => Ok(()),
            Some(service) => {
                let message = format!(
                    "the image `{}` of {} is not on this machine, and pull is \"never\": pull it by hand, or set pull = \"missing\"",
                    service.image, service.name,
                );
                Err(Failure::permanent("compose-restart.image-missing", message)
                    .parameter("service", &service.name)
                    .parameter("image", &service.image))
            }
        }
    }

    fn in_tree<'p>(&self, path: &'p str) -> Option<&'p str> {
        relative(self.tree.as_deref()?, path)
    }

    fn pinned_as_is(&self, container: &Container) -> bool {
        self.last_of(&container.service).is_some_and(|pinned| {
            pinned
                .containers
                .iter()
                .any(|it| is_as_pinned(it, container))
        })
    }
}

/// What the entry's config says in `follow` is what the file can say in `depends_on`.
fn followed(service: &str) -> Dependency {
    Dependency {
        service: service.to_owned(),
        condition: "service_started".to_owned(),
        restart: true,
    }
}

fn is_as_pinned(pinned: &ContainerInstance, container: &Container) -> bool {
    pinned.id == container.id && pinned.started_at == container.started_at
}

/// Has it a process, or will it have one again by itself?
pub fn lives(container: &Container) -> bool {
    matches!(
        container.state.as_str(),
        "running" | "restarting" | "paused"
    )
}

/// `path` as seen from the folder `top`; empty: it is that folder.
pub fn relative<'p>(top: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(top.trim_end_matches('/'))?;
    if rest.is_empty() {
        return Some(rest);
    }
    rest.strip_prefix('/')
}
