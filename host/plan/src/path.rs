//! Paths of a plan: absolute, or relative to the plan's folder; never through `~`, `$`, `..` or a
//! symbolic link.
//!
//! Whether something has to be there is not decided here: a work tree may still be missing.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use deployhost_policy::Diagnostic;
use deployhost_policy::display::{display_line, display_path};

/// The path as meant, without looking at the disk. `base` is absolute.
pub fn absolute(base: &Path, text: &str) -> Result<PathBuf, Diagnostic> {
    let refused = |why: &str| {
        Diagnostic::new(
            "plan.path",
            format!("the path `{}` {why}", display_line(text)),
        )
    };
    if text.is_empty() || text.len() > 4096 || text.contains('\n') {
        return Err(Diagnostic::new(
            "plan.path",
            "the path is empty, longer than 4096 bytes, or more than one line",
        ));
    }
    if text.starts_with('~') {
        return Err(refused("begins with `~`").help("write the folder out, such as /home/deploy"));
    }
    if text.contains('$') {
        return Err(refused("contains `$`").help("write the path out; variables mean nothing here"));
    }
    if Path::new(text)
        .components()
        .any(|part| part == Component::ParentDir)
    {
        let help = "write it as an absolute path, or relative to the plan's folder, without `..`";
        return Err(refused("contains `..`").help(help));
    }
    let path: PathBuf = base
        .join(text)
        .components()
        .filter(|part| *part != Component::CurDir)
        .collect();
    if path.parent().is_none() {
        return Err(refused("is the whole machine").help("name a folder below `/`"));
    }
    Ok(path)
}

/// The path as meant, with every part of it that exists found to be no symbolic link.
pub fn checked_path(base: &Path, text: &str) -> Result<PathBuf, Diagnostic> {
    let path = absolute(base, text)?;
    walk(&path)?;
    Ok(path)
}

/// The same of a file that may be a symbolic link itself: whoever opens it looks where it leads.
pub fn checked_file(base: &Path, text: &str) -> Result<PathBuf, Diagnostic> {
    let path = absolute(base, text)?;
    walk(path.parent().unwrap_or(Path::new("/")))?;
    Ok(path)
}

/// A path that may climb out of the plan's folder first: `../origin.git`. For remotes, which are
/// read and never written.
pub fn checked_climb(base: &Path, text: &str) -> Result<PathBuf, Diagnostic> {
    let mut base = base;
    let mut rest = text.strip_prefix("./").unwrap_or(text);
    while let Some(below) = rest
        .strip_prefix("..")
        .filter(|r| r.is_empty() || r.starts_with('/'))
    {
        base = base.parent().unwrap_or(base);
        rest = below.trim_start_matches('/');
    }
    checked_path(base, if rest.is_empty() { "." } else { rest })
}

fn walk(path: &Path) -> Result<(), Diagnostic> {
    let mut reached = PathBuf::new();
    for part in path.components() {
        reached.push(part);
        match reached.symlink_metadata() {
            Ok(metadata) if metadata.is_symlink() => return Err(refuse_link(path, &reached)),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                let at = display_path(&reached.display().to_string());
                return Err(Diagnostic::new(
                    "plan.path-unreadable",
                    format!("`{at}` cannot be looked at: {error}"),
                ));
            }
        }
    }
    Ok(())
}

fn refuse_link(path: &Path, reached: &Path) -> Diagnostic {
    let [path, at] = [path, reached].map(|path| display_path(&path.display().to_string()));
    let diagnostic = Diagnostic::new(
        "plan.path-link",
        format!("the path `{path}` leads through the symbolic link `{at}`"),
    );
    match reached.canonicalize() {
        Ok(real) => {
            let real = display_path(&real.display().to_string());
            diagnostic.help(format!("write `{real}` where it says `{at}`"))
        }
        Err(_) => diagnostic.help("write the path without it"),
    }
}

#[cfg(test)]
mod tests;
