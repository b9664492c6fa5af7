//! Everything that the shell of a plugin names: `use deployhost_plugin::prelude::*;`.

pub use crate::{
    Action, Commit, ConfigError, Context, Description, Diagnostic, Duration, Event, Failure,
    Notifier, Proposal, Receipt, Recovery, Role, Step, log, output, progress, schemars, serde,
    serde_json,
};
pub use schemars::JsonSchema;
pub use serde::{Deserialize, Serialize};
