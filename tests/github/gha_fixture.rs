//! The machine of `examples/mangetamain`, with everything where the example says, below a folder of a
//! test's own: paths, addresses, names of containers and waiting times are the only things that differ.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;

use hello_server::Discord;

use super::runner::{Done, Runner, Step, WorkflowEvent};
use crate::fixture::repository::git;
use crate::fixture::{Fixture, docker, page, port};
use crate::support::program::repository;

pub const PREPROD: &str = "https://mangetamain.lafrance.io/";
pub const PRODUCTION: &str = "https://backtothefuturekitchen.lafrance.io/";

/// The files of the repository that is deployed.
const FILES: [&str; 6] = [
    "10_preprod/src/index.html",
    "10_preprod/src/start.sh",
    "20_prod/streamlit/index.html",
    "20_prod/streamlit/start.sh",
    "30_docker/docker-compose-preprod.yml",
    "30_docker/docker-compose-prod.yml",
];

pub struct GhaFixture {
    pub fixture: Fixture,
    pub discord: Discord,
    pub runner: Runner,
    /// The port of production; the fixture's is preproduction's.
    production: u16,
}

impl GhaFixture {
    /// A machine on which nothing runs yet: the tree is cloned, the plans are in place.
    pub fn new(word: &str) -> Self {
        let fixture = Fixture::new(word);
        let discord = Discord::listen("127.0.0.1:0", |_| {}).unwrap();
        let runner = Runner {
            folder: fixture.path("actions-runner"),
            home: fixture.path("home"),
            bin: fixture.path("bin"),
            // Tests are run by root, too, whose state folder is the machine's.
            steps: AtomicUsize::new(0),
            limit: fixture.limit(),
            environment: vec![("STATE_DIRECTORY", fixture.state().display().to_string())],
        };
        for folder in [
            "home",
            "bin",
            "etc/deployhost/mangetamain",
            "etc/deployhost/secrets",
        ] {
            std::fs::create_dir_all(fixture.path(folder)).unwrap();
        }
        std::os::unix::fs::symlink(&fixture.program, runner.bin.join("deployhost")).unwrap();
        let secret = fixture.path("etc/deployhost/secrets/discord-webhook");
        std::fs::write(&secret, format!("{}\n", discord.webhook())).unwrap();
        std::fs::set_permissions(&secret, Permissions::from_mode(0o600)).unwrap();
        let gha = Self {
            fixture,
            discord,
            runner,
            production: port::free(),
        };
        gha.push("Begin", &[]);
        git(
            &gha.fixture.path("home"),
            &[
                "clone",
                "--quiet",
                gha.fixture.remote().to_str().unwrap(),
                "mangetamain",
            ],
        );
        for plan in ["preprod.toml", "production.toml"] {
            gha.write_plan(plan, |text| text);
        }
        gha
    }

    /// A text of the example as this machine has it.
    fn here(&self, text: &str) -> String {
        let at = |path: &str| self.fixture.path(path).display().to_string();
        let url = |port: u16| format!("http://127.0.0.1:{port}/");
        let name = &self.fixture.name;
        text.replace("/home/dataia25/", &format!("{}/", at("home")))
            .replace("/etc/deployhost/", &format!("{}/", at("etc/deployhost")))
            .replace(PREPROD, &url(self.fixture.port))
            .replace(PRODUCTION, &url(self.production))
            .replace("https://discord.com", &self.discord.origin())
            .replace("project = \"30_docker\"", &format!("project = {name:?}"))
            .replace("start_period = \"3m\"", "start_period = \"5s\"")
            .replace("start_period = \"30s\"", "start_period = \"5s\"")
            .replace(
                "attempts = 10, interval = \"5s\"",
                "attempts = 3, interval = \"200ms\"",
            )
            .replace("deployhost-mangetamain/busybox", docker::BASE)
            .replace("\"8500:", &format!("\"127.0.0.1:{}:", self.fixture.port))
            .replace("\"8501:", &format!("\"127.0.0.1:{}:", self.production))
            .replace("mange_p", &format!("{name}-mange_p"))
    }

    /// A text of this machine as the example has it.
    pub fn there(&self, text: &str) -> String {
        let at = |path: &str| self.fixture.path(path).display().to_string();
        let url = |port: u16| format!("http://127.0.0.1:{port}/");
        let name = &self.fixture.name;
        // In a message an address is written so that it is no link.
        let text = text.replace("http\\://127.0.0.1:", "http://127.0.0.1:");
        text.replace(&at("home"), "/home/dataia25")
            .replace(&at("etc/deployhost"), "/etc/deployhost")
            .replace(&url(self.fixture.port), PREPROD)
            .replace(&url(self.production), PRODUCTION)
            .replace(&self.discord.origin(), "https://discord.com")
            .replace(&format!("{name}-mange_p"), "mange_p")
            .replace(name, "30_docker")
    }

    pub fn plan(&self, name: &str) -> PathBuf {
        self.fixture.path("etc/deployhost/mangetamain").join(name)
    }

    /// A plan of the example, but for what a test is about.
    pub fn write_plan(&self, name: &str, but: impl Fn(String) -> String) {
        let text = self.here(&example(name));
        std::fs::write(self.plan(name), but(text)).unwrap();
    }

    /// Pushes the example's repository, but for these files; the commit's id.
    pub fn push(&self, message: &str, but: &[(&str, &str)]) -> String {
        let files: Vec<(&str, String)> = FILES
            .iter()
            .map(|path| {
                let own = but.iter().find(|(own, _)| own == path);
                let text = own.map_or_else(
                    || example(&format!("repository/{path}")),
                    |(_, text)| (*text).to_owned(),
                );
                (*path, self.here(&text))
            })
            .collect();
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (*path, text.as_str()))
            .collect();
        self.fixture.commit(message, &files)
    }

    /// What the job of a workflow does when this happens.
    pub fn start(&self, workflow: &str, event: &WorkflowEvent) -> Step {
        let workflow = self.here(&example(&format!("workflows/{workflow}")));
        self.runner.start(&workflow, event)
    }

    pub fn pushed(&self, sha: &str, message: &str) -> Done {
        self.start("cd-preprod.yml", &WorkflowEvent::push(sha, message))
            .end()
    }

    pub fn confirmed(&self, sha: &str, word: &str) -> Done {
        self.start("cd-prod.yml", &WorkflowEvent::dispatch(sha, word))
            .end()
    }

    /// The work tree that both plans move.
    pub fn tree(&self) -> PathBuf {
        self.fixture.path("home/mangetamain")
    }

    /// The commit that a visitor is served by.
    pub fn preprod(&self) -> String {
        served(self.fixture.port)
    }

    pub fn production(&self) -> String {
        served(self.production)
    }

    /// What the channel was told since, one text a message.
    pub fn list_messages(&self, since: usize) -> Vec<String> {
        let messages = self.discord.messages();
        messages[since..]
            .iter()
            .map(|it| it.content().to_owned())
            .collect()
    }

    /// What must be read by nobody.
    pub fn token(&self) -> String {
        self.discord
            .webhook()
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned()
    }
}

fn served(port: u16) -> String {
    let commit = page::get(port, "/app/static/commit.txt");
    commit.unwrap_or_else(|why| why).trim().to_owned()
}

/// A file of the example.
pub fn example(path: &str) -> String {
    let file = repository().join("examples/mangetamain").join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
