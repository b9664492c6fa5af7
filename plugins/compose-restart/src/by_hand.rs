//! The commands that put back what is in place now, without deployhost. People paste them.

use deployhost_plugin::compose::Service;
use deployhost_plugin::containers::Container;
use deployhost_plugin::shell;

use crate::pin::Pin;

/// `services`: as far as they could be rendered; they know what each image is called.
pub fn commands(
    now: &Pin,
    services: &[Service],
    containers: &[Container],
    files: &[String],
) -> Vec<String> {
    let mut commands = Vec::new();
    let mut up = Vec::new();
    let mut stop = Vec::new();
    for (name, pinned) in &now.services {
        if !pinned.running {
            if pinned.containers.is_empty() {
                stop.push(name.as_str());
            }
            continue;
        }
        up.push(name.as_str());
        let service = services.iter().find(|it| &it.name == name);
        if let Some(service) = service.filter(|it| !it.image.is_empty()) {
            commands.push(shell::line([
                "docker",
                "tag",
                &pinned.image,
                &service.image,
            ]));
        }
    }
    let Some(any) = containers.first() else {
        return Vec::new();
    };
    let compose = |tail: &[&str], services: &[&str]| {
        let mut words: Vec<&str> =
            match any.compose_version.starts_with(['0', '1']) || any.compose_version.is_empty() {
                true => vec!["docker-compose"],
                false => vec!["docker", "compose"],
            };
        words.extend(files.iter().flat_map(|file| ["-f", file]));
        words.extend(["-p", &any.project]);
        words.extend(tail.iter().chain(services));
        // A service that shows its commit is given the one before.
        let commit = now
            .commit
            .as_deref()
            .map(|commit| format!("DEPLOYHOST_COMMIT={} ", shell::word(commit)));
        commit.unwrap_or_default() + &shell::line(words)
    };
    if !up.is_empty() {
        // Forced: a mounted file that was put back is a reason that Compose does not see.
        commands.push(compose(
            &["up", "-d", "--no-build", "--no-deps", "--force-recreate"],
            &up,
        ));
    }
    if !stop.is_empty() {
        commands.push(compose(&["stop"], &stop));
    }
    commands
}
