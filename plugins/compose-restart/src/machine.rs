//! What this plugin asks of the machine, as a port, so that everything around it is tested with a
//! machine that is none. Each call is one of the host's; the host denies what the plan does not grant.

use deployhost_plugin::compose::{
    self, Conflict, Difference, KeptContainer, Neighbour, Project, Service,
};
use deployhost_plugin::containers::{self, Container};
use deployhost_plugin::{Duration, Failure, clock, log, progress};

pub trait Machine {
    /// The files that decide what the services are, the Compose files included.
    fn inputs(&self) -> Result<Vec<String>, Failure>;
    fn services(&self) -> Result<Vec<Service>, Failure>;
    /// As they will be when the tree has moved. None: this cannot be seen yet.
    fn services_ahead(&self) -> Result<Option<Vec<Service>>, Failure>;
    /// Has nothing that is watched changed on the disk since then?
    fn unchanged_since(&self, service: &str, since: &str) -> Result<bool, Failure>;
    fn containers(&self) -> Result<Vec<Container>, Failure>;
    /// Containers of services that are not looked after, or are gone from the file.
    fn neighbours(&self) -> Result<Vec<Neighbour>, Failure>;
    fn has_image(&self, image: &str) -> Result<bool, Failure>;
    /// Containers that stand in the place of the services, and that these files did not make.
    fn conflicts(&self) -> Result<Vec<Conflict>, Failure>;
    /// Of a container to its service.
    fn differences(&self, service: &str, id: &str) -> Result<Difference, Failure>;
    fn kept_containers(&self) -> Result<Vec<KeptContainer>, Failure>;

    /// How a container was made, so that it can be put back.
    fn keep_container(&self, service: &str, id: &str) -> Result<(), Failure>;
    fn pull(&self, service: &str, policy: &str) -> Result<(), Failure>;
    fn build(&self, service: &str) -> Result<(), Failure>;
    /// Two images of one service can be kept by one run: the one before and the one after.
    fn keep(&self, service: &str, image: &str) -> Result<(), Failure>;

    fn use_image(&self, service: &str, image: &str) -> Result<(), Failure>;
    /// Replaces every container of the service, or, without `recreate`, adds or removes some.
    fn up(&self, service: &str, recreate: bool) -> Result<(), Failure>;
    fn restart(&self, id: &str, timeout: Duration) -> Result<(), Failure>;
    fn stop(&self, id: &str, timeout: Duration) -> Result<(), Failure>;
    /// One of [`Machine::conflicts`], which was kept.
    fn remove(&self, service: &str, id: &str, timeout: Duration) -> Result<(), Failure>;
    /// In place of the service's containers, those that were kept under these ids.
    fn put_back(&self, service: &str, ids: &[String]) -> Result<(), Failure>;

    /// Shows the operator a container's last lines.
    fn show_logs(&self, id: &str);
    fn now_ms(&self) -> u64;
    fn sleep(&self, time: Duration) -> Result<(), Failure>;
    fn progress(&self, done: usize, total: usize, message: &str);
    fn warn(&self, line: &str);
}

/// The host, for one project at one commit.
pub struct HostMachine {
    project: Project,
}

impl HostMachine {
    /// An empty name stands for Compose's own rule; the host fills it in.
    pub fn new(files: &[String], name: Option<&str>, commit: Option<&str>) -> Self {
        Self {
            project: Project {
                files: files.to_vec(),
                name: name.unwrap_or_default().to_owned(),
                commit: commit.map(str::to_owned),
            },
        }
    }
}

impl Machine for HostMachine {
    fn inputs(&self) -> Result<Vec<String>, Failure> {
        let mut inputs = self.project.files.clone();
        // Used as soon as it is there, so it counts while it is not.
        let folder = self
            .project
            .files
            .first()
            .and_then(|file| file.rsplit_once('/'));
        inputs.extend(folder.map(|(folder, _)| format!("{folder}/.env")));
        inputs.extend(compose::inputs(&self.project)?);
        Ok(inputs)
    }

    fn services(&self) -> Result<Vec<Service>, Failure> {
        Ok(compose::services(&self.project)?)
    }

    fn services_ahead(&self) -> Result<Option<Vec<Service>>, Failure> {
        Ok(compose::services_ahead(&self.project)?)
    }

    fn unchanged_since(&self, service: &str, since: &str) -> Result<bool, Failure> {
        Ok(compose::unchanged_since(&self.project, service, since)?)
    }

    fn containers(&self) -> Result<Vec<Container>, Failure> {
        Ok(containers::list(&self.project.name)?)
    }

    fn neighbours(&self) -> Result<Vec<Neighbour>, Failure> {
        Ok(compose::neighbours(&self.project)?)
    }

    fn has_image(&self, image: &str) -> Result<bool, Failure> {
        Ok(compose::has_image(&self.project, image)?)
    }

    fn conflicts(&self) -> Result<Vec<Conflict>, Failure> {
        Ok(compose::conflicts(&self.project)?)
    }

    fn differences(&self, service: &str, id: &str) -> Result<Difference, Failure> {
        Ok(compose::differences(&self.project, service, id)?)
    }

    fn kept_containers(&self) -> Result<Vec<KeptContainer>, Failure> {
        Ok(compose::kept_containers(&self.project)?)
    }

    fn keep_container(&self, service: &str, id: &str) -> Result<(), Failure> {
        Ok(compose::keep_container(&self.project, service, id)?)
    }

    fn pull(&self, service: &str, policy: &str) -> Result<(), Failure> {
        Ok(compose::pull(&self.project, service, policy)?)
    }

    fn build(&self, service: &str) -> Result<(), Failure> {
        compose::build(&self.project, service)?;
        Ok(())
    }

    fn keep(&self, service: &str, image: &str) -> Result<(), Failure> {
        Ok(compose::keep(&self.project, service, image)?)
    }

    fn use_image(&self, service: &str, image: &str) -> Result<(), Failure> {
        Ok(compose::use_image(&self.project, service, image)?)
    }

    fn up(&self, service: &str, recreate: bool) -> Result<(), Failure> {
        Ok(compose::up(&self.project, service, recreate)?)
    }

    fn restart(&self, id: &str, timeout: Duration) -> Result<(), Failure> {
        Ok(containers::restart(id, seconds(timeout))?)
    }

    fn stop(&self, id: &str, timeout: Duration) -> Result<(), Failure> {
        Ok(containers::stop(id, seconds(timeout))?)
    }

    fn remove(&self, service: &str, id: &str, timeout: Duration) -> Result<(), Failure> {
        let timeout = seconds(timeout);
        Ok(compose::remove_conflict(
            &self.project,
            service,
            id,
            timeout,
        )?)
    }

    fn put_back(&self, service: &str, ids: &[String]) -> Result<(), Failure> {
        Ok(compose::put_back(&self.project, service, ids)?)
    }

    fn show_logs(&self, id: &str) {
        // They would have helped; the failure stays true without them.
        if let Err(error) = containers::logs(id, LINES) {
            log::debug(&format!("no lines of {id}: {}", error.diagnostic()));
        }
    }

    fn now_ms(&self) -> u64 {
        clock::now_unix_ms()
    }

    fn sleep(&self, time: Duration) -> Result<(), Failure> {
        clock::wait(time)
    }

    fn progress(&self, done: usize, total: usize, message: &str) {
        let count = |number| u32::try_from(number).unwrap_or(u32::MAX);
        progress::report(count(done), count(total), message);
    }

    fn warn(&self, line: &str) {
        log::warn(line);
    }
}

const LINES: u32 = 20;

fn seconds(time: Duration) -> u32 {
    u32::try_from(time.as_secs()).unwrap_or(u32::MAX)
}
