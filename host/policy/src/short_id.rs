//! The beginning of an id, as much as people need to name it.

/// Of a commit's.
pub fn short_commit(id: &str) -> &str {
    begin(id, 7)
}

/// Of a digest of an image or a plugin, in hexadecimal digits.
pub fn short_digest(digest: &str) -> &str {
    begin(digest, 12)
}

/// Of a run's: its time to the millisecond.
pub fn short_run(id: &str) -> &str {
    begin(id, 13)
}

fn begin(id: &str, length: usize) -> &str {
    id.get(..length).unwrap_or(id)
}
