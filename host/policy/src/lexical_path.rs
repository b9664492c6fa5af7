//! Paths by their text alone: what they lead to may be gone, or not be looked at.

use std::path::{Component, Path, PathBuf};

/// Without `.` and `..`.
pub fn lexical_path(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}
