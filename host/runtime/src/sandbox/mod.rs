//! Runs plugins: one engine, a fresh store for every call, limits on everything.
//!
//! Owns how a plugin is loaded, called and stopped. What a plugin may reach is the capabilities';
//! which grants it has is decided before it gets here.

mod cache;
mod call;
mod call_error;
mod description;
mod engine;
mod limits;
mod notifier;
mod plugin;
mod size;
mod state;
mod step;

pub use cache::Cache;
pub use call::PluginCall;
pub use call_error::CallError;
pub use description::Description;
pub use engine::Sandbox;
pub use limits::Limits;
pub use notifier::NotifierEvent;
pub use plugin::{LoadError, Plugin};
pub(crate) use state::State;
pub use step::{CallAnswer, Failure, Proposal as GuestProposal, Receipt as GuestReceipt};
