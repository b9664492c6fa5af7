//! Names of what is outside the plan: git remotes and refs, Compose projects and services. The rules
//! are the capabilities' own, so that what they would refuse in a run is found with its line.

use std::path::Path;

use super::path::checked_climb;
use super::problem::Refusal;
use crate::capability::{compose, git};

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
mod tests {
    use super::*;

    #[test]
    fn what_to_do_stands_apart() {
        let refused = reference("a..b").map_err(|refusal| (refusal.what, refusal.cure));
        let what = "`a..b` is no git ref: it contains `..`".to_owned();
        assert_eq!(refused, Err((what, Some(COMMIT.to_owned()))));
    }

    #[test]
    fn a_password_is_not_repeated() {
        let refused = remote(Path::new("/"), "https://user:hunter22@example.org/x.git");
        assert!(!format!("{refused:?}").contains("hunter22"));
        assert!(refused.is_err());
    }
}
