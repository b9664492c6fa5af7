//! The one place that names every adapter: puts the house together and runs deployments in it.

mod book;
mod cautions;
mod deploy;
mod house;
mod leak;
mod machine;
mod owed;
mod past;
mod pins;
mod plugins;
mod rehearsal;
mod telling;
mod trees;
mod update;

pub use deploy::{Deployment, Ended, Stopper};
pub use house::House;
pub use owed::{Flushed, Told};
pub use past::{has_run, past, past_run};

pub use crate::adapter::shelf::Shelf;
pub use crate::adapter::trigger::{Trigger, on_github};

use crate::config::Plan;
use crate::error::Error;

/// `name/environment`: what runs, releases and locks belong to.
pub fn target(plan: &Plan) -> String {
    format!("{}/{}", plan.name, plan.environment)
}

/// What an adapter refuses, for people.
fn refused(problem: impl std::fmt::Display) -> Error {
    Error::refused(problem.to_string())
}
