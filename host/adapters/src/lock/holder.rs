//! Who holds a lock, as its file tells others: a line of JSON. A hint for people only: the lock
//! itself is the kernel's.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use serde::{Deserialize, Serialize};

use super::LockClaim;
use crate::state::{StateFolder, StateUser};
use deployhost_policy::text::is_control_or_bidi;
use deployhost_runtime::capability::clock::now_unix_ms;

/// Longest text of a lock file, in bytes.
const TEXT: usize = 8 * 1024;

/// A run that holds, or held, a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub run: String,
    pub pid: i32,
    pub user: String,
    pub since_unix_ms: u64,
    pub command: String,
    /// Its state folder: where `deployhost show` finds that run.
    pub state: String,
}

impl Holder {
    pub(super) fn me(claim: LockClaim<'_>, state: &StateFolder) -> Self {
        Self {
            run: claim.run.to_owned(),
            pid: rustix::process::getpid().as_raw_pid(),
            user: StateUser::me().to_string(),
            since_unix_ms: now_unix_ms(),
            command: claim.command.to_owned(),
            state: state.path().display().to_string(),
        }
    }

    pub(super) fn write_to(&self, file: &File) -> io::Result<()> {
        let mut text = serde_json::to_vec(self)?;
        text.push(b'\n');
        file.set_len(0)?;
        file.write_all_at(&text, 0)
    }

    /// None where nobody wrote, or not such a line. Others may write these files: nothing that
    /// could draw on a terminal gets through.
    pub(super) fn read_from(file: &File) -> Option<Self> {
        let mut text = vec![0; TEXT];
        let length = file.read_at(&mut text, 0).ok()?;
        let holder: Self = serde_json::from_slice(text.get(..length)?).ok()?;
        let texts = [&holder.run, &holder.user, &holder.command, &holder.state];
        let plain = |text: &&String| !text.contains(is_control_or_bidi);
        texts.iter().all(plain).then_some(holder)
    }

    /// Does its process live? If it does not, and the lock is held, then by a child it left.
    pub fn is_alive(&self) -> bool {
        match Pid::from_raw(self.pid).filter(|_| self.pid > 0) {
            // Not ours to signal: there all the same.
            Some(pid) => matches!(test_kill_process(pid), Ok(()) | Err(Errno::PERM)),
            None => false,
        }
    }
}
