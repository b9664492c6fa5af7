//! This test program, run again as another process: to be killed, to compete, or to live with
//! less disk.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

const PART: &str = "DEPLOYHOST_TEST_PART";
/// Unlike that of a test program that found no test to run.
const DONE: i32 = 86;
/// The user id, and the group id, of `nobody`.
pub const NOBODY: u32 = 65534;

/// What this process is to do, where it is the other process: the words given to `command`.
pub fn part() -> Option<Vec<String>> {
    let text = std::env::var(PART).ok()?;
    Some(text.split('\n').map(str::to_owned).collect())
}

/// Ends a part that went well.
pub fn done() -> ! {
    std::process::exit(DONE)
}

/// Did the part run, and to its end?
pub fn is_done(status: ExitStatus) -> bool {
    status.code() == Some(DONE)
}

/// The test `name` of `module` (`module_path!()`) again, with these words as its `part`.
pub fn command(module: &str, name: &str, part: &[&str]) -> Command {
    let exe = std::env::current_exe().unwrap();
    command_of(Command::new(exe), module, name, part)
}

/// The same with this environment and nothing else.
pub fn command_in(
    environment: &[(&str, &str)],
    module: &str,
    name: &str,
    part: &[&str],
) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env_clear().envs(environment.iter().copied());
    command_of(command, module, name, part)
}

/// The same as the user `nobody`, from a copy at `copy`: this program may lie where only root may
/// look. None where we are nobody in particular ourselves.
pub fn command_as_nobody(copy: &Path, module: &str, name: &str, part: &[&str]) -> Option<Command> {
    if !rustix::process::geteuid().is_root() {
        skip("only root can be another user");
        return None;
    }
    std::fs::copy(std::env::current_exe().unwrap(), copy).unwrap();
    std::fs::set_permissions(copy, PermissionsExt::from_mode(0o755)).unwrap();
    let mut command = Command::new(copy);
    command.uid(NOBODY).gid(NOBODY).current_dir("/");
    Some(command_of(command, module, name, part))
}

/// The same, but `folder` is an empty file system of its own there, with these mount options.
/// None where this machine does not let us mount.
pub fn command_on_tmpfs(
    folder: &Path,
    options: &str,
    module: &str,
    name: &str,
    part: &[&str],
) -> Option<Command> {
    let own = if rustix::process::geteuid().is_root() {
        "-m"
    } else {
        "-rm"
    };
    let mount = r#"mount -t tmpfs -o "$1" tmpfs "$2" && shift 2 && trap "" XFSZ && exec "$@""#;
    let mut shell = Command::new("unshare");
    shell
        .args([own, "sh", "-c", mount, "sh", options])
        .arg(folder);
    let mut probe = Command::new("unshare");
    probe
        .args([own, "mount", "-t", "tmpfs", "tmpfs"])
        .arg(folder);
    let probe = probe.stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !probe.is_ok_and(|status| status.success()) {
        skip("this machine does not let us mount a tmpfs");
        return None;
    }
    shell.arg(std::env::current_exe().unwrap());
    Some(command_of(shell, module, name, part))
}

/// What cannot be tried here is told. Root, and CI, can try everything: there it is a failure.
fn skip(why: &str) {
    let able = rustix::process::geteuid().is_root() || std::env::var_os("CI").is_some();
    assert!(!able, "{why}");
    tell(&format!("skipped: {why}"));
}

fn command_of(mut command: Command, module: &str, name: &str, part: &[&str]) -> Command {
    let module = module.split_once("::").unwrap().1;
    command
        .args(["--exact", &format!("{module}::{name}"), "--nocapture"])
        .env(PART, part.join("\n"))
        .stdout(Stdio::null());
    command
}

/// A line for whoever started this process; one write.
pub fn tell(line: &str) {
    std::io::stderr()
        .write_all(format!("{line}\n").as_bytes())
        .unwrap();
}
