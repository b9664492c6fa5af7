//! Whether this machine has the programs that a plan's steps would ask for. What is missing is said
//! before a run begins, with the command that cures it.

use super::refused;
use super::root::Environment;
use crate::bind::PreparedPlan;
use crate::error::Result;
use deployhost_runtime::capability::{compose, git};

impl Environment {
    pub(super) async fn preflight(&self, bound: &PreparedPlan) -> Result<()> {
        if !bound.trees.is_empty() {
            let ready = self.trees.git.ready().await;
            ready.map_err(|error| refused(git_said(error)))?;
        }
        let steps = &bound.bound_plan.steps;
        if steps.iter().any(|step| !step.granted.containers.is_empty())
            || !bound.projects.is_empty()
        {
            self.docker.reached().await.map_err(refused)?;
        }
        if !bound.projects.is_empty() {
            let here = self.compose.installed().await;
            here.map_err(|error| refused(compose_said(error)))?;
        }
        Ok(())
    }
}

fn git_said(error: git::Error) -> String {
    match error {
        git::Error::Denied(why)
        | git::Error::Invalid(why)
        | git::Error::NotFound(why)
        | git::Error::Unreachable(why)
        | git::Error::Other(why) => why,
    }
}

fn compose_said(error: compose::Error) -> String {
    match error {
        compose::Error::Denied(why)
        | compose::Error::Invalid(why)
        | compose::Error::Unreachable(why)
        | compose::Error::Other(why) => why,
    }
}
