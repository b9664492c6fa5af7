//! The granted work tree, its remote and refs. What is fetched goes into a mirror of the host's, so
//! only [`move_to`] changes the tree.

pub use crate::bindings::step_world::deployhost::plugin::git::{
    Error, Obstacle, Resolved, WorkTree, changed, fetch, fingerprint, head, log, move_to,
    obstacles, resolve,
};
