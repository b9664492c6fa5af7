//! A site: a remote, a developer, a plan, a state folder, a Compose project and a port, each for one
//! test alone. Dropped, it takes away what it left on the machine.

pub mod compose;
pub mod docker;
pub mod guest;
mod live;
pub mod page;
mod plan;
pub mod port;
pub mod program;
mod ran;
pub mod relay;
pub mod repository;
pub mod snapshot;
pub mod terminal;
pub mod trace;
pub mod workshop;

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

pub use docker::Container;
pub use live::Live;
pub use plan::{Entry, Plan};
pub use ran::{Ran, Said};
use repository::{Repository, git};

static SITES: AtomicUsize = AtomicUsize::new(0);

pub struct Site {
    folder: TempDir,
    repository: Repository,
    containers: bool,
    pub port: u16,
    /// Unique: the plan's name, the Compose project, part of every image's name.
    pub name: String,
    pub plan: Plan,
    /// What the program's environment has besides the usual.
    pub environment: Vec<(&'static str, String)>,
    /// User and group that the program runs as, where not the tests' own.
    pub user: Option<(u32, u32)>,
    pub program: PathBuf,
    pub plugins: PathBuf,
}

impl Site {
    /// Three steps: code, app, health.
    pub fn new(word: &str) -> Self {
        docker::ready();
        let mut site = Self::without_containers(word);
        site.containers = true;
        let project = format!("{:?}", site.name);
        let app = [
            ("file", "\"site/compose.yml\""),
            ("project", project.as_str()),
        ];
        site.plan
            .steps
            .insert(1, Entry::new("app", "compose-restart", &app));
        site.plan.set("health", "expect", "{ text = \"greeting\" }");
        site
    }

    /// Two steps: code, health.
    pub fn without_containers(word: &str) -> Self {
        let number = SITES.fetch_add(1, Ordering::Relaxed);
        let name = format!("dha{}-{number}-{word}", std::process::id());
        let folder = tempfile::Builder::new().prefix(&name).tempdir().unwrap();
        let repository = Repository::new(folder.path());
        let port = port::free();
        let url = format!("http://127.0.0.1:{port}/");
        let code = [
            ("tree", "\"site\""),
            ("remote", "\"origin\""),
            ("url", "\"./remote.git\""),
            ("ref", "\"main\""),
        ];
        let quoted = format!("{url:?}");
        let health = [
            ("url", quoted.as_str()),
            ("start_period", "\"10s\""),
            ("attempts", "3"),
            ("interval", "\"200ms\""),
        ];
        let plan = Plan {
            name: name.clone(),
            environment: "test",
            url,
            confirm: None,
            require: None,
            automatic: true,
            discord: None,
            secrets: "",
            steps: vec![
                Entry::new("code", "git-sync", &code),
                Entry::new("health", "http-healthcheck", &health),
            ],
            notifiers: Vec::new(),
        };
        Self {
            folder,
            repository,
            containers: false,
            port,
            name,
            plan,
            environment: Vec::new(),
            user: None,
            program: program::binary().to_owned(),
            plugins: program::plugins(),
        }
    }

    /// Pushes a commit with these files; its id.
    pub fn commit(&self, subject: &str, files: &[(&str, &str)]) -> String {
        let port = self.port.to_string();
        let meant = |text: &str| text.replace("@PORT@", &port).replace("@NAME@", &self.name);
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| (*path, meant(text)))
            .collect();
        self.repository.push(subject, &files)
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The work tree that the plan moves.
    pub fn tree(&self) -> PathBuf {
        self.path("site")
    }

    pub fn state(&self) -> PathBuf {
        self.path("state")
    }

    pub fn remote(&self) -> &Path {
        self.repository.remote()
    }

    /// The commit that the tree stands at.
    pub fn head(&self) -> String {
        git(&self.tree(), &["rev-parse", "HEAD"])
    }

    /// `deployhost run` on the site's plan.
    pub fn run(&self) -> Ran {
        self.run_with(&[])
    }

    pub fn run_with(&self, options: &[&str]) -> Ran {
        Live::start(self.command(&self.plan, "run", options)).end()
    }

    /// Another plan of the same site.
    pub fn run_plan(&self, plan: &Plan) -> Ran {
        Live::start(self.command(plan, "run", &[])).end()
    }

    /// `deployhost run --json`, under way.
    pub fn start(&self) -> Live {
        Live::start(self.command(&self.plan, "run", &["--json"]))
    }

    /// Another command on the site's plan or state.
    pub fn asks(&self, subcommand: &str, options: &[&str]) -> Ran {
        Live::start(self.command(&self.plan, subcommand, options)).end()
    }

    /// The command as it would be typed, in an environment of its own.
    pub fn command(&self, plan: &Plan, subcommand: &str, options: &[&str]) -> Command {
        let file = self.path(&format!("{}.toml", plan.environment));
        // In one piece, for those who start several at once.
        let mut new = tempfile::NamedTempFile::new_in(self.folder.path()).unwrap();
        write!(new, "{plan}").unwrap();
        new.as_file()
            .set_permissions(Permissions::from_mode(0o644))
            .unwrap();
        new.persist(&file).unwrap();
        let mut command = Command::new(&self.program);
        command.arg(subcommand).args(options);
        let flushes = options.contains(&"--flush");
        if subcommand != "show" && !flushes {
            command.arg("--plan").arg(&file);
        }
        if matches!(subcommand, "run" | "check" | "notify") {
            command.arg("--plugin-path").arg(&self.plugins);
        }
        command.arg("--state").arg(self.state());
        command.current_dir(self.folder.path()).env_clear();
        for name in ["PATH", "TZ", "TMPDIR"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command
            .env("HOME", self.folder.path())
            .env("LANG", "C.UTF-8");
        command.envs(self.environment.iter().cloned());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }

    /// What a visitor gets.
    pub fn page(&self) -> String {
        page::get(self.port, "/").unwrap_or_else(|why| panic!("no page: {why}"))
    }

    pub fn containers(&self) -> Vec<Container> {
        docker::containers(&self.name)
    }

    /// The only container of a service.
    pub fn container(&self, service: &str) -> Container {
        let mut all = self.containers();
        all.retain(|it| it.service == service);
        assert_eq!(all.len(), 1, "containers of {service}: {all:#?}");
        all.remove(0)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if self.containers {
            docker::sweep(&self.name);
            unlock(&self.name);
        }
    }
}

/// Takes the lock files of a project away, which the program itself must never do.
fn unlock(project: &str) {
    let Ok(entries) = std::fs::read_dir("/run/lock") else {
        return;
    };
    for entry in entries.map_while(Result::ok) {
        let name = entry.file_name();
        if name.to_string_lossy().contains(&format!("-{project}-")) {
            // Nothing is left to do where that fails.
            let _left = std::fs::remove_file(entry.path());
        }
    }
}
