//! `compose-restart`: brings the services of a Compose project to the wanted state.
//!
//! `docker-compose restart` applies no change of the file and `up` ignores a changed file that is
//! mounted alone; both end well. So this plugin decides per service among *leave, restart, recreate,
//! build and recreate, create*, gives the reason, does it, and waits until each service is up and
//! stays so.
//!
//! | where | what |
//! |---|---|
//! | [`decide`], on [`project_state`] | the decision, a function over plain values |
//! | [`deferral`] | the most that may happen, before an earlier step has moved the tree |
//! | [`pin`], [`memory`] | what each container was started from |
//! | [`take_over`], [`found`] | what was there before, made by others; how it comes back |
//! | [`stability`] | up, and stays so |
//! | [`proposal`], [`carry_out`] | the way through these, over the port [`machine`] |
//!
//! It does not own Compose's rules, which services are granted, or whether something changed: those
//! are the host's. It never runs `down`, and never touches a service of another file.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod by_hand;
pub mod carry_out;
pub mod config;
pub mod container_watch;
pub mod decide;
pub mod decision;
pub mod deferral;
pub mod dependencies;
pub mod dependents;
pub mod found;
pub mod held;
pub mod machine;
pub mod memory;
pub mod mounts;
pub mod neighbours;
pub mod observe;
pub mod order;
pub mod pass;
pub mod pin;
pub mod prepare;
pub mod project_state;
pub mod proposal;
pub mod receipt;
pub mod self_restarts;
pub mod settle;
pub mod stability;
pub mod take_over;

use deployhost_plugin::prelude::*;

use crate::config::Config;
use crate::machine::HostMachine;
use crate::pass::Pass;

pub struct ComposeRestart;

impl Step for ComposeRestart {
    type Config = Config;
    const ROLE: Role = Role::Change;
    const RECOVERY: Recovery = Recovery::Pin;

    fn check(config: &Config) -> Vec<ConfigError> {
        config.errors()
    }

    fn plan(context: &Context, config: &Config, pin: Option<&str>) -> Result<Proposal, Failure> {
        proposal::propose(&machine(context, config), context, config, pin)
    }

    fn apply(context: &Context, config: &Config, pin: Option<&str>) -> Result<Receipt, Failure> {
        carry_out::carry_out(&machine(context, config), context, config, pin)
    }

    fn undo(context: &Context, config: &Config, _: Option<&Receipt>) -> Result<(), Failure> {
        carry_out::take_back(&machine(context, config), config)
    }
}

fn machine(context: &Context, config: &Config) -> HostMachine {
    HostMachine::new(
        &config.file.0,
        config.project.as_deref(),
        Pass::of(context).commit.as_deref(),
    )
}

deployhost_plugin::step!(ComposeRestart);
