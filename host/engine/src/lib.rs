//! The engine: what a deployment does next, and what it has done.
//!
//! It is a pure state machine. [`Run::next`] says what to do, the host does it, journals what
//! happened as an [`Event`], and gives the event to [`Run::record`]. Nothing else happens here: no
//! input or output, no clock, no threads. A run that was killed is recovered with [`Run::replay`],
//! after which `next` answers as it did in the run that was killed.
//!
//! It owns the order of things, which events may follow which, when a run has failed, what is
//! undone and re-applied on the way back, and which [`Outcome`] may be claimed. It does not own
//! plans as written, plugins, secrets, exit codes, or time: a plan is opaque text here, and a
//! pause is a number of milliseconds that the host waits.

mod action;
mod drift;
mod event;
mod illegal;
mod outcome;
mod release;
mod run;
mod run_spec;
mod status;
mod step;

pub use action::Action;
pub use drift::find_drift;
pub use event::{Event, EventKind};
pub use illegal::Illegal;
pub use outcome::Outcome;
pub use release::Release;
pub use run::{Failure, Run};
pub use run_spec::{Goal, RunSpec};
pub use status::Status;
pub use step::{Act, Pass, Proposal, Receipt, Step};

// Words that the plan and the plugins have, too.
pub use deployhost_policy::{Evidence, Recovery, Role};
