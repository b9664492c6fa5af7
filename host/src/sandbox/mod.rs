//! Runs plugins: one engine, a fresh store for every call, limits on everything.
//!
//! Owns how a plugin is loaded, called and stopped. What a plugin may reach is the capabilities';
//! which grants it has is decided before it gets here.

mod cache;
mod call;
mod engine;
mod fault;
mod limits;
mod notifier;
mod plugin;
mod size;
mod state;
mod step;

pub use cache::Cache;
pub use engine::Sandbox;
pub use fault::Fault;
pub use limits::Limits;
pub use notifier::{Notice, NoticeEvent};
pub use plugin::{Description, Plugin, Unfit};
pub use state::{Granted, Ports};
pub use step::{Failure, Proposal as GuestProposal, Receipt as GuestReceipt, StepCall};
