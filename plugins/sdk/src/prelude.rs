//! Everything that the shell of a plugin names: `use deployhost_plugin::prelude::*;`.

pub use crate::{
    Commit, Context, Description, Duration, Event, Failure, Notifier, Problem, Proposal, Receipt,
    Recovery, Role, Step, log, output, progress, schemars, serde, serde_json,
};
pub use schemars::JsonSchema;
pub use serde::{Deserialize, Serialize};
