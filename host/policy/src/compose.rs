//! The words of Compose that reach an argument vector: each type can only be made from text that
//! was checked.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use crate::Diagnostic;
use crate::short_id::short_digest;

/// Longest name taken, in bytes: labels and image names have to hold it.
const LONGEST: usize = 100;
/// Variables that programs read for themselves.
const OF_PROGRAMS: [&str; 5] = ["PATH", "HOME", "LANG", "TMPDIR", "PWD"];
/// How names of more of them begin.
const OF_PROGRAMS_BEGIN: [&str; 8] = [
    "BUILDKIT_",
    "BUILDX_",
    "COMPOSE_",
    "DEPLOYHOST_",
    "DOCKER_",
    "GODEBUG",
    "LD_",
    "PYTHON",
];

/// A Compose project, as `-p` takes it: `^[a-z0-9][a-z0-9_-]*$`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectName(String);

impl ProjectName {
    pub fn new(text: &str) -> Result<Self, Diagnostic> {
        let mut bytes = text.bytes();
        let first = bytes
            .next()
            .is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let rest =
            bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
        if first && rest && text.len() <= LONGEST {
            return Ok(Self(text.into()));
        }
        let message = format!("{} is no Compose project name", shown(text));
        Err(Diagnostic::new("compose.project-name", message)
            .help("use a-z, 0-9, _ and -, beginning with a letter or digit"))
    }

    /// What Compose calls a project that nobody named: the folder's name without what a project
    /// name cannot hold.
    pub fn of_folder(folder: &Path) -> Result<Self, Diagnostic> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let kept: String = name
            .to_lowercase()
            .chars()
            .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_' || *c == '-')
            .collect();
        Self::new(&kept).map_err(|_| {
            let message = "the folder's name gives no Compose project name";
            Diagnostic::new("compose.project-name", message)
                .at(folder)
                .help("set `project`")
        })
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A service of a Compose file: `^[a-zA-Z0-9._-]+$`, and never an option.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceName(String);

impl ServiceName {
    pub fn new(text: &str) -> Result<Self, Diagnostic> {
        if is_word(text) && !text.starts_with('-') {
            return Ok(Self(text.into()));
        }
        let message = format!("{} is no Compose service name", shown(text));
        Err(Diagnostic::new("compose.service-name", message)
            .help("use letters, digits, ., _ and -, not beginning with -"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A profile of a Compose file, as `--profile` takes it: `^[a-zA-Z0-9][a-zA-Z0-9_.-]*$`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileName(String);

impl ProfileName {
    pub fn new(text: &str) -> Result<Self, Diagnostic> {
        if is_plain_word(text) {
            return Ok(Self(text.into()));
        }
        let message = format!("{} is no Compose profile", shown(text));
        Err(Diagnostic::new("compose.profile-name", message)
            .help("use letters, digits, ., _ and -, beginning with a letter or digit"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A container's name, as Docker has it: `^[a-zA-Z0-9][a-zA-Z0-9_.-]*$`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerName(String);

impl ContainerName {
    pub fn new(text: &str) -> Result<Self, Diagnostic> {
        if is_plain_word(text) {
            return Ok(Self(text.into()));
        }
        let message = format!("{} is no name of a container", shown(text));
        Err(Diagnostic::new("compose.container-name", message)
            .help("write it as the last column of `docker ps` does"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whole or abbreviated: 12 to 64 hexadecimal digits. Docker would also take a name in its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerId(String);

impl ContainerId {
    pub fn new(text: &str) -> Result<Self, Diagnostic> {
        if (12..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(Self(text.into()));
        }
        let message = "a container is named by its id only";
        Err(Diagnostic::new("containers.id", message))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A value that `${NAME}` has in Compose files: one line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComposeVariable {
    name: String,
    value: String,
}

impl ComposeVariable {
    /// What Compose, Docker and the system's loader read for themselves is refused: it would change
    /// what is run, not what a file says.
    pub fn new(name: &str, value: &str) -> Result<Self, Diagnostic> {
        let first = name.bytes().next();
        let plain = first.is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && name.len() <= LONGEST;
        if !plain {
            let message = format!("{} is no name of a variable", shown(name));
            return Err(Diagnostic::new("compose.variable-name", message)
                .help("use letters, digits and _, not beginning with a digit"));
        }
        let taken = OF_PROGRAMS.contains(&name)
            || OF_PROGRAMS_BEGIN
                .iter()
                .any(|begin| name.starts_with(begin));
        if taken {
            let message = format!("the variable {name} is not the files' own");
            return Err(
                Diagnostic::new("compose.variable-taken", message).help("give it another name")
            );
        }
        if value.contains(['\n', '\r', '\0']) {
            let message = format!("the value of {name} is more than one line");
            return Err(Diagnostic::new("compose.variable-value", message));
        }
        Ok(Self {
            name: name.into(),
            value: value.into(),
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn value(&self) -> &str {
        &self.value
    }
}

/// The absolute path of a Compose file. It need not exist: the adapter finds out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComposeFile(PathBuf);

impl ComposeFile {
    /// Commas are refused because Compose joins its files with them in the label by which their
    /// containers are found.
    pub fn new(text: &str) -> Result<Self, Diagnostic> {
        let path = Path::new(text);
        let plain = path
            .components()
            .all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
        let named = path.file_name().is_some() && !text.ends_with('/');
        let odd = text.contains(|c: char| c.is_control() || c == ',');
        if path.is_absolute() && plain && named && !odd {
            // Collecting drops `//` and `/./`: equal files are equal text.
            return Ok(Self(path.components().collect()));
        }
        let message = format!("{} is no path of a Compose file", shown(text));
        Err(Diagnostic::new("compose.file-path", message)
            .help("write it absolute, without `..`, commas and control characters"))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where Compose looks for `.env` and what relative paths begin at.
    pub fn folder(&self) -> &Path {
        self.0.parent().unwrap_or(Path::new("/"))
    }
}

/// `sha256:` and 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageId(String);

impl ImageId {
    pub fn new(text: &str) -> Result<Self, Diagnostic> {
        let hex = text.strip_prefix("sha256:").unwrap_or_default();
        if hex.len() == 64 && lower_hex(hex) {
            return Ok(Self(text.into()));
        }
        let message = format!("{} is no image id", shown(text));
        Err(Diagnostic::new("compose.image-id", message).help("use `sha256:` and 64 digits"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve digits: what `docker images` shows.
    pub fn short(&self) -> &str {
        short_digest(&self.0["sha256:".len()..])
    }
}

/// What `DEPLOYHOST_COMMIT` may be: 7 to 64 hexadecimal digits.
pub fn commit(text: &str) -> Result<String, Diagnostic> {
    if (7..=64).contains(&text.len()) && lower_hex(text) {
        return Ok(text.into());
    }
    let message = format!("{} is no commit id", shown(text));
    Err(Diagnostic::new("compose.commit-id", message))
}

/// Of the letters that services and profiles are named with.
fn is_word(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    !text.is_empty() && text.len() <= LONGEST && text.bytes().all(plain)
}

/// One that begins with a letter or digit.
fn is_plain_word(text: &str) -> bool {
    is_word(text) && !text.starts_with(['.', '_', '-'])
}

fn lower_hex(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// What is refused, as it can be shown: escaped and short.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    format!("`{}`", short.escape_debug())
}

macro_rules! display {
    ($($name:ty),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}
display!(
    ProjectName,
    ServiceName,
    ProfileName,
    ContainerName,
    ContainerId,
    ImageId
);

#[cfg(test)]
mod tests;
