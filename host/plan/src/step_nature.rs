//! What a plugin says of its step, as far as a plan depends on it.

use deployhost_policy::{Recovery, Role};

/// What decides whether a step can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepNature {
    pub role: Role,
    pub recovery: Recovery,
}
