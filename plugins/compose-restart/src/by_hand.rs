//! The commands that put back what is in place now, without deployhost. People paste them.

use std::collections::BTreeMap;

use deployhost_plugin::containers::Container;
use deployhost_plugin::shell;

use crate::pin::Pin;
use crate::project_state::ProjectState;

/// What containers were made from: by which Compose, files and project.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Origin<'a> {
    first_compose: bool,
    files: &'a [String],
    project: &'a str,
}

/// Services, by what has to be done with them.
#[derive(Default)]
struct Services<'a> {
    up: Vec<&'a str>,
    stop: Vec<&'a str>,
}

/// `files`: the plan's. They know what each image is called, as far as they could be rendered.
pub fn commands(now: &Pin, state: &ProjectState, files: &[String]) -> Vec<String> {
    let mut commands = Vec::new();
    let mut origins: BTreeMap<Origin<'_>, Services<'_>> = BTreeMap::new();
    for (name, pinned) in &now.services {
        let of_service = state.containers.iter().find(|it| &it.service == name);
        let Some(any) = of_service.or(state.containers.first()) else {
            return Vec::new();
        };
        let taken = of_service.is_some_and(|it| state.taken_over.iter().any(|by| by.id == it.id));
        if taken && any.project.is_empty() {
            // No command is known that made it.
            continue;
        }
        let files = if taken { &any.config_files } else { files };
        let services = origins.entry(origin(any, files)).or_default();
        if !pinned.running {
            if pinned.containers.is_empty() {
                services.stop.push(name);
            }
            continue;
        }
        services.up.push(name);
        let service = state.services.iter().find(|it| &it.name == name);
        if let Some(service) = service.filter(|it| !it.image.is_empty() && !taken) {
            let words = ["docker", "tag", &pinned.image, &service.image];
            commands.push(shell::line(words));
        }
    }
    for (origin, Services { up, stop }) in &origins {
        // A service that shows its commit is given the one before.
        let commit = now
            .commit
            .as_deref()
            .filter(|_| origin.files == files)
            .map(|commit| format!("DEPLOYHOST_COMMIT={} ", shell::word(commit)))
            .unwrap_or_default();
        if !up.is_empty() {
            // Forced: a mounted file that was put back is a reason that Compose does not see.
            let words = ["up", "-d", "--no-build", "--no-deps", "--force-recreate"];
            commands.push(format!("{commit}{}", origin.command(&words, up)));
        }
        if !stop.is_empty() {
            commands.push(format!("{commit}{}", origin.command(&["stop"], stop)));
        }
    }
    commands
}

fn origin<'a>(container: &'a Container, files: &'a [String]) -> Origin<'a> {
    let version = &container.compose_version;
    Origin {
        first_compose: version.starts_with(['0', '1']) || version.is_empty(),
        files,
        project: &container.project,
    }
}

impl Origin<'_> {
    fn command(&self, tail: &[&str], services: &[&str]) -> String {
        let mut words: Vec<&str> = match self.first_compose {
            true => vec!["docker-compose"],
            false => vec!["docker", "compose"],
        };
        words.extend(self.files.iter().flat_map(|file| ["-f", file]));
        words.extend(["-p", self.project]);
        words.extend(tail.iter().chain(services));
        shell::line(words)
    }
}
