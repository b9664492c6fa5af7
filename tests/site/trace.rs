//! What a command and its children write: read from strace.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;

const OPENING: &str = "open,openat,openat2,creat";
const ALTERING: &str = "rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,\
    symlink,symlinkat,chmod,fchmodat,chown,lchown,fchownat,truncate,mknod,mknodat,utimensat";

/// The same command under strace, whose lines go into a file: what it writes, for [`written`].
pub fn under(command: &Command, lines: &Path) -> Command {
    let options = ["--decode-fds=path", "--string-limit=4096"];
    strace(
        command,
        lines,
        &format!("{OPENING},{ALTERING},chdir"),
        &options,
    )
}

/// The same command under strace: a line for each program that is started, with all of its arguments
/// and its environment.
pub fn starts(command: &Command, lines: &Path) -> Command {
    let options = ["--no-abbrev", "--string-limit=1000000"];
    strace(command, lines, "execve,execveat", &options)
}

fn strace(command: &Command, lines: &Path, calls: &str, options: &[&str]) -> Command {
    let mut traced = Command::new("strace");
    traced
        .args(["--follow-forks", "--seccomp-bpf"])
        .args(options)
        .arg(format!("--trace={calls}"))
        .arg("--output")
        .arg(lines)
        .arg("--")
        .arg(command.get_program())
        .args(command.get_args());
    traced.env_clear();
    traced.envs(
        command
            .get_envs()
            .filter_map(|(key, value)| Some((key, value?))),
    );
    if let Some(folder) = command.get_current_dir() {
        traced.current_dir(folder);
    }
    traced
}

/// Every path that was opened for writing, or altered as an entry of its folder; calls that failed
/// left nothing.
pub fn written(lines: &Path) -> BTreeSet<PathBuf> {
    let text = std::fs::read_to_string(lines)
        .unwrap_or_else(|error| panic!("strace: {error}: apt-get install strace"));
    assert!(text.contains("exited with"), "strace saw no end: {text}");
    let mut folders: HashMap<&str, PathBuf> = HashMap::new();
    let mut paths = BTreeSet::new();
    for (pid, call) in calls(&text) {
        let Some((name, rest)) = call.split_once('(') else {
            continue;
        };
        let Some((arguments, result)) = rest.rsplit_once(" = ") else {
            continue;
        };
        if result.starts_with('-') || result.starts_with('?') {
            continue;
        }
        let working = folders.entry(pid).or_default();
        if let Some(folder) = arguments.strip_prefix("AT_FDCWD").and_then(decoded) {
            *working = PathBuf::from(folder);
        }
        if name == "chdir" {
            *working = named(working, arguments).remove(0);
        } else if OPENING.split(',').any(|it| it == name) {
            let writes = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"];
            if name == "creat" || writes.iter().any(|flag| arguments.contains(flag)) {
                paths.extend(decoded(result).map(PathBuf::from));
            }
        } else {
            paths.extend(named(working, arguments));
        }
    }
    paths
}

/// The calls and who made them; those that another one interrupted are put together.
fn calls(text: &str) -> Vec<(&str, String)> {
    let mut begun: HashMap<&str, &str> = HashMap::new();
    let mut calls = Vec::new();
    for line in text.lines() {
        let Some((pid, call)) = line.split_once(' ') else {
            continue;
        };
        let call = call.trim_start();
        if let Some(beginning) = call.strip_suffix(" <unfinished ...>") {
            begun.insert(pid, beginning);
        } else if let Some(end) = call.strip_prefix("<... ") {
            let end = end.split_once(" resumed>").map_or(end, |(_, end)| end);
            calls.push((pid, begun.remove(pid).unwrap_or_default().to_owned() + end));
        } else {
            calls.push((pid, call.to_owned()));
        }
    }
    calls
}

/// `3</tmp/x>` is `/tmp/x`.
fn decoded(descriptor: &str) -> Option<&str> {
    let (_, path) = descriptor.split_once('<')?;
    Some(path.split_once('>')?.0)
}

/// The paths among a call's arguments; a relative one belongs to the folder given before it, else to
/// the working one.
fn named(working: &Path, arguments: &str) -> Vec<PathBuf> {
    let mut folder = working.to_owned();
    let mut paths = Vec::new();
    for argument in arguments.trim_end_matches([' ', ')']).split(", ") {
        if let Some(path) = argument.strip_prefix('"') {
            paths.push(folder.join(path.trim_end_matches('"')));
            folder = working.to_owned();
        } else if let Some(path) = decoded(argument) {
            folder = PathBuf::from(path);
        }
    }
    paths
}
