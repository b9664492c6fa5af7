//! How a commit is shown.

use crate::Commit;

impl Commit {
    /// The first seven characters of its id.
    pub fn short(&self) -> &str {
        short(&self.id)
    }
}

/// The first seven characters of an id; one that is no hex is shown whole.
pub(crate) fn short(id: &str) -> &str {
    id.get(..7).unwrap_or(id)
}
