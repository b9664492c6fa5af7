//! A user of this machine, as people call one.

use std::fmt;
use std::fs::File;
use std::io::Read;

use rustix::fs::Stat;

/// Most of `/etc/passwd` that is read, in bytes.
const PASSWD: u64 = 1024 * 1024;

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

    pub fn is_root(self) -> bool {
        self.0 == 0
    }

    fn name(self) -> Option<String> {
        let mut text = String::new();
        let file = File::open("/etc/passwd").ok()?;
        file.take(PASSWD).read_to_string(&mut text).ok()?;
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
