//! A job of GitHub Actions deploys as `examples/mangetamain` says: its workflows' own lines, run as the
//! runner runs them, with its plans.

mod cancelled;
mod channel;
mod checks;
mod deployments;
pub mod gha_fixture;
mod invalid_input;
mod runner;
