//! A target: a machine in memory, a plan's entry, its last receipt, and what people do to it by hand.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use compose_restart::carry_out::{carry_out, take_back};
use compose_restart::config::Config;
use compose_restart::machine::Machine;
use compose_restart::proposal::propose;
use deployhost_plugin::compose::{Conflict, Difference, KeptContainer, Neighbour, Service};
use deployhost_plugin::containers::Container;
use deployhost_plugin::{Context, Duration, Failure, Proposal, Receipt, serde_json};

pub use crate::docker::{Behaviour, service};
use crate::docker::{FILE, FakeCommit, Process, Spec, State, TREE, absolute};

/// The target: its machine, its plan's entry, its last receipt.
pub struct DeployTarget {
    state: RefCell<State>,
    commit: RefCell<Option<String>>,
    pub config: Config,
    pub last: Option<String>,
    /// The host can show a commit before the tree has moved.
    pub shows_ahead: bool,
    /// How a container that nobody knows anything of differs.
    pub differs: Difference,
}

pub fn config(json: serde_json::Value) -> Config {
    serde_json::from_value(json).unwrap()
}

impl DeployTarget {
    /// `busybox:1` is here.
    pub fn new() -> Self {
        let target = Self {
            state: RefCell::default(),
            commit: RefCell::default(),
            config: config(serde_json::json!({ "file": FILE, "start_timeout": "20s" })),
            last: None,
            shows_ahead: false,
            differs: Difference {
                told: vec![],
                volumes: vec![],
            },
        };
        target.image("busybox:1", "busybox");
        target
    }

    pub fn configured(mut self, json: serde_json::Value) -> Self {
        let mut whole = serde_json::json!({ "file": FILE, "start_timeout": "20s" });
        whole
            .as_object_mut()
            .unwrap()
            .extend(json.as_object().unwrap().clone());
        self.config = config(whole);
        self
    }

    /// A commit: the Compose file's services, and what other paths hold.
    pub fn commit(&self, id: &str, specs: impl IntoIterator<Item = Spec>, paths: &[(&str, &str)]) {
        let mut state = self.state.borrow_mut();
        let specs: Vec<Spec> = specs.into_iter().collect();
        let paths = paths
            .iter()
            .map(|(path, content)| (absolute(path), (*content).to_owned()));
        let mut paths: BTreeMap<String, String> = paths.collect();
        paths.insert(FILE.into(), format!("{specs:?}"));
        state.commits.insert(id.into(), FakeCommit { specs, paths });
    }

    pub fn image(&self, name: &str, id: &str) {
        let id = format!("sha256:{id}");
        let mut state = self.state.borrow_mut();
        state.images.insert(id.clone());
        state.names.insert(name.into(), id);
    }
    pub fn registry(&self, name: &str, id: &str) {
        self.state
            .borrow_mut()
            .registry
            .insert(name.into(), format!("sha256:{id}"));
    }
    pub fn remove_image(&self, id: &str) {
        self.state
            .borrow_mut()
            .images
            .remove(&format!("sha256:{id}"));
    }
    pub fn outside(&self, path: &str, content: &str) {
        self.state
            .borrow_mut()
            .outside
            .insert(path.into(), content.into());
    }
    pub fn folder(&self, path: &str) {
        self.state.borrow_mut().folders.insert(absolute(path));
    }
    /// Deleted and made anew.
    pub fn replace(&self, path: &str) {
        *self
            .state
            .borrow_mut()
            .inodes
            .entry(absolute(path))
            .or_default() += 1;
    }
    /// `git reset --hard`, by git-sync or by hand.
    pub fn move_tree(&self, id: &str) {
        self.state.borrow_mut().head = Some(id.into());
    }
    pub fn pass(&self, ms: u64) {
        self.state.borrow_mut().now += ms;
    }
    /// The next effect after so many does not happen, nor any after it.
    pub fn kill_after(&self, effects: usize) {
        self.state.borrow_mut().effects_left = Some(effects);
    }
    /// `up` ends well and does nothing.
    pub fn ignores_up(&self) {
        self.state.borrow_mut().ignores_up = true;
    }
    pub fn daemon_goes_away(&self, times: usize) {
        self.state.borrow_mut().away = times;
    }

    pub fn context(&self, to: &str) -> Context {
        let state = self.state.borrow();
        let empty = BTreeMap::new();
        let to_paths = &state.commits[to].paths;
        let at_paths = state
            .head
            .as_ref()
            .map_or(&empty, |head| &state.commits[head].paths);
        let differs = |path: &&String| to_paths.get(*path) != at_paths.get(*path);
        let changed: BTreeSet<&str> = to_paths
            .keys()
            .chain(at_paths.keys())
            .filter(differs)
            .filter_map(|path| path.strip_prefix("/srv/app/"))
            .collect();
        let tree =
            serde_json::json!({ "path": TREE, "at": state.head, "to": to, "changed": changed });
        let commit = serde_json::json!({ "id": to, "subject": "\"it's\" `text`", "author": "A" });
        Context {
            last: self.last.clone(),
            outputs: vec![
                ("commit".into(), commit.to_string()),
                ("tree".into(), tree.to_string()),
            ],
            ..Context::default()
        }
    }

    /// With every effect denied.
    pub fn propose(&self, to: &str, pin: Option<&str>) -> Result<Proposal, Failure> {
        *self.commit.borrow_mut() = Some(to.into());
        self.state.borrow_mut().planning = true;
        let proposal = propose(self, &self.context(to), &self.config, pin);
        self.state.borrow_mut().planning = false;
        proposal
    }
    pub fn plan(&self, to: &str) -> Vec<(String, String)> {
        self.propose(to, None).unwrap().actions
    }
    /// git-sync, then this step; the receipt is remembered.
    pub fn deploy(&mut self, to: &str) -> Result<Receipt, Failure> {
        self.move_tree(to);
        self.apply(to, None)
    }
    pub fn apply(&mut self, to: &str, pin: Option<&str>) -> Result<Receipt, Failure> {
        *self.commit.borrow_mut() = Some(to.into());
        self.state.borrow_mut().calls.clear();
        let receipt = carry_out(self, &self.context(to), &self.config, pin);
        self.state.borrow_mut().effects_left = None;
        let receipt = receipt?;
        self.last.clone_from(&receipt.pin);
        Ok(receipt)
    }
    pub fn undo(&self) -> Result<(), Failure> {
        self.state.borrow_mut().calls.clear();
        take_back(self, &self.config)
    }

    /// What was called since the last `apply` began, reading aside.
    pub fn calls(&self) -> Vec<String> {
        self.state.borrow().calls.clone()
    }
    /// Calls that change something.
    pub fn changes(&self) -> Vec<String> {
        let preparing = |call: &String| {
            ["pull", "build", "keep"]
                .iter()
                .any(|it| call.starts_with(it))
        };
        self.calls()
            .into_iter()
            .filter(|call| !preparing(call))
            .collect()
    }
    pub fn kept(&self) -> Vec<(String, String)> {
        self.state.borrow().kept.iter().cloned().collect()
    }
    pub fn shown(&self) -> Vec<String> {
        self.state.borrow().shown.clone()
    }
    pub fn reported(&self) -> Vec<String> {
        self.state.borrow().progress.clone()
    }
    /// It ends, and Docker starts it again.
    pub fn ends_by_itself(&self, service: &str, times: u64) {
        let mut state = self.state.borrow_mut();
        let of_service = |it: &&mut Process| it.container.service == service;
        for process in state.processes.iter_mut().filter(of_service) {
            process.container.restart_count += times;
        }
    }
    /// Nothing on the disk has changed since the containers of a service were started last.
    pub fn untouched_since_start_of(&self, service: &str) {
        let mut state = self.state.borrow_mut();
        let starts = state.seen().into_iter().filter(|it| it.service == service);
        let first = starts.map(|it| it.started_at).min();
        state.untouched_since = first;
    }
    pub fn warned(&self) -> Vec<String> {
        self.state.borrow().warned.clone()
    }
    pub fn processes(&self) -> Vec<Container> {
        self.state.borrow().seen()
    }

    /// By hand, behind deployhost's back: each makes another start of it.
    pub fn up_by_hand(&self, services: &[&str]) {
        for service in services {
            self.state.borrow_mut().up_by_hand(service).unwrap();
        }
    }
    pub fn recreate_by_hand(&self, service: &str) {
        self.state.borrow_mut().up(service, true).unwrap();
    }
    pub fn restart_by_hand(&self, service: &str) {
        self.state.borrow_mut().restart_all(service);
    }
    pub fn stop_by_hand(&self, service: &str) {
        let mut state = self.state.borrow_mut();
        state
            .processes
            .iter_mut()
            .filter(|it| it.container.service == service)
            .for_each(|it| it.stopped = true);
    }
    pub fn remove_by_hand(&self, service: &str) {
        self.state
            .borrow_mut()
            .processes
            .retain(|it| it.container.service != service);
    }
    /// A container that others have made, in the place of a service.
    pub fn other(&self, conflict: Conflict) {
        self.state.borrow_mut().others.push(conflict);
    }
    pub fn edit(&self, service: &str, edit: impl Fn(&mut Container)) {
        let mut state = self.state.borrow_mut();
        state
            .processes
            .iter_mut()
            .filter(|it| it.container.service == service)
            .for_each(|it| edit(&mut it.container));
    }

    /// Services whose containers run something else than the tree, the images and the file say.
    pub fn stale(&self) -> Vec<String> {
        let state = self.state.borrow();
        let specs = &state.commits[state.head.as_ref().unwrap()].specs;
        let stale = |spec: &&Spec| {
            let of_service = |it: &&Process| it.container.service == spec.name;
            let processes: Vec<&Process> = state.processes.iter().filter(of_service).collect();
            let wanted = state.wanted(spec);
            processes.is_empty() || processes.iter().any(|it| it.runs != wanted)
        };
        specs
            .iter()
            .filter(stale)
            .map(|spec| spec.name.clone())
            .collect()
    }

    fn rendered(&self, specs: &[Spec], moved: bool) -> Vec<Service> {
        let state = self.state.borrow();
        let commit = self.commit.borrow().clone().unwrap_or_default();
        let rendered = |spec: &Spec| Service {
            name: spec.name.clone(),
            configuration: state.configuration(spec, &commit),
            configuration_but_commit: state.configuration(spec, "any"),
            compose_version: "1.29.2".into(),
            replicas: spec.replicas,
            image: spec.image.clone(),
            image_id: state.names.get(&spec.image).cloned(),
            build: spec
                .build
                .as_ref()
                .map(|path| state.source(path, &commit, moved)),
            build_configuration: spec.arg.clone(),
            mounts: spec
                .mounts
                .iter()
                .map(|path| state.source(path, &commit, moved))
                .collect(),
            restart: String::new(),
            health: false,
            depends_on: spec.depends_on.clone(),
            shares: spec.shares.clone(),
            volumes_from: spec.volumes_from.clone(),
            networks: vec![],
        };
        let granted = |spec: &&Spec| {
            self.config
                .services
                .as_ref()
                .is_none_or(|it| it.contains(&spec.name))
        };
        specs.iter().filter(granted).map(rendered).collect()
    }
}

impl Machine for DeployTarget {
    fn inputs(&self) -> Result<Vec<String>, Failure> {
        self.state.borrow().specs()?;
        Ok(vec![
            FILE.into(),
            format!("{TREE}/.env"),
            format!("{TREE}/app.env"),
        ])
    }
    fn services(&self) -> Result<Vec<Service>, Failure> {
        let state = self.state.borrow();
        Ok(self.rendered(state.specs()?, false))
    }
    fn services_ahead(&self) -> Result<Option<Vec<Service>>, Failure> {
        let state = self.state.borrow();
        let commit = self.commit.borrow().clone().unwrap_or_default();
        let there = self.shows_ahead && state.head.is_some();
        Ok(there.then(|| self.rendered(&state.commits[&commit].specs, true)))
    }
    fn unchanged_since(&self, _: &str, since: &str) -> Result<bool, Failure> {
        Ok(self.state.borrow().untouched_since.as_deref() == Some(since))
    }
    fn containers(&self) -> Result<Vec<Container>, Failure> {
        let mut state = self.state.borrow_mut();
        if state.away > 0 && state.now > 0 {
            state.away -= 1;
            return Err(Failure::temporary(
                "test.away",
                "the daemon does not answer",
            ));
        }
        let granted = |it: &Container| match &self.config.services {
            Some(services) => services.contains(&it.service),
            None => true,
        };
        Ok(state.seen().into_iter().filter(granted).collect())
    }
    fn neighbours(&self) -> Result<Vec<Neighbour>, Failure> {
        let state = self.state.borrow();
        let specs = state.specs()?;
        let services = self.config.services.as_ref();
        let granted = |it: &Container| services.is_none_or(|them| them.contains(&it.service));
        let defined = |it: &Container| specs.iter().any(|spec| spec.name == it.service);
        let others = state.seen().into_iter();
        let others = others.filter(|it| !(granted(it) && defined(it)));
        let neighbour = |it: Container| Neighbour {
            running: it.state == "running",
            defined: defined(&it),
            service: it.service,
            container: it.name,
            shares: it.shares,
        };
        Ok(others.map(neighbour).collect())
    }
    fn conflicts(&self) -> Result<Vec<Conflict>, Failure> {
        Ok(self.state.borrow().others.clone())
    }
    fn differences(&self, _: &str, _: &str) -> Result<Difference, Failure> {
        Ok(self.differs.clone())
    }
    fn kept_containers(&self) -> Result<Vec<KeptContainer>, Failure> {
        Ok(self.state.borrow().kept_containers())
    }
    fn keep_container(&self, service: &str, id: &str) -> Result<(), Failure> {
        let mut state = self.state.borrow_mut();
        state.effect(format!("keep container of {service}"))?;
        state.keep_container(id);
        Ok(())
    }
    fn remove(&self, service: &str, id: &str, _: Duration) -> Result<(), Failure> {
        let mut state = self.state.borrow_mut();
        state.effect(format!("remove {id} for {service}"))?;
        state.others.retain(|it| it.id != id);
        Ok(())
    }
    fn put_back(&self, service: &str, ids: &[String]) -> Result<(), Failure> {
        let mut state = self.state.borrow_mut();
        state.effect(format!("put back {service}"))?;
        state.put_back(service, ids);
        Ok(())
    }
    fn has_image(&self, image: &str) -> Result<bool, Failure> {
        Ok(self.state.borrow().images.contains(image))
    }
    fn pull(&self, service: &str, policy: &str) -> Result<(), Failure> {
        let mut state = self.state.borrow_mut();
        state.effect(format!("pull {service} {policy}"))?;
        let name = state.spec(service).image;
        let id = state.registry.get(&name).cloned();
        let id = id.ok_or_else(|| {
            Failure::other("test.no-manifest", format!("manifest for {name} not found"))
        })?;
        state.images.insert(id.clone());
        state.names.insert(name, id);
        Ok(())
    }
    fn build(&self, service: &str) -> Result<(), Failure> {
        let mut state = self.state.borrow_mut();
        state.effect(format!("build {service}"))?;
        let spec = state.spec(service);
        let content = state.content_here(&spec.build.unwrap());
        if content == "broken" {
            return Err(Failure::other("test.build", "exit status 1"));
        }
        let id = format!("sha256:built-{content}{}", spec.arg);
        state.images.insert(id.clone());
        state.names.insert(spec.image, id);
        Ok(())
    }
    fn keep(&self, service: &str, image: &str) -> Result<(), Failure> {
        let mut state = self.state.borrow_mut();
        state.effect(format!("keep {service} {image}"))?;
        assert!(
            state.images.contains(image),
            "keeping an image that is not here: {image}"
        );
        state.kept.insert((service.into(), image.into()));
        Ok(())
    }
    fn use_image(&self, service: &str, image: &str) -> Result<(), Failure> {
        let mut state = self.state.borrow_mut();
        state.effect(format!("use {service} {image}"))?;
        let name = state.spec(service).image;
        state.names.insert(name, image.into());
        Ok(())
    }
    fn up(&self, service: &str, recreate: bool) -> Result<(), Failure> {
        let mut state = self.state.borrow_mut();
        let verb = if recreate { "recreate" } else { "bring up" };
        state.effect(format!("{verb} {service}"))?;
        if state.ignores_up {
            return Ok(());
        }
        state.up(service, recreate)
    }
    fn restart(&self, id: &str, _: Duration) -> Result<(), Failure> {
        let mut state = self.state.borrow_mut();
        let index = state
            .processes
            .iter()
            .position(|it| it.container.id == id)
            .unwrap();
        let service = state.processes[index].container.service.clone();
        state.effect(format!("restart {service}"))?;
        state.restart(index);
        Ok(())
    }
    fn stop(&self, id: &str, _: Duration) -> Result<(), Failure> {
        let mut state = self.state.borrow_mut();
        let index = state
            .processes
            .iter()
            .position(|it| it.container.id == id)
            .unwrap();
        let service = state.processes[index].container.service.clone();
        state.effect(format!("stop {service}"))?;
        state.processes[index].stopped = true;
        Ok(())
    }
    fn show_logs(&self, id: &str) {
        let mut state = self.state.borrow_mut();
        let service = state
            .processes
            .iter()
            .find(|it| it.container.id == id)
            .map(|it| it.container.service.clone());
        state.shown.extend(service);
    }
    fn now_ms(&self) -> u64 {
        self.state.borrow().now
    }
    fn sleep(&self, time: Duration) -> Result<(), Failure> {
        self.state.borrow_mut().now += time.as_millis();
        Ok(())
    }
    fn progress(&self, done: usize, total: usize, message: &str) {
        self.state
            .borrow_mut()
            .progress
            .push(format!("{done} of {total}: {message}"));
    }
    fn warn(&self, line: &str) {
        self.state.borrow_mut().warned.push(line.into());
    }
}
