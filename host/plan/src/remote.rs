//! Git remotes. The rules are the git capability's own, so that what it would refuse in a run is found
//! with its line.

use std::path::Path;

use crate::path::checked_climb;
use deployhost_policy::{Diagnostic, git};

/// A remote's name or URL stays as it is; a path becomes absolute.
pub fn check_remote(folder: &Path, text: &str) -> Result<String, Diagnostic> {
    let relative = matches!(text, "." | "..") || text.starts_with("./") || text.starts_with("../");
    if relative || text.starts_with(['/', '~']) {
        let path = checked_climb(folder, text)?;
        return Ok(path.to_string_lossy().into_owned());
    }
    git::Remote::parse(text)?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests;
