//! What would be done, for people and for the way back. Changes nothing, prepares nothing.

use deployhost_plugin::compose::Service;
use deployhost_plugin::{Action, Context, Failure, Proposal};

use crate::config::Config;
use crate::decide::decide;
use crate::decision::{Decision, short_commit};
use crate::machine::Machine;
use crate::observe::{beside, observe};
use crate::pass::Pass;
use crate::pin::Pin;
use crate::project_state::ProjectState;
use crate::{by_hand, deferral, found, memory, mounts, neighbours};

pub fn propose(
    machine: &impl Machine,
    context: &Context,
    config: &Config,
    pin: Option<&str>,
) -> Result<Proposal, Failure> {
    let pass = Pass::of(context);
    let release = Pin::demanded(pin)?;
    // Forward, what comes is known when it is there: an image before it is built has no id.
    let next = pin.map(str::to_owned);
    let last = context.last.as_deref();
    let services = match deferred(machine, &pass)? {
        None => found::or_found(undeferred(machine, &pass, last), release.as_ref())?,
        Some(why) => match machine.services_ahead() {
            Ok(Some(services)) => services,
            Err(failure) => found::or_found(Err(failure), release.as_ref())?,
            Ok(None) => {
                return Ok(Proposal {
                    next,
                    ..at_most(machine, context, config, &pass, &why)?
                });
            }
        },
    };
    let seen = machine.containers()?;
    let state = observe(machine, services, &seen, config, &pass, last, release)?;
    if !found::is_found(&state.services) {
        for note in beside(machine, config, &state, &seen, false)?.notes {
            machine.warn(&note);
        }
    }
    let shown = |decision: Decision| Some(Action::new(decision.what()?, decision.why));
    let decisions = decide(&state);
    neighbours::refuse_cut_off(machine, config, &state, &decisions)?;
    let actions = decisions.into_iter().filter_map(shown);
    Ok(Proposal {
        next,
        ..in_place(&state, config)?.with_actions(actions)
    })
}

/// Nothing that decides what the services are changes. What they mount may go away with the move.
fn undeferred(
    machine: &impl Machine,
    pass: &Pass,
    last: Option<&str>,
) -> Result<Vec<Service>, Failure> {
    let services = machine.services()?;
    let last = Pin::remembered(last);
    let lost = mounts::no_longer_tracked(&services, last.as_ref()).next();
    if pass.ahead().is_none() || lost.is_none() {
        return Ok(services);
    }
    Ok(machine.services_ahead()?.unwrap_or(services))
}

/// Why the services are not yet what they will be, for a step before this one. None: they are.
fn deferred(machine: &impl Machine, pass: &Pass) -> Result<Option<String>, Failure> {
    let Some(tree) = pass.ahead() else {
        return Ok(None);
    };
    if tree.at.is_none() || tree.changed.is_none() {
        return Ok(deferral::reason(tree, &[]));
    }
    match machine.inputs() {
        Ok(inputs) => Ok(deferral::reason(tree, &inputs)),
        Err(failure) => unreadable_yet(failure, tree.to.as_str()).map(Some),
    }
}

/// A file that is missing or broken as it stands may be there and whole at the new commit.
fn unreadable_yet(failure: Failure, to: &str) -> Result<String, Failure> {
    match failure {
        Failure::Config(diagnostic) | Failure::Other(diagnostic) => Ok(format!(
            "decided after the move to {}: as it stands, {diagnostic}",
            short_commit(to)
        )),
        denied_or_away => Err(denied_or_away),
    }
}

/// The services as they stand, as far as they can be rendered: they know which are built.
fn at_most(
    machine: &impl Machine,
    context: &Context,
    config: &Config,
    pass: &Pass,
    why: &str,
) -> Result<Proposal, Failure> {
    let services = match machine.services() {
        Ok(services) => services,
        Err(Failure::Config(_) | Failure::Other(_)) => Vec::new(),
        Err(failure) => return Err(failure),
    };
    let mut containers = machine.containers()?;
    containers.retain(|it| neighbours::is_of(it, &config.file.0));
    let state = ProjectState::new(
        services,
        containers,
        config,
        pass,
        context.last.as_deref(),
        None,
    );
    let has_container = |name: &str| !state.containers_of(name).is_empty();
    let actions = deferral::actions(
        config.services.as_deref(),
        &state.services,
        has_container,
        why,
    );
    Ok(in_place(&state, config)?.with_actions(actions))
}

fn in_place(state: &ProjectState, config: &Config) -> Result<Proposal, Failure> {
    let Some(now) = memory::in_place(state) else {
        return Ok(Proposal::nothing());
    };
    Ok(Proposal {
        by_hand: by_hand::commands(&now, state, &config.file.0),
        now: Some(now.text()?),
        ..Proposal::nothing()
    })
}
