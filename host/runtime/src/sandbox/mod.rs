//! Runs plugins: one engine, a fresh store for every call, limits on everything.
//!
//! Owns how a plugin is loaded, called and stopped. What a plugin may reach is the capabilities';
//! which grants it has is decided before it gets here.

mod cache;
mod call;
mod call_error;
mod engine;
mod limits;
mod notifier;
mod plugin;
mod size;
mod state;
mod step;

pub use cache::Cache;
pub use call_error::CallError;
pub use engine::Sandbox;
pub use limits::Limits;
pub use notifier::{NotifierCall, NotifierEvent};
pub use plugin::{Description, LoadError, Plugin};
pub use state::{Granted, Ports};
pub use step::{Failure, Proposal as GuestProposal, Receipt as GuestReceipt, StepCall};
