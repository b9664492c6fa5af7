//! The sandbox holds: every way a plugin can misbehave ends as that plugin's fault, named, within its
//! limits, with the next call untouched by it. The guest is the crate `misbehaving_plugin`, called without a plan.

mod answers;
mod bytes;
mod cached;
mod denied;
mod described;
mod granted;
mod limits;
mod patch;
mod plugin_harness;
mod stopped;
