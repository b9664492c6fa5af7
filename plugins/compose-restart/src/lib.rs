//! `compose-restart`: brings the services of a Compose project to the wanted state.
//!
//! `docker-compose restart` applies no change of the file and `up` ignores a changed file that is
//! mounted alone; both end well. So this plugin decides per service among *leave, restart, recreate,
//! build and recreate, create*, says why, does it, and waits until each service is up and stays so.
//!
//! | where | what |
//! |---|---|
//! | [`decide`], on [`facts`] | the decision, a function over plain values |
//! | [`deferral`] | the most that may happen, before an earlier step has moved the tree |
//! | [`pin`], [`memory`] | what each container was started from |
//! | [`stability`] | up, and stays so |
//!
//! It does not own Compose's rules, which services are granted, or whether something changed: those
//! are the host's. It never runs `down`, and never touches a service of another file.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod by_hand;
pub mod config;
pub mod decide;
pub mod decision;
pub mod deferral;
pub mod facts;
pub mod memory;
pub mod mounts;
pub mod neighbours;
pub mod order;
pub mod pass;
pub mod pin;
pub mod stability;
