//! A target whose steps, servers, commits and containers say every secret back; what its commands
//! said, and what they left.

use std::collections::BTreeMap;
use std::process::Command;

use hello_server::Discord;

use super::secret::{CanarySecret, Origins, borders, condensed, everything};
use super::server::{Server, WAYS};
use super::tls;
use crate::fixture::compose::services;
use crate::fixture::{FinishedCommand, Fixture, RunningCommand, trace};
use crate::support::misbehaving_plugin;

pub struct EchoFixture {
    pub fixture: Fixture,
    pub secrets: Vec<CanarySecret>,
    pub discord: Discord,
    server: Server,
    environment: Vec<(String, String)>,
    declared: String,
    guarded: bool,
    /// What commands said: on standard output, with `--json`, on standard error; by what they were.
    pub output: BTreeMap<&'static str, String>,
    /// What the last command said, for whoever looks for a fault.
    pub last: String,
    /// The calls that started the children of a run, as strace tells them.
    pub started: String,
}

/// How the step that repeats everything ends.
#[derive(Clone, Copy)]
pub enum End {
    Well = 0,
    FailsPlanning = 1,
    PanicsPlanning = 2,
    Fails = 3,
    Panics = 4,
}

impl EchoFixture {
    /// Guarded: the plan declares its secrets. Otherwise they are nobody's: what the program would
    /// say if it took care of none.
    pub fn new(word: &str, guarded: bool) -> Self {
        let fixture = match guarded {
            true => Fixture::new(word),
            false => Fixture::without_containers(word),
        };
        let discord = Discord::listen("127.0.0.1:0", |_| {}).unwrap();
        let server = Server::new();
        let origins = Origins {
            echo: server.origin(),
            discord: discord.origin(),
            webhook: discord.webhook(),
            tls: format!("https://127.0.0.1:{}", tls::untrusted()),
            refused: "http://127.0.0.1:9".to_owned(),
        };
        let secrets = CanarySecret::twelve(&origins);
        let (mut environment, mut declared) = (Vec::new(), String::new());
        for secret in &secrets {
            let line = secret.declare(&fixture.path(""), &mut environment);
            if guarded || secret.name == "discord" {
                declared += &line;
            }
        }
        // Whoever deploys may be called like a secret.
        environment.push(("USER".to_owned(), secrets[3].value.clone()));
        let (all, at_borders, short) =
            (everything(&secrets), borders(&secrets), condensed(&secrets));
        let refusal = format!("ERR {short}");
        let service = "# service=git-upload-pack\n";
        let advertised = format!(
            "{:04x}{service}0000{:04x}{refusal}",
            service.len() + 4,
            refusal.len() + 4
        );
        server.says(vec![
            ("/all", all),
            ("/borders", at_borders),
            ("/info/refs", advertised),
        ]);
        let printing = "command: [busybox, sh, -c, \"busybox cat /said; exit 1\"]";
        let compose = services(&[("web", &[printing, "volumes: [\"./said:/said:ro\"]"])]);
        fixture.commit(
            &short.replace('\n', " "),
            &[("compose.yml", &compose), ("said", &short)],
        );
        Self {
            fixture,
            secrets,
            discord,
            server,
            environment,
            declared,
            guarded,
            output: BTreeMap::new(),
            last: String::new(),
            started: String::new(),
        }
    }

    /// A step that repeats what a server says.
    pub fn repeating(&self, end: End) -> String {
        let output = [self.server.origin()];
        let says = self.parrot("says", end, &["/all", "/borders"], (&output, &[]), &output);
        self.code() + &says
    }

    /// One that uses every secret, and repeats what comes back of it: of each by some of the ways in
    /// which an answer can go wrong, of all by all.
    pub fn using(&self, end: End, each: usize) -> String {
        if !self.guarded {
            return self.repeating(end);
        }
        let (mut to, mut with, mut grants) = (Vec::new(), Vec::new(), Vec::new());
        let mut ways = WAYS.iter().cycle();
        for secret in &self.secrets {
            let CanarySecret { name, origin, .. } = secret;
            if matches!(*name, "unused" | "discord") {
                continue;
            }
            let reference = format!("${{secret.{name}}}");
            grants.push(origin.clone());
            for way in std::iter::once(&"/body").chain(ways.by_ref().take(each)) {
                let (address, token) = match secret.is_url() {
                    true => (reference.as_str(), String::new()),
                    false => (origin.as_str(), reference.clone()),
                };
                to.push(format!("{address}{way}"));
                with.push(token);
            }
        }
        assert!(each == 0 || to.len() > WAYS.len());
        self.code() + &self.parrot("uses", end, &[""], (&to, &with), &grants)
    }

    /// One that is refused in words of the plugin, which quote the config.
    pub fn refused(&self) -> String {
        let plugin = misbehaving_plugin::file().display().to_string();
        step(
            "says",
            &plugin,
            "{ do = \"say\", text = \"${secret.hook-env}\" }",
        ) + &format!(
            "grant.http = [{{ origin = \"https://kanarie.invalid\" }}]\n{}",
            self.nobodys()
        )
    }

    /// The misbehaving plugin asks for containers: those of a project that has none, and that no other run locks.
    fn nobodys(&self) -> String {
        let name = &self.fixture.name;
        format!("grant.containers = [{{ project = \"{name}-nobodys\" }}]\n")
    }

    fn code(&self) -> String {
        let config =
            "{ tree = \"site\", remote = \"origin\", url = \"./remote.git\", ref = \"main\" }";
        step("code", "git-sync", config)
    }

    fn parrot(
        &self,
        name: &str,
        end: End,
        paths: &[&str],
        (to, with): (&[String], &[String]),
        grants: &[String],
    ) -> String {
        let config = format!(
            "{{ do = \"parrot\", n = {}, text = {:?}, to = {to:?}, with = {with:?} }}",
            end as u8,
            paths.join(" "),
        );
        let mut grants = grants.to_vec();
        grants.sort();
        grants.dedup();
        let grants: Vec<String> = grants
            .iter()
            .map(|origin| format!("{{ origin = {origin:?}, methods = [\"GET\", \"POST\"] }}"))
            .collect();
        let plugin = misbehaving_plugin::file().display().to_string();
        step(name, &plugin, &config)
            + &format!("grant.http = [{}]\n{}", grants.join(", "), self.nobodys())
    }

    /// A remote that says why it refuses.
    pub fn refused_by_git(&self) -> String {
        let remote = format!("{}/x.git", self.server.origin());
        let config = format!("{{ tree = \"site\", remote = {remote:?}, ref = \"main\" }}");
        step("code", "git-sync", &config)
    }

    /// A container that prints, and ends.
    pub fn printed(&self) -> String {
        let config = format!(
            "{{ file = \"site/compose.yml\", project = {:?} }}",
            self.fixture.name
        );
        step("app", "compose-restart", &config)
    }

    /// Runs a plan of these steps; its exit code.
    pub fn run(&mut self, steps: &str, options: &[&str]) -> i32 {
        let command = self.command(steps, "run", options);
        let ran = RunningCommand::start(command, self.fixture.limit()).end();
        self.keep(ran, options)
    }

    /// As [`Self::run`], and keeps with which arguments and environments its children were started.
    pub fn run_traced(&mut self, steps: &str) -> i32 {
        let lines = self.fixture.path("started.trace");
        let command = trace::starts(&self.command(steps, "run", &[]), &lines);
        let ran = RunningCommand::start(command, self.fixture.limit()).end();
        let text = std::fs::read_to_string(&lines);
        let text = text.unwrap_or_else(|error| panic!("strace: {error}: apt-get install strace"));
        // The first is the program itself, whose environment is where its secrets are.
        let (_, children) = text.split_once('\n').unwrap();
        self.started = children.to_owned();
        self.keep(ran, &[])
    }

    /// As [`Self::run`], as a step of a job of GitHub Actions, whose commit and actor say secrets too.
    pub fn run_in_a_job(&mut self, steps: &str) -> i32 {
        let all = condensed(&self.secrets);
        let event = serde_json::json!({
            "head_commit": {
                "id": "1".repeat(40),
                "message": all,
                "author": { "name": all.lines().next(), "email": "a@example.org" },
            },
        });
        let file = |name: &str| self.fixture.path(name);
        std::fs::write(file("event.json"), event.to_string()).unwrap();
        let mut command = self.command(steps, "run", &[]);
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_ACTOR", &self.secrets[1].value)
            .env("GITHUB_EVENT_NAME", "push")
            .env("GITHUB_EVENT_PATH", file("event.json"))
            .env("GITHUB_STEP_SUMMARY", file("summary.md"))
            .env("GITHUB_OUTPUT", file("output"));
        let ran = RunningCommand::start(command, self.fixture.limit()).end();
        let log = [ran.out.as_str(), &ran.err].concat();
        // These are not in the log: they are what the runner strikes out of it.
        let log: Vec<&str> = log
            .lines()
            .filter(|line| !line.starts_with("::add-mask::"))
            .collect();
        let read = |name: &str| std::fs::read_to_string(self.fixture.path(name)).unwrap();
        let (summary, output) = (read("summary.md"), read("output"));
        for (kind, text) in [
            ("job's log", log.join("\n")),
            ("job's page", summary),
            ("job's outputs", output),
        ] {
            *self.output.entry(kind).or_default() += &text;
        }
        self.last = ran.to_string();
        ran.status.code().unwrap_or(-1)
    }

    /// Asks of what was kept, in every way.
    pub fn look_back(&mut self) {
        let steps = &self.repeating(End::Well);
        let history = RunningCommand::start(
            self.command(steps, "history", &["--json"]),
            self.fixture.limit(),
        )
        .end();
        let runs: Vec<String> = history
            .out
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|run| run["run"].as_str().unwrap().to_owned())
            .collect();
        assert!(runs.len() > 3, "{history}");
        self.keep(history, &["--json"]);
        for run in &runs {
            for options in [
                &[run.as_str(), "--logs"][..],
                &[run.as_str(), "--logs", "--json"],
            ] {
                let ran = RunningCommand::start(
                    self.command(steps, "show", options),
                    self.fixture.limit(),
                )
                .end();
                assert_eq!(ran.status.code(), Some(0), "{}", ran.err);
                let kind = ["show --logs", "show --logs --json"][options.len() - 2];
                *self.output.entry(kind).or_default() += &ran.out;
            }
        }
        for (command, options) in [
            ("history", &[][..]),
            ("status", &[]),
            ("status", &["--json"]),
        ] {
            let ran =
                RunningCommand::start(self.command(steps, command, options), self.fixture.limit())
                    .end();
            self.keep(ran, options);
        }
        let state = self.fixture.state().display().to_string();
        let ran = RunningCommand::start(
            self.command(steps, "check", &["--state", &state]),
            self.fixture.limit(),
        )
        .end();
        self.keep(ran, &[]);
    }

    fn keep(&mut self, ran: FinishedCommand, options: &[&str]) -> i32 {
        let kind = match options.contains(&"--json") {
            true => "--json",
            false => "standard output",
        };
        *self.output.entry(kind).or_default() += &ran.out;
        *self.output.entry("standard error").or_default() += &ran.err;
        self.last = ran.to_string();
        ran.status.code().unwrap_or(-1)
    }

    fn command(&self, steps: &str, subcommand: &str, options: &[&str]) -> Command {
        let Self {
            fixture, declared, ..
        } = self;
        let mut command = fixture.command(&fixture.plan, subcommand, options);
        let plan = format!(
            "version = 1\nname = {:?}\nenvironment = \"test\"\ntimeout = \"1m\"\nretries = 0\n\n\
             [secrets]\n{declared}{steps}\n\
             [[notify]]\nname = \"discord\"\nplugin = \"discord-notify\"\n\
             config = {{ webhook = \"${{secret.discord}}\" }}\n",
            fixture.name
        );
        // In the place of the plan that the fixture wrote.
        std::fs::write(fixture.path("test.toml"), plan).unwrap();
        command
            .env("CREDENTIALS_DIRECTORY", fixture.path("credentials"))
            .env("RUST_LOG", "trace,hyper=trace,hyper_util=trace,reqwest=trace,rustls=trace,bollard=trace,wasmtime=trace")
            .envs(self.environment.iter().cloned());
        command
    }
}

fn step(name: &str, plugin: &str, config: &str) -> String {
    format!("\n[[step]]\nname = {name:?}\nplugin = {plugin:?}\nconfig = {config}\n")
}
