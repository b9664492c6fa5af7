//! A program that sees a folder with a layer of other files over it, and nothing else otherwise.
//!
//! Owns the mount namespace: this program is started again, takes a namespace of its own, mounts the
//! layer there and becomes the other program. Nobody else sees the mount, and it ends with the process.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{getegid, geteuid};

/// The first argument of this program where it is started to be another one.
const ARGUMENT: &str = "--in-overlay";
/// What has a meaning in the options of a mount.
const SPECIAL: [u8; 4] = [b':', b',', b'\\', b'"'];

/// A folder, and the layer over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// The folder that is seen otherwise.
    pub folder: PathBuf,
    /// Files and deletions, as an overlay file system has them.
    pub layer: PathBuf,
    /// An empty folder, where the one below is put aside.
    pub below: PathBuf,
}

impl Overlay {
    /// The command that runs another within: `program` is this one. Without another, it only finds
    /// out whether it could.
    pub fn around(&self, program: &Path, command: &[OsString]) -> Vec<OsString> {
        let own = [program, Path::new(ARGUMENT)].map(Into::into);
        let folders = [&self.folder, &self.layer, &self.below].map(Into::into);
        own.into_iter()
            .chain(folders)
            .chain(command.iter().cloned())
            .collect()
    }

    /// Becomes the program that the arguments name, where they are of [`Self::around`]; returns only
    /// what went wrong, or that nothing did where they name none. To be called before any thread is
    /// started: a user namespace is not given to a process that has some.
    pub fn enter_by(arguments: &[OsString]) -> Option<io::Result<()>> {
        let [_, first, folder, layer, below, command @ ..] = arguments else {
            return None;
        };
        if first != ARGUMENT {
            return None;
        }
        let overlay = Self {
            folder: folder.into(),
            layer: layer.into(),
            below: below.into(),
        };
        let entered = overlay.mount();
        Some(match command {
            [program, rest @ ..] => {
                entered.and_then(|()| Err(Command::new(program).args(rest).exec()))
            }
            [] => entered,
        })
    }

    fn mount(&self) -> io::Result<()> {
        let mut options = OsString::from("lowerdir=");
        options.push(&self.layer);
        options.push(":");
        options.push(&self.below);
        let mut bytes = [&self.layer, &self.below]
            .into_iter()
            .flat_map(|it| it.as_os_str().as_encoded_bytes());
        if bytes.any(|byte| SPECIAL.contains(byte)) {
            return Err(io::ErrorKind::InvalidFilename.into());
        }
        namespace()?;
        let none = None::<&Path>;
        let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
        mount(none, Path::new("/"), none, private, none)?;
        let bind = MsFlags::MS_REC | MsFlags::MS_BIND;
        mount(Some(&self.folder), &self.below, none, bind, none)?;
        let kind = Some("overlay");
        let flags = MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
        mount(kind, &self.folder, kind, flags, Some(options.as_os_str()))?;
        Ok(())
    }
}

/// A mount namespace of this process's own; where this user may not, within a user namespace in which
/// it stays who it is.
fn namespace() -> io::Result<()> {
    let (user, group) = (geteuid(), getegid());
    match unshare(CloneFlags::CLONE_NEWNS) {
        Err(Errno::EPERM) => {}
        done => return Ok(done?),
    }
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS)?;
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
    fs::write("/proc/self/gid_map", format!("{group} {group} 1"))
}
