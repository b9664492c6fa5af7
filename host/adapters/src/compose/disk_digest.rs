//! Files by what the disk says of them, unread: which are there, and when each last changed.
//!
//! Does not own which of them count.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use walkdir::{DirEntry, WalkDir};

/// Most files that are looked at.
const MOST: usize = 20_000;
/// Most bytes that they may have together.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Equal digests: the same unchanged files at and below `paths`, but for what lies below `skipped`.
/// A time of change cannot be set by a program. None: too many or too large, not to be read, or gone
/// meanwhile, unless it is one of `paths` itself.
pub fn of(paths: &[PathBuf], skipped: &[PathBuf]) -> Option<String> {
    let mut files = Vec::new();
    let mut bytes = 0_u64;
    for path in paths {
        if path.symlink_metadata().is_err() {
            continue;
        }
        for entry in walk(path, skipped) {
            let entry = entry.ok()?;
            if entry.file_type().is_dir() {
                continue;
            }
            let data = entry.metadata().ok()?;
            bytes = bytes.saturating_add(data.size());
            if files.len() == MOST || bytes > LARGEST {
                return None;
            }
            let stamp = [
                data.ctime(),
                data.ctime_nsec(),
                data.size().cast_signed(),
                data.ino().cast_signed(),
            ];
            files.push((entry.into_path(), stamp));
        }
    }
    files.sort_unstable();
    let mut hasher = blake3::Hasher::new();
    for (path, stamp) in &files {
        let path = path.as_os_str().as_bytes();
        hasher.update(&(path.len() as u64).to_le_bytes());
        hasher.update(path);
        for number in stamp {
            hasher.update(&number.to_le_bytes());
        }
    }
    Some(hasher.finalize().to_hex().to_string())
}

/// When the last of what is at and below `path` changed, but for what lies below `skipped`; its
/// folders too, since a deletion shows in them. None: too many, or not to be read.
pub fn newest_change(path: &Path, skipped: &[PathBuf]) -> Option<Timestamp> {
    let mut newest = None;
    for (count, entry) in walk(path, skipped).enumerate() {
        let data = entry.ok()?.metadata().ok()?;
        let nanoseconds = i32::try_from(data.ctime_nsec()).ok()?;
        let changed = Timestamp::new(data.ctime(), nanoseconds).ok()?;
        newest = newest.max(Some(changed));
        if count == MOST {
            return None;
        }
    }
    newest
}

/// All at and below `path`, but for what lies below `skipped`.
fn walk<'a>(
    path: &Path,
    skipped: &'a [PathBuf],
) -> impl Iterator<Item = walkdir::Result<DirEntry>> + use<'a> {
    let kept = |entry: &DirEntry| !skipped.iter().any(|it| entry.path().starts_with(it));
    WalkDir::new(path).into_iter().filter_entry(kept)
}

#[cfg(test)]
mod tests;
