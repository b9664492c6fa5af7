//! The chain: what ties each event to everything before it of the same target.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};

/// blake3 over the link before, and the row: its place, target, run, time and bytes. Every part
/// goes in with its length, so that nothing can move from one column into the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link([u8; 32]);

impl Link {
    /// Before a target's first event.
    pub const FIRST: Self = Self([0; 32]);

    pub fn next(&self, seq: i64, target: &str, run: &str, at: i64, bytes: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0);
        hasher.update(&seq.to_le_bytes());
        hasher.update(&at.to_le_bytes());
        for part in [target.as_bytes(), run.as_bytes(), bytes] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(*hasher.finalize().as_bytes())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromSql for Link {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value
            .as_blob()?
            .try_into()
            .map(Self)
            .map_err(|_| FromSqlError::InvalidBlobSize {
                expected_size: 32,
                blob_size: value.as_blob().map_or(0, <[u8]>::len),
            })
    }
}
