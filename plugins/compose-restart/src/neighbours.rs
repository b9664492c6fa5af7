//! Containers of the same project that are not, or no longer, this plan's. Compose derives a project's
//! name from the folder, so that two files in one folder share it without anybody having meant that.

use deployhost_plugin::Failure;
use deployhost_plugin::containers::Container;

use crate::config::Config;
use crate::decision::{Decision, Preparation, Verb, listed};
use crate::machine::Machine;
use crate::project_state::{ProjectState, lives};

/// A container that lives in another one's network is cut off where that one is replaced or started
/// again; of a service that is not looked after, nobody would bring it back.
pub fn refuse_cut_off(
    machine: &impl Machine,
    config: &Config,
    state: &ProjectState,
    decisions: &[Decision],
) -> Result<(), Failure> {
    let touched = |it: &&Decision| {
        let built = matches!(it.preparation, Preparation::Build { sure: true });
        built || it.verb.replaces() || matches!(it.verb, Verb::Restart | Verb::Stop)
    };
    let touched: Vec<&Decision> = decisions.iter().filter(touched).collect();
    // The way back is gone to its end.
    if config.services.is_none() || touched.is_empty() || state.release.is_some() {
        return Ok(());
    }
    for guest in machine.neighbours()? {
        let lives_in = |it: &&&Decision| {
            let containers = state.containers_of(&it.service);
            containers.iter().any(|own| guest.shares.contains(&own.id))
        };
        if let Some(donor) = touched.iter().find(lives_in)
            && guest.running
        {
            return Err(cut_off(&guest.service, &donor.service));
        }
    }
    Ok(())
}

fn cut_off(guest: &str, donor: &str) -> Failure {
    let message = format!(
        "{guest} lives in the network, processes or memory of {donor}, which would be replaced or started again: \
         {guest} would be cut off and is not in `services`; add it there"
    );
    Failure::config("compose-restart.guest-cut-off", message)
        .parameter("service", guest)
        .parameter("donor", donor)
}

/// Of a service that the file has no more: reported, never stopped.
pub fn left_over(service: &str, container: &str) -> String {
    format!(
        "{service} is gone from the file, its container is left alone: remove it by hand with `docker rm -f {container}`"
    )
}

/// Of services that the file has and the entry's list leaves out.
pub fn not_looked_after(services: &[String]) -> String {
    let (verb, run) = match services.len() {
        1 => ("is", "it runs as it was started"),
        _ => ("are", "they run as they were started"),
    };
    format!(
        "{} {verb} not in `services`: {run} before this commit",
        listed(services)
    )
}

/// What a start that failed has left beside a running container.
pub fn beside(state: &ProjectState) -> Vec<String> {
    state
        .containers
        .iter()
        .filter(|it| {
            !lives(it)
                && !state
                    .containers_of(&it.service)
                    .iter()
                    .any(|other| other.id == it.id)
        })
        .map(|it| {
            format!(
                "{} has another container that is {}: remove it by hand with `docker rm {}`",
                it.service, it.state, it.name
            )
        })
        .collect()
}

/// By file name: what Compose notes can be relative to where it was called, or lead through a link.
/// A container without the note is nobody else's.
pub fn is_of(container: &Container, files: &[String]) -> bool {
    let name = |path: &String| {
        path.rsplit('/')
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let ours: Vec<String> = files.iter().map(name).collect();
    container.config_files.is_empty()
        || container
            .config_files
            .iter()
            .any(|file| ours.contains(&name(file)))
}
