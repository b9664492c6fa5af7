//! A user of this machine, as people call one.

use std::fmt;
use std::path::Path;

use rustix::fs::Stat;

use crate::bounded_file::BoundedFile;

/// Most of `/etc/passwd` that is read, in bytes.
const PASSWD: usize = 1024 * 1024;

/// A user, by number. Shown by name where `/etc/passwd` has one: `deploy`, else `uid 1001`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateUser(u32);

impl StateUser {
    /// Whose rights this process has.
    pub fn me() -> Self {
        Self(rustix::process::geteuid().as_raw())
    }

    /// Who owns a file.
    pub fn of(stat: &Stat) -> Self {
        Self(stat.st_uid)
    }

    pub fn numbered(uid: u32) -> Self {
        Self(uid)
    }

    pub fn is_root(self) -> bool {
        self.0 == 0
    }

    fn name(self) -> Option<String> {
        let file = BoundedFile::open(Path::new("/etc/passwd")).ok()?;
        let text = String::from_utf8(file.head(PASSWD).ok()?).ok()?;
        text.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            let uid = fields.nth(1)?.parse::<u32>().ok()?;
            (uid == self.0 && !name.is_empty()).then(|| name.to_owned())
        })
    }
}

impl fmt::Display for StateUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(&name),
            None => write!(f, "uid {}", self.0),
        }
    }
}
