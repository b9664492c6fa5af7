//! A release: everything that is needed to bring a result back exactly.

use crate::{Evidence, Goal, Outcome, Pass, Role, Run, Step};
use serde::{Deserialize, Serialize};

/// The output whose value a release keeps as its commit.
const COMMIT: &str = "commit";

/// What a run that succeeded leaves behind: the plan as meant, each plugin's bytes by digest, every
/// pin, its evidence. Keeping the plugins' bytes is the host's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Release {
    /// The run that made it, or [`Release::FOUND`].
    pub id: String,
    /// As in [`crate::RunSpec`], and never read here either.
    pub plan: String,
    /// Plugin name and sha256.
    pub plugins: Vec<(String, String)>,
    pub steps: Vec<Step>,
    /// Step name and pin. A step without a pin is not applied on the way back.
    pub pins: Vec<(String, String)>,
    pub evidence: Option<Evidence>,
    /// The output `commit` of its run, as it was given: JSON.
    pub commit: Option<String>,
}

impl Release {
    /// The id of release 0.
    pub const FOUND: &str = "found";

    /// The pin that brings one of the release's own steps back. A verify step brings nothing back,
    /// whatever is recorded for it, and a pin of no step is nobody's.
    pub fn pin(&self, step: &str) -> Option<&str> {
        let acts = |own: &&Step| own.name == step && own.role != Role::Verify;
        let step = self.steps.iter().find(acts)?;
        find(&self.pins, &step.name).map(String::as_str)
    }

    /// Release 0: what a target's first run found in place, as far as its steps could tell. Where
    /// nothing was in place it has no pins, and going back to it is undoing.
    ///
    /// The first run goes back to it by itself. For later ones, as long as none has succeeded, the
    /// host makes it from the first run's journal and opens them with it.
    pub fn found(run: &Run) -> Release {
        let spec = run.spec();
        let pins = changes(&spec.steps).filter_map(|step| {
            let now = find(run.proposals(), &step.name)?.now.clone()?;
            Some((step.name.clone(), now))
        });
        Release {
            id: Release::FOUND.into(),
            plan: spec.plan.clone(),
            plugins: spec.plugins.clone(),
            steps: spec.steps.clone(),
            pins: pins.collect(),
            evidence: None,
            commit: None,
        }
    }

    /// What a run leaves behind, which is nothing unless it succeeded: an unchanged run leaves the
    /// release before as it is.
    pub(crate) fn made_by(run: &Run) -> Option<Release> {
        if run.ended() != Some(Outcome::Succeeded) {
            return None;
        }
        let spec = run.spec();
        let carried = match spec.goal {
            Goal::Deploy => None,
            Goal::Release => spec.to.as_ref(),
        };
        let resolved = |step: &str| match carried {
            Some(release) => release.pin(step).map(String::from),
            None => run.pin(step),
        };
        let pins = changes(spec.forward_steps()).filter_map(|step| {
            let receipt = find(run.receipts(Pass::Forward), &step.name);
            let pin = receipt.and_then(|receipt| receipt.pin.clone());
            Some((step.name.clone(), pin.or_else(|| resolved(&step.name))?))
        });
        let commit = find(&run.outputs(Pass::Forward), COMMIT).cloned();
        Some(Release {
            id: spec.run.clone(),
            plan: carried.map_or(&spec.plan, |release| &release.plan).clone(),
            plugins: carried
                .map_or(&spec.plugins, |release| &release.plugins)
                .clone(),
            steps: spec.forward_steps().to_vec(),
            pins: pins.collect(),
            evidence: run.evidence(),
            commit: commit.or_else(|| carried?.commit.clone()),
        })
    }
}

/// Only what changes a target has a result to bring back.
fn changes(steps: &[Step]) -> impl Iterator<Item = &Step> {
    steps.iter().filter(|step| step.role == Role::Change)
}

/// The value of a key in a list of pairs.
pub(crate) fn find<'a, T>(pairs: &'a [(String, T)], key: &str) -> Option<&'a T> {
    pairs
        .iter()
        .find(|(own, _)| own == key)
        .map(|(_, value)| value)
}
