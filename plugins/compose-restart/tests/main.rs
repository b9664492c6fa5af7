//! The plugin against a machine that is none: plans, deployments, kills and ways back.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod decision;
mod deferral;
mod deferring;
mod deploying;
mod docker;
mod failing;
mod following;
mod going_back;
mod held;
mod interface;
mod order;
mod paths;
mod pin;
mod planning;
mod stability;
mod taking_over;
mod target;
mod values;
mod walking;
