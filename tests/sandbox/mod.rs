//! The sandbox holds: every way a plugin can misbehave ends as that plugin's fault, named, within its
//! limits, with the next call untouched by it. The guest is the `zoo` crate, called without a plan.

mod answers;
mod bytes;
mod cached;
mod denied;
mod described;
mod granted;
mod limits;
mod patch;
mod stopped;
mod yard;

pub use described::in_manner;
pub use yard::{bytes, load};
