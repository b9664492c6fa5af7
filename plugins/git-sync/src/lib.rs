//! Brings a work tree to a commit.
//!
//! Its pin is a commit id: a branch becomes a commit once, in `plan`, and every `apply` after that
//! brings exactly that commit. Only tracked files are ever touched; files that are in the way are
//! named before anything moves.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod config;
mod obstacle;
mod outputs;
mod proposal;
mod repository;
mod survey;
mod sync;

#[cfg(test)]
mod tests;

use deployhost_plugin::prelude::*;

pub use config::Config;
use repository::HostRepository;

pub struct GitSync;

impl Step for GitSync {
    type Config = Config;
    const ROLE: Role = Role::Change;
    const RECOVERY: Recovery = Recovery::Pin;

    fn check(config: &Config) -> Vec<ConfigError> {
        config.errors()
    }

    fn plan(_: &Context, config: &Config, pin: Option<&str>) -> Result<Proposal, Failure> {
        sync::plan(&HostRepository::of(config), config, pin)
    }

    fn apply(_: &Context, config: &Config, pin: Option<&str>) -> Result<Receipt, Failure> {
        sync::apply(&HostRepository::of(config), config, pin)
    }

    /// The way back is `apply` with the release's pin.
    fn undo(_: &Context, config: &Config, _: Option<&Receipt>) -> Result<(), Failure> {
        log::info(&format!(
            "{}: nothing to undo, the release's commit brings it back",
            config.tree
        ));
        Ok(())
    }
}

deployhost_plugin::step!(GitSync);
