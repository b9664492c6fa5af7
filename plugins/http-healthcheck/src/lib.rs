//! Waits until a URL answers as expected.
//!
//! It claims what it saw: `verified` where the answer itself carried the commit, `answering` where it
//! only was as expected, a failure where it was not. It is its own retry: its failures are permanent.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod answer;
mod config;
mod elapsed;
mod expect;
mod probe_counter;
mod probe_host;
mod probe_outcome;
mod watch;
mod witness;

#[cfg(test)]
mod tests;

use deployhost_plugin::prelude::*;

pub use config::Config;
pub use expect::{Expect, Header, Json, Statuses};
pub use witness::Witness;

pub struct HttpHealthcheck;

impl Step for HttpHealthcheck {
    type Config = Config;
    const ROLE: Role = Role::Verify;
    const RECOVERY: Recovery = Recovery::None;

    fn check(config: &Config) -> Vec<ConfigError> {
        config.errors()
    }

    /// Never called for a step that verifies.
    fn plan(_: &Context, _: &Config, _: Option<&str>) -> Result<Proposal, Failure> {
        Ok(Proposal::nothing())
    }

    fn apply(context: &Context, config: &Config, _: Option<&str>) -> Result<Receipt, Failure> {
        watch::wait_until_healthy(&probe_host::HostHttp, context, config)
    }

    /// Looking changed nothing.
    fn undo(_: &Context, _: &Config, _: Option<&Receipt>) -> Result<(), Failure> {
        Ok(())
    }
}

deployhost_plugin::step!(HttpHealthcheck);
