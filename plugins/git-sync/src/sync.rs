//! The step itself, against any repository: look, refuse or move, look again.

use deployhost_plugin::prelude::*;

use crate::proposal::proposal;
use crate::repository::Repository;
use crate::survey::Survey;
use crate::{Config, obstacle, outputs};

pub fn plan(
    repository: &impl Repository,
    config: &Config,
    pin: Option<&str>,
) -> Result<Proposal, Failure> {
    let survey = Survey::take(repository, config, pin)?;
    clear(repository, config, &survey)?;
    Ok(proposal(config, &survey))
}

/// Killed before the move, nothing happened; killed within it, the same call finishes it.
pub fn apply(
    repository: &impl Repository,
    config: &Config,
    pin: Option<&str>,
) -> Result<Receipt, Failure> {
    let survey = Survey::take(repository, config, pin)?;
    let moves = survey.moves() || !survey.modified().is_empty();
    if moves {
        clear(repository, config, &survey)?;
        let branch = seen_as(repository, config, &survey);
        repository
            .move_to(&survey.source, &survey.next.id, branch)
            .map_err(|error| Failure::from(error).while_doing(format!("moving {}", config.tree)))?;
        arrived(repository, config, &survey)?;
    }
    if survey.brings_back() {
        let back = repository.bring_back(&survey.next.id);
        back.map_err(|error| Failure::from(error).while_doing(&config.tree))?;
    }
    Ok(Receipt {
        summary: format!("at {}: {}", survey.next.short(), survey.next.subject),
        pin: Some(survey.pin()),
        outputs: outputs::arrived(&config.tree, &survey),
        evidence: "applied".to_owned(),
    })
}

/// Where nothing has to move, nothing is in the way.
fn clear(repository: &impl Repository, config: &Config, survey: &Survey) -> Result<(), Failure> {
    if survey.nothing_to_do() {
        return Ok(());
    }
    let obstacles = repository
        .obstacles(&survey.source, &survey.next.id)
        .map_err(|error| Failure::from(error).while_doing(&config.tree))?;
    obstacle::refusal(&config.tree, &survey.next, &obstacles).map_or(Ok(()), Err)
}

/// The branch, where this is the commit it stands for as of the last fetch. A release that is brought
/// back is no sighting of the branch: noting it would make the next push look like a rewrite.
fn seen_as<'a>(
    repository: &impl Repository,
    config: &'a Config,
    survey: &Survey,
) -> Option<&'a str> {
    let found = repository.resolve(&survey.source, &config.wanted).ok()?;
    (found.kind == "branch" && found.commit.id == survey.next.id).then_some(&config.wanted)
}

/// Looks where the tree stands, since the receipt claims it.
fn arrived(repository: &impl Repository, config: &Config, survey: &Survey) -> Result<(), Failure> {
    let tree = &config.tree;
    let head = repository
        .head()
        .map_err(|error| Failure::from(error).while_doing(tree))?;
    match head {
        Some(head) if head.commit.id == survey.next.id => {
            if !head.modified.is_empty() {
                log::warn(&format!(
                    "{tree}: changed again since it was moved: {}",
                    crate::proposal::names(&head.modified, 10)
                ));
            }
            Ok(())
        }
        Some(head) => {
            let message = format!(
                "{tree} was moved to {}, yet stands at {}: something else moves it",
                survey.next.short(),
                head.commit.short()
            );
            Err(Failure::permanent("git-sync.moved-meanwhile", message)
                .parameter("tree", tree)
                .parameter("commit", &survey.next.id)
                .parameter("found", &head.commit.id))
        }
        None => {
            let message = format!(
                "{tree} was moved to {}, yet there is no work tree",
                survey.next.short()
            );
            Err(Failure::permanent("git-sync.tree-missing", message)
                .parameter("tree", tree)
                .parameter("commit", &survey.next.id))
        }
    }
}
