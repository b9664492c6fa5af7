//! What would be done, for people and for the way back. Changes nothing, prepares nothing.

use deployhost_plugin::{Context, Failure, Proposal};

use crate::config::Config;
use crate::decide::decide;
use crate::decision::{Decision, short_commit};
use crate::facts::Facts;
use crate::machine::Machine;
use crate::observe::{beside, observe};
use crate::pass::Pass;
use crate::pin::Pin;
use crate::{by_hand, deferral, memory, neighbours};

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
    if let Some(why) = deferred(machine, &pass)? {
        return Ok(Proposal {
            next,
            ..at_most(machine, context, config, &pass, &why)?
        });
    }
    let facts = observe(machine, config, &pass, context.last.as_deref(), release)?;
    for note in beside(machine, config, &facts)? {
        machine.warn(&note);
    }
    let shown = |decision: Decision| Some((decision.what()?, decision.why));
    Ok(Proposal {
        next,
        actions: decide(&facts).into_iter().filter_map(shown).collect(),
        ..in_place(&facts, config)?
    })
}

/// Why the decision has to wait for a step before this one. None: it has not.
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
        Failure::Config(text) | Failure::Other(text) => Ok(format!(
            "decided after the move to {}: as it stands, {text}",
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
    let facts = Facts::new(
        services,
        containers,
        config,
        pass,
        context.last.as_deref(),
        None,
    );
    let has_container = |name: &str| !facts.containers_of(name).is_empty();
    Ok(Proposal {
        actions: deferral::actions(
            config.services.as_deref(),
            &facts.services,
            has_container,
            why,
        ),
        ..in_place(&facts, config)?
    })
}

fn in_place(facts: &Facts, config: &Config) -> Result<Proposal, Failure> {
    let Some(now) = memory::in_place(facts) else {
        return Ok(Proposal::nothing());
    };
    Ok(Proposal {
        by_hand: by_hand::commands(&now, &facts.services, &facts.containers, &config.file.0),
        now: Some(now.text()?),
        ..Proposal::nothing()
    })
}
