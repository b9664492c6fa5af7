//! The one place that names every adapter: puts the house together and runs deployments in it.

mod cautions;
mod deploy;
mod house;
mod leak;
mod machine;
mod past;
mod pins;
mod plugins;
mod trees;
mod update;

pub use deploy::{Deployment, Ended};
pub use house::House;
pub use past::{past, past_run};

pub use crate::adapter::shelf::Shelf;

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
