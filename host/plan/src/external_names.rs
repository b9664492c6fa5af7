//! Names of what is outside the plan: git remotes and refs, Compose projects and services. The rules
//! are the capabilities' own, so that what they would refuse in a run is found with its line.

use std::path::Path;

use crate::path::checked_climb;
use crate::problem::Refusal;
use deployhost_policy::{compose, git};

const COMMIT: &str = "write a branch, a tag or a commit id";

/// A remote's name or URL stays as it is; a path becomes absolute.
pub fn remote(folder: &Path, text: &str) -> Result<String, Refusal> {
    let relative = matches!(text, "." | "..") || text.starts_with("./") || text.starts_with("../");
    if relative || text.starts_with(['/', '~']) {
        let path = checked_climb(folder, text)?;
        return Ok(path.to_string_lossy().into_owned());
    }
    git::Remote::parse(text).map_err(refusal)?;
    Ok(text.to_owned())
}

/// A branch, a tag or a commit id.
pub fn reference(text: &str) -> Result<String, Refusal> {
    match git::Ref::parse(text) {
        Ok(_) => Ok(text.to_owned()),
        // It says why, seldom what to do.
        Err(line) => Err(match refusal(line) {
            Refusal {
                what,
                cure: Some(why),
            } if !why.starts_with("write") => Refusal::new(format!("{what}: {why}")).cure(COMMIT),
            refusal => refusal,
        }),
    }
}

pub fn project(text: &str) -> Result<String, Refusal> {
    compose::ProjectName::new(text).map_err(refusal)?;
    Ok(text.to_owned())
}

pub fn service(text: &str) -> Result<String, Refusal> {
    compose::ServiceName::new(text).map_err(refusal)?;
    Ok(text.to_owned())
}

/// A capability says `what — what to do` in one line; the place belongs between.
fn refusal(line: String) -> Refusal {
    match line.split_once(" — ") {
        Some((what, cure)) => Refusal::new(what).cure(cure),
        None => Refusal::new(line),
    }
}

#[cfg(test)]
mod tests;
