//! How the git program is run: which environment, which configuration, which limits.
//!
//! Owns the hardening. Nothing that a repository's own configuration names is run (hooks, file
//! monitors, filters, helpers), no transport is allowed but the one that is asked for, nobody is
//! prompted, and no background work is started. Configuration travels in the environment, which
//! only this user can read, not in arguments, which everybody can.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::problem::in_folder;
use crate::child::{Child, ChildError, Finished, find_program};
use crate::conversation::Conversation;
use deployhost_policy::text::sanitize;
use deployhost_policy::{Diagnostic, Location};
use deployhost_runtime::capability::error::{CapabilityError, OfKind};
use deployhost_runtime::redaction_scope::redact_in_scope;

/// Most bytes of an answer, and of one with many paths or with what others wrote.
const ANSWER: usize = 1024 * 1024;
pub(super) const LONG: usize = 64 * 1024 * 1024;

/// The code of a git that failed.
pub(super) const FAILED: &str = "git.failed";
/// The code of a git that failed since it was asked about an object that is not there.
pub(super) const OBJECT_MISSING: &str = "git.object-missing";
/// How git says so.
const NO_OBJECT: [&str; 4] = [
    "bad object",
    "Invalid revision",
    "bad revision",
    "not a tree",
];

/// What every git is told, whatever the repository says.
const ALWAYS: [(&str, &str); 10] = [
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    // Not empty: that would mean "the shell, with nothing to do".
    ("core.alternateRefsCommand", "true"),
    ("log.showSignature", "false"),
    ("submodule.recurse", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("receive.autogc", "false"),
    // Single objects too: what was kept is there after a power cut.
    ("core.fsync", "committed"),
    ("push.gpgSign", "false"),
];

/// Which repository a git works on. Naming it spares git's search for one, and with it the
/// refusal of a folder of another owner: the plan's author has named that very folder. It also
/// keeps a `core.worktree` of the repository from leading the work elsewhere.
#[derive(Debug, Clone)]
pub(super) struct Repository {
    /// Where git runs: a process in there shows that git is at work.
    pub folder: PathBuf,
    pub git_dir: PathBuf,
    pub work_tree: Option<PathBuf>,
}

/// Environment and configuration of a git.
pub(super) type GitSetting = (Vec<(OsString, OsString)>, Vec<(OsString, OsString)>);

/// One run of git, being put together.
#[derive(Clone)]
pub(super) struct GitCommand {
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    config: Vec<(OsString, OsString)>,
    folder: PathBuf,
    input: Vec<u8>,
    most: usize,
    deadline: Duration,
    network: bool,
    changes: bool,
}

impl GitCommand {
    /// `home`: an empty folder.
    pub fn new(home: &Path, folder: &Path, deadline: Duration) -> Self {
        let mut command = Self {
            arguments: Vec::new(),
            environment: Vec::new(),
            config: ALWAYS
                .iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
            folder: folder.to_owned(),
            input: Vec::new(),
            most: ANSWER,
            deadline,
            network: false,
            changes: false,
        };
        for (name, value) in [
            ("LANG", "C.UTF-8"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_NO_LAZY_FETCH", "1"),
            // What a commit id stands for is the commit, not its replacement.
            ("GIT_NO_REPLACE_OBJECTS", "1"),
            ("GIT_LITERAL_PATHSPECS", "1"),
            ("GIT_ATTR_NOSYSTEM", "1"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            // Until a transport is asked for.
            ("GIT_ALLOW_PROTOCOL", ""),
            // Asked instead of the terminal, even where there is one; answers nothing.
            ("SSH_ASKPASS", "/bin/false"),
            ("SSH_ASKPASS_REQUIRE", "force"),
        ] {
            command.environment.push((name.into(), value.into()));
        }
        command.environment.push(("HOME".into(), home.into()));
        command.environment.push(("PATH".into(), search_path()));
        command
    }

    pub fn on(self, repository: &Repository) -> Self {
        let command = self.variable("GIT_DIR", &repository.git_dir);
        match &repository.work_tree {
            Some(top) => command.variable("GIT_WORK_TREE", top),
            None => command,
        }
    }

    /// Arguments that are ours, parted by spaces.
    pub fn words(self, words: &'static str) -> Self {
        self.arguments(words.split(' '))
    }

    pub fn arguments<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Replaces one of the same name.
    pub fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self = self.without(&[name]);
        self.environment
            .push((name.into(), value.as_ref().to_owned()));
        self
    }

    pub fn without(mut self, names: &[&str]) -> Self {
        self.environment
            .retain(|(name, _)| !names.iter().any(|n| name == n));
        self
    }

    /// A later value of the same key wins.
    pub fn config(mut self, key: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.config.push((key.into(), value.into()));
        self
    }

    /// Also looks for objects here. Reads them, never writes.
    pub fn objects_of(self, folders: &[PathBuf]) -> Self {
        let mut list = OsString::new();
        for folder in folders {
            if !list.is_empty() {
                list.push(":");
            }
            list.push(quoted(folder));
        }
        if list.is_empty() {
            self
        } else {
            self.variable("GIT_ALTERNATE_OBJECT_DIRECTORIES", list)
        }
    }

    /// Reaches another repository on this machine.
    pub fn local(self) -> Self {
        self.variable("GIT_ALLOW_PROTOCOL", "file")
    }

    /// Reaches a remote: what takes too long is then the remote's doing.
    pub fn network(mut self, transport: &str) -> Self {
        self.network = true;
        self.variable("GIT_ALLOW_PROTOCOL", transport)
    }

    /// Moves a tree: what it changes stays locked while it lives.
    pub fn changing(mut self) -> Self {
        self.changes = true;
        self
    }

    /// Answers with many paths, or with what others wrote.
    pub fn long(mut self) -> Self {
        self.most = LONG;
        self
    }

    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Which repository is asked, and what.
    pub fn question(&self) -> Vec<OsString> {
        let variables = self.environment.iter();
        let repository = variables.filter(|(name, _)| name == "GIT_DIR");
        let repository = repository.map(|(_, value)| value.clone());
        repository.chain(self.arguments.iter().cloned()).collect()
    }

    /// What it is to git: commands that are equal in this may share a conversation.
    pub fn setting(&self) -> GitSetting {
        (self.environment.clone(), self.config.clone())
    }

    /// Starts one that answers requests. It runs in no folder of a repository: one that only waits is
    /// no git at work.
    pub fn converse(mut self) -> Result<Conversation, CapabilityError> {
        self.folder = PathBuf::from("/");
        let begun = Conversation::begin(&self.child());
        begun.map_err(|broken| self.not_run(broken))
    }

    /// Runs it; any exit code is an answer.
    pub async fn run(mut self) -> Result<Finished, CapabilityError> {
        let child = Child {
            input: std::mem::take(&mut self.input),
            ..self.child()
        };
        let finished = child.run().await;
        let finished = finished.map_err(|broken| self.not_run(broken))?;
        if finished.cut {
            return Err(in_folder(
                Diagnostic::new(
                    "git.answer-too-large",
                    format!("git {} wrote over {} bytes", self.name(), self.most),
                ),
                &self.folder,
            )
            .other());
        }
        Ok(finished)
    }

    /// How it is started, but for what it reads.
    fn child(&self) -> Child {
        let mut environment = self.environment.clone();
        for (n, (key, value)) in self.config.iter().enumerate() {
            environment.push((format!("GIT_CONFIG_KEY_{n}").into(), key.clone()));
            environment.push((format!("GIT_CONFIG_VALUE_{n}").into(), value.clone()));
        }
        let count = self.config.len().to_string();
        environment.push(("GIT_CONFIG_COUNT".into(), count.into()));
        let program = std::iter::once("git".into());
        Child {
            command: program.chain(self.arguments.iter().cloned()).collect(),
            environment,
            folder: self.folder.clone(),
            input: Vec::new(),
            deadline: self.deadline,
            most: self.most,
            changes: self.changes,
        }
    }

    fn name(&self) -> String {
        let name = self.arguments.first();
        name.map_or_else(String::new, |name| name.display().to_string())
    }

    fn not_run(&self, broken: ChildError) -> CapabilityError {
        match broken {
            ChildError::Missing => Diagnostic::new("git.not-installed", "git is not installed")
                .at(Location::named("on this machine"))
                .help("apt-get install git")
                .other(),
            ChildError::Late(_) if self.network => Diagnostic::new(
                "git.remote-slow",
                format!(
                    "the remote did not finish in {} s",
                    self.deadline.as_secs_f32()
                ),
            )
            .at(Location::named(format!("git {} was ended", self.name())))
            .help("try again")
            .unreachable(),
            broken => in_folder(broken.of(format!("git {}", self.name())), &self.folder).other(),
        }
    }

    /// Runs it; any exit code but 0 is an error in git's own words.
    pub async fn done(self) -> Result<Finished, CapabilityError> {
        self.done_or(0).await
    }

    /// Runs it; any exit code but 0 and `also` is an error in git's own words.
    pub async fn done_or(self, also: i32) -> Result<Finished, CapabilityError> {
        let (name, folder) = (
            self.arguments.first().cloned().unwrap_or_default(),
            self.folder.clone(),
        );
        let finished = self.run().await?;
        if finished.success() || finished.code == Some(also) {
            return Ok(finished);
        }
        let code = match NO_OBJECT.iter().any(|sign| finished.stderr.contains(sign)) {
            true => OBJECT_MISSING,
            false => FAILED,
        };
        Err(in_folder(
            Diagnostic::new(
                code,
                format!("git {} failed: {}", name.display(), words(&finished)),
            ),
            &folder,
        )
        .other())
    }
}

/// What a git that answers requests is asked, for so long.
pub(super) async fn answer_within<T>(
    within: Duration,
    asked: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    tokio::time::timeout(within, asked)
        .await
        .unwrap_or_else(|_| {
            let why = format!("no answer within {} s", within.as_secs_f32());
            Err(io::Error::new(io::ErrorKind::TimedOut, why))
        })
}

/// Why it did not answer: in its own words, at most so many bytes, where it has ended with some.
pub(super) async fn unanswered(
    name: &str,
    git: Conversation,
    error: io::Error,
    most: usize,
) -> CapabilityError {
    let said = match error.kind() {
        io::ErrorKind::TimedOut => String::new(),
        _ => git.last_words().await,
    };
    let why = match said.trim() {
        "" => error.to_string(),
        said => redact_in_scope(&sanitize(said), most),
    };
    Diagnostic::new(FAILED, format!("git {name} failed: {why}")).other()
}

/// Why git failed, in its own words on one line.
pub(super) fn words(finished: &Finished) -> String {
    let said: Vec<&str> = finished
        .stderr
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("hint:"))
        .collect();
    if said.is_empty() {
        return match finished.code {
            Some(code) => format!("exit code {code}"),
            None => "ended by a signal".into(),
        };
    }
    redact_in_scope(&sanitize(&said.join("; ")), 600)
}

/// Where programs are looked for: absolute folders of this process's own PATH.
fn search_path() -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    match std::env::join_paths(folders) {
        Ok(path) if !path.is_empty() => path,
        _ => "/usr/local/bin:/usr/bin:/bin".into(),
    }
}

/// Where git finds such a program.
pub(super) fn installed(program: &str) -> Option<PathBuf> {
    find_program(OsStr::new(program), &search_path())
}

/// A path as git reads it in a list: within double quotes, where `:` has no meaning.
fn quoted(path: &Path) -> OsString {
    let text = path.as_os_str();
    match text.to_str() {
        Some(plain) => format!("\"{}\"", plain.replace('\\', "\\\\").replace('"', "\\\"")).into(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
