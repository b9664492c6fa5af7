//! Whether this machine has the programs that a plan's steps would ask for. What is missing is said
//! before a run begins, with the command that cures it.

use deployhost_runtime::capability::grant::Requirement;

use super::refused;
use super::root::Environment;
use crate::bind::PreparedPlan;
use crate::command_error::Result;

impl Environment {
    pub(super) async fn preflight(&self, prepared: &PreparedPlan) -> Result<()> {
        for requirement in &prepared.requirements {
            let there = match requirement {
                Requirement::Git => self.trees.git.ready().await,
                Requirement::Docker => self.docker.reached().await.map_err(Into::into),
                Requirement::Compose => self.compose.installed().await,
            };
            there.map_err(refused)?;
        }
        Ok(())
    }
}
