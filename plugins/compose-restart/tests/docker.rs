//! A Docker in memory that behaves as docker-compose 1.29.2 was measured to, beside a work tree with
//! commits. It is no test of Docker; the plugin's decisions are held against it, because it knows
//! what each container really runs.

use std::collections::{BTreeMap, BTreeSet};

use deployhost_plugin::Failure;
use deployhost_plugin::compose::{Conflict, Dependency, KeptContainer, Source};
use deployhost_plugin::containers::Container;

pub const TREE: &str = "/srv/app";
pub const FILE: &str = "/srv/app/docker-compose.yml";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    Runs,
    /// Exits at once, and Docker starts it again.
    Loops,
    /// So many times, then it runs.
    LoopsTimes(u64),
    Exits {
        code: i64,
        after: u64,
    },
    /// Docker cannot start its command.
    Refuses,
    Healthy {
        after: u64,
    },
    Unhealthy,
}

/// A service in the Compose file.
#[derive(Debug, Clone)]
pub struct Spec {
    pub name: String,
    pub env: String,
    pub image: String,
    pub build: Option<String>,
    pub arg: String,
    pub mounts: Vec<String>,
    pub depends_on: Vec<Dependency>,
    pub shares: Vec<String>,
    pub volumes_from: Vec<String>,
    pub replicas: u32,
    pub behaviour: Behaviour,
    pub shows_commit: bool,
}

pub fn service(name: &str) -> Spec {
    Spec {
        name: name.into(),
        env: String::new(),
        image: "busybox:1".into(),
        build: None,
        arg: String::new(),
        mounts: vec![],
        depends_on: vec![],
        shares: vec![],
        volumes_from: vec![],
        replicas: 1,
        behaviour: Behaviour::Runs,
        shows_commit: false,
    }
}

impl Spec {
    pub fn env(mut self, env: &str) -> Self {
        self.env = env.into();
        self
    }
    pub fn image(mut self, image: &str) -> Self {
        self.image = image.into();
        self
    }
    pub fn build(mut self, path: &str) -> Self {
        self.build = Some(absolute(path));
        self.image = format!("app_{}", self.name);
        self
    }
    pub fn arg(mut self, arg: &str) -> Self {
        self.arg = arg.into();
        self
    }
    pub fn mount(mut self, path: &str) -> Self {
        self.mounts.push(absolute(path));
        self
    }
    pub fn after(self, service: &str) -> Self {
        self.waits(service, "service_started")
    }
    pub fn waits(mut self, service: &str, condition: &str) -> Self {
        self.depends_on.push(Dependency {
            service: service.into(),
            condition: condition.into(),
            restart: false,
        });
        self
    }
    pub fn restarts_with(mut self, service: &str) -> Self {
        self.depends_on.push(Dependency {
            service: service.into(),
            condition: "service_started".into(),
            restart: true,
        });
        self
    }
    pub fn shares(mut self, service: &str) -> Self {
        self.shares.push(service.into());
        self
    }
    pub fn volumes_from(mut self, service: &str) -> Self {
        self.volumes_from.push(service.into());
        self
    }
    pub fn replicas(mut self, count: u32) -> Self {
        self.replicas = count;
        self
    }
    pub fn behaves(mut self, behaviour: Behaviour) -> Self {
        self.behaviour = behaviour;
        self
    }
    pub fn shows_commit(mut self) -> Self {
        self.shows_commit = true;
        self
    }
}

#[derive(Debug, Clone, Default)]
pub struct FakeCommit {
    pub specs: Vec<Spec>,
    pub paths: BTreeMap<String, String>,
}

/// What a container really has in its hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runs {
    env: String,
    image: String,
    mounts: BTreeMap<String, (String, u64)>,
    /// The start of the container that it lives in; none where that is gone.
    lives_in: Vec<Option<String>>,
}

#[derive(Debug, Clone)]
pub struct Process {
    pub container: Container,
    /// What Compose labels it with.
    pub label: String,
    pub behaviour: Behaviour,
    pub at: u64,
    pub stopped: bool,
    pub runs: Runs,
    /// Its image, as the file calls it.
    pub named: String,
}

#[derive(Default)]
pub struct State {
    pub now: u64,
    pub count: u64,
    pub head: Option<String>,
    pub commits: BTreeMap<String, FakeCommit>,
    pub outside: BTreeMap<String, String>,
    pub folders: BTreeSet<String>,
    pub inodes: BTreeMap<String, u64>,
    pub names: BTreeMap<String, String>,
    pub images: BTreeSet<String>,
    pub registry: BTreeMap<String, String>,
    pub kept: BTreeSet<(String, String)>,
    pub processes: Vec<Process>,
    pub calls: Vec<String>,
    pub shown: Vec<String>,
    pub progress: Vec<String>,
    pub warned: Vec<String>,
    pub effects_left: Option<usize>,
    pub planning: bool,
    pub ignores_up: bool,
    /// The start since which nothing on the disk has changed.
    pub untouched_since: Option<String>,
    /// What others have made.
    pub others: Vec<Conflict>,
    /// By the id of the container that was kept: how it was made, and the id that stands for it now.
    pub found: BTreeMap<String, (Process, Option<String>)>,
    /// So often the daemon does not answer, once the clock moves.
    pub away: usize,
}
pub fn absolute(path: &str) -> String {
    if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{TREE}/{path}")
    }
}

impl State {
    pub fn effect(&mut self, call: String) -> Result<(), Failure> {
        assert!(!self.planning, "a plan has an effect: {call}");
        if let Some(left) = &mut self.effects_left {
            if *left == 0 {
                return Err(Failure::other("test.killed", "killed"));
            }
            *left -= 1;
        }
        self.calls.push(call);
        Ok(())
    }

    pub fn specs(&self) -> Result<&[Spec], Failure> {
        let head = self
            .head
            .as_ref()
            .ok_or_else(|| Failure::config("test.no-file", format!("{FILE} is missing")))?;
        Ok(&self.commits[head].specs)
    }

    pub fn spec(&self, service: &str) -> Spec {
        self.specs()
            .unwrap()
            .iter()
            .find(|it| it.name == service)
            .unwrap()
            .clone()
    }

    pub fn content_here(&self, path: &str) -> String {
        let head = self
            .head
            .as_ref()
            .and_then(|head| self.commits[head].paths.get(path));
        head.or_else(|| self.outside.get(path))
            .cloned()
            .unwrap_or_default()
    }

    pub fn inode(&self, path: &str) -> u64 {
        self.inodes.get(path).copied().unwrap_or_default()
    }

    pub fn wanted(&self, spec: &Spec) -> Runs {
        let of = |path: &String| (path.clone(), (self.content_here(path), self.inode(path)));
        let built = spec
            .build
            .as_ref()
            .map(|path| format!("sha256:built-{}{}", self.content_here(path), spec.arg));
        Runs {
            env: spec.env.clone(),
            image: built
                .unwrap_or_else(|| self.names.get(&spec.image).cloned().unwrap_or_default()),
            mounts: spec.mounts.iter().map(of).collect(),
            lives_in: self.lives_in(spec),
        }
    }

    fn lives_in(&self, spec: &Spec) -> Vec<Option<String>> {
        let start = |donor: &String| {
            let mut of_donor = self.processes.iter().map(|it| &it.container);
            let found = of_donor.find(|it| &it.service == donor)?;
            Some(format!("{} {}", found.id, found.started_at))
        };
        spec.shares.iter().map(start).collect()
    }

    /// What the host makes of the file.
    pub fn configuration(&self, spec: &Spec, commit: &str) -> String {
        let commit = if spec.shows_commit { commit } else { "" };
        let (env, behaviour, mounts) = (&spec.env, spec.behaviour, &spec.mounts);
        let bound = (&spec.shares, &spec.volumes_from);
        format!(
            "{env}|{behaviour:?}|{mounts:?}|{}|{bound:?}|{commit}",
            spec.image
        )
    }

    /// What Compose labels a container with.
    fn label(&self, spec: &Spec, commit: &str) -> String {
        let image = self.names.get(&spec.image).cloned().unwrap_or_default();
        format!("{}|{}|{image}", self.configuration(spec, commit), spec.arg)
    }

    /// `moved`: as if the tree stood at the commit.
    pub fn source(&self, path: &str, commit: &str, moved: bool) -> Source {
        let moved = moved || self.head.as_deref() == Some(commit);
        let folder = self.folders.contains(path);
        let tracked = self.commits.get(commit).and_then(|it| it.paths.get(path));
        let content = match tracked {
            Some(content) => format!("git:{content}"),
            None if folder || path.starts_with(TREE) => String::new(),
            None => self.outside.get(path).cloned().unwrap_or_default(),
        };
        Source {
            path: path.to_owned(),
            kind: match folder {
                true => "folder",
                false if moved && tracked.is_none() && path.starts_with(TREE) => "missing",
                false => "file",
            }
            .to_owned(),
            identity: format!("1:{}", self.inode(path)),
            content,
        }
    }

    /// `up -d` as people type it: what is labelled with another hash is replaced.
    pub fn up_by_hand(&mut self, name: &str) -> Result<(), Failure> {
        let spec = self.spec(name);
        let label = self.label(&spec, &self.head.clone().unwrap());
        let mut of_service = self
            .processes
            .iter()
            .filter(|it| it.container.service == name);
        match of_service.next() {
            Some(it) if it.label == label => {
                self.restart_all(name);
                Ok(())
            }
            _ => self.up(name, true),
        }
    }

    pub fn up(&mut self, name: &str, recreate: bool) -> Result<(), Failure> {
        let spec = self.spec(name);
        let image = self.names.get(&spec.image).cloned();
        let image = image.ok_or_else(|| {
            Failure::other("test.no-image", format!("no such image: {}", spec.image))
        })?;
        let commit = self.head.clone().unwrap();
        let label = self.label(&spec, &commit);
        let of_service = |it: &Process| it.container.service == *name;
        if spec.behaviour == Behaviour::Refuses {
            for old in self.processes.iter_mut().filter(|it| of_service(it)) {
                old.stopped = true;
                old.container.name = format!("{}_{}", old.container.id, old.container.name);
            }
            self.create(&spec, image, label, "created");
            return Err(Failure::other(
                "test.no-start",
                format!("cannot start service {name}: /nope: no such file"),
            ));
        }
        if recreate {
            self.processes.retain(|it| !of_service(it));
        }
        let wanted = usize::try_from(spec.replicas).unwrap();
        let mut kept = 0;
        self.processes.retain(|it| {
            kept += usize::from(of_service(it));
            !of_service(it) || kept <= wanted
        });
        for _ in kept..wanted {
            self.create(&spec, image.clone(), label.clone(), "running");
        }
        Ok(())
    }

    pub fn create(&mut self, spec: &Spec, image: String, label: String, state: &str) {
        self.count += 1;
        let container = Container {
            id: format!("c{}", self.count),
            name: format!("app_{}_1", spec.name),
            project: "app".into(),
            service: spec.name.clone(),
            image,
            state: state.into(),
            health: None,
            exit_code: 0,
            restart_count: 0,
            started_at: format!("t{}", self.count),
            shares: self.ids_of(&spec.shares),
            networks: vec![],
            config_files: vec!["docker-compose.yml".into()],
            compose_version: "1.29.2".into(),
        };
        let runs = Runs {
            image: container.image.clone(),
            ..self.wanted(spec)
        };
        let (behaviour, at) = (spec.behaviour, self.now);
        self.processes.push(Process {
            container,
            label,
            behaviour,
            at,
            stopped: false,
            runs,
            named: spec.image.clone(),
        });
    }

    pub fn keep_container(&mut self, id: &str) {
        let stands = self
            .found
            .values()
            .any(|(_, now)| now.as_deref() == Some(id));
        let process = self.processes.iter().find(|it| it.container.id == id);
        if let Some(process) = process.filter(|_| !stands).cloned() {
            self.found.entry(id.to_owned()).or_insert((process, None));
        }
    }

    pub fn kept_containers(&self) -> Vec<KeptContainer> {
        let there = |id: &&String| self.processes.iter().any(|it| &it.container.id == *id);
        let kept = self.found.iter().map(|(id, (process, now))| KeptContainer {
            id: id.clone(),
            service: process.container.service.clone(),
            name: process.container.name.clone(),
            running: !process.stopped,
            stands: now.as_ref().filter(there).cloned(),
        });
        kept.collect()
    }

    pub fn put_back(&mut self, service: &str, ids: &[String]) {
        self.processes.retain(|it| it.container.service != service);
        for id in ids {
            self.count += 1;
            let (count, now) = (self.count, self.now);
            let (kept, stands) = self.found.get_mut(id).unwrap();
            let mut process = kept.clone();
            let image = process.container.image.clone();
            self.names.insert(kept.named.clone(), image);
            process.container.id = format!("c{count}");
            process.container.started_at = format!("t{count}");
            process.at = now;
            *stands = Some(process.container.id.clone());
            self.processes.push(process);
        }
    }

    fn ids_of(&self, services: &[String]) -> Vec<String> {
        let processes = self.processes.iter().map(|it| &it.container);
        processes
            .filter(|it| services.contains(&it.service))
            .map(|it| it.id.clone())
            .collect()
    }

    pub fn restart(&mut self, index: usize) {
        self.count += 1;
        let (count, now) = (self.count, self.now);
        let mounts: Vec<String> = self.processes[index].runs.mounts.keys().cloned().collect();
        let fresh = mounts
            .iter()
            .map(|path| (self.content_here(path), self.inode(path)));
        let fresh: Vec<(String, u64)> = fresh.collect();
        let spec = self.spec(&self.processes[index].container.service.clone());
        let lives_in = self.lives_in(&spec);
        let process = &mut self.processes[index];
        process.container.started_at = format!("t{count}");
        process.container.state = "running".into();
        process.at = now;
        process.stopped = false;
        process.runs.lives_in = lives_in;
        for (path, content) in mounts.iter().zip(fresh) {
            if let Some(mounted) = process.runs.mounts.get_mut(path) {
                *mounted = content;
            }
        }
    }

    pub fn restart_all(&mut self, service: &str) {
        for index in 0..self.processes.len() {
            if self.processes[index].container.service == service {
                self.restart(index);
            }
        }
    }

    pub fn seen(&self) -> Vec<Container> {
        self.processes.iter().map(|it| it.seen(self.now)).collect()
    }
}

impl Process {
    fn seen(&self, now: u64) -> Container {
        let mut seen = self.container.clone();
        if seen.state == "created" || seen.state == "dead" {
            return seen;
        }
        let age = now - self.at;
        let again = |seen: &mut Container, times: u64| {
            seen.restart_count += times;
            seen.exit_code = 1;
            if times > 0 {
                seen.started_at = format!("{}+{times}", seen.started_at);
            }
        };
        match self.behaviour {
            _ if self.stopped => (seen.state, seen.exit_code) = ("exited".into(), 137),
            // Running in most samples.
            Behaviour::Loops => {
                again(&mut seen, age / 900);
                if age % 900 > 700 {
                    seen.state = "restarting".into();
                }
            }
            Behaviour::LoopsTimes(times) => again(&mut seen, (age / 900).min(times)),
            Behaviour::Exits { code, after } if age >= after => {
                (seen.state, seen.exit_code) = ("exited".into(), code);
            }
            Behaviour::Healthy { after } if age < after => seen.health = Some("starting".into()),
            Behaviour::Healthy { .. } => seen.health = Some("healthy".into()),
            Behaviour::Unhealthy => seen.health = Some("unhealthy".into()),
            Behaviour::Runs | Behaviour::Refuses | Behaviour::Exits { .. } => {}
        }
        seen
    }
}
