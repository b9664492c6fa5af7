//! The containers that Compose made, read by their labels: a name can be anything.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use bollard::models::{
    ContainerInspectResponse, ContainerSummary, HealthStatusEnum, NetworkSettings,
};
use bollard::query_parameters::{
    ListContainersOptions, LogsOptions, RenameContainerOptions, RestartContainerOptions,
    StartContainerOptions, StopContainerOptions,
};
use futures_util::{StreamExt, TryStreamExt};

use super::{Docker, DockerError};
use deployhost_policy::text::LINE;
use deployhost_runtime::capability::compose::ProjectName;
use deployhost_runtime::capability::containers::{
    Container, ContainerAddress, FoundContainer, Port, labelled_files,
};
use deployhost_runtime::capability::error::CapabilityError;
use deployhost_runtime::redaction_scope::redact_in_scope;

const PROJECT: &str = "com.docker.compose.project";
/// How many containers are looked at at once.
const AT_ONCE: usize = 8;
/// Most that is read of a container's log, in bytes, to find its last lines.
const LOG: usize = 16 * 1024 * 1024;
/// What the engine says of a container that was never started.
const NEVER: &str = "0001-01-01T00:00:00Z";

impl Docker {
    async fn summaries(&self, project: &ProjectName) -> Result<Vec<ContainerSummary>, DockerError> {
        let label = format!("{PROJECT}={project}");
        let options = ListContainersOptions {
            all: true,
            filters: Some(HashMap::from([("label".to_owned(), vec![label])])),
            ..Default::default()
        };
        self.ask(Duration::ZERO, |api| async move {
            api.list_containers(Some(options)).await
        })
        .await
    }

    /// The version of Compose that made the newest container of a project.
    pub async fn compose_version(
        &self,
        project: &ProjectName,
    ) -> Result<Option<String>, DockerError> {
        let summaries = self.summaries(project).await?;
        let newest = summaries.into_iter().max_by_key(|summary| summary.created);
        let labels = newest.and_then(|summary| summary.labels);
        Ok(labels.and_then(|mut labels| labels.remove("com.docker.compose.version")))
    }

    /// Every container of a project, one-off and stopped ones too.
    pub async fn found(&self, project: &ProjectName) -> Result<Vec<FoundContainer>, DockerError> {
        let summaries = self.summaries(project).await?;
        let ids = summaries.into_iter().filter_map(|summary| summary.id);
        let each = ids.map(|id| async move {
            match self.look(&id).await {
                Ok(found) => Ok(Some(found)),
                // Gone since it was listed.
                Err(DockerError::NotFound(_)) => Ok(None),
                Err(fault) => Err(fault),
            }
        });
        let found: Vec<_> = futures_util::stream::iter(each)
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }

    pub async fn look(&self, id: &str) -> Result<FoundContainer, DockerError> {
        self.inspected(id).await.map(found)
    }

    pub async fn rename(&self, id: &str, name: &str) -> Result<(), DockerError> {
        let options = RenameContainerOptions { name: name.into() };
        self.ask(Duration::ZERO, |api| async move {
            api.rename_container(id, options).await
        })
        .await
    }

    async fn last_lines(&self, id: &str, lines: u32) -> Result<Vec<String>, DockerError> {
        let options = LogsOptions {
            stdout: true,
            stderr: true,
            tail: lines.to_string(),
            ..Default::default()
        };
        let most = lines as usize;
        self.ask(Duration::ZERO, |api| async move {
            let mut read = 0;
            let mut last = LogLines::default();
            let mut chunks = std::pin::pin!(api.logs(id, Some(options)));
            while let Some(chunk) = chunks.try_next().await? {
                read += chunk.as_ref().len();
                last.add(chunk.as_ref(), most);
                if read > LOG {
                    // Half a line may end in half a secret.
                    last.open.clear();
                    break;
                }
            }
            Ok(last.finished(most))
        })
        .await
    }
}

/// The last lines of a stream that comes in pieces.
#[derive(Default)]
struct LogLines {
    whole: VecDeque<String>,
    open: Vec<u8>,
}

impl LogLines {
    fn add(&mut self, chunk: &[u8], most: usize) {
        for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
            let text = piece.strip_suffix(b"\n").unwrap_or(piece);
            self.open.extend_from_slice(text);
            if text.len() < piece.len() {
                self.close(most);
            }
        }
    }

    fn close(&mut self, most: usize) {
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.open)).into_owned();
        let line = line.strip_suffix('\r').unwrap_or(&line);
        self.whole.push_back(redact_in_scope(line, LINE));
        if self.whole.len() > most {
            self.whole.pop_front();
        }
    }

    fn finished(mut self, most: usize) -> Vec<String> {
        if !self.open.is_empty() {
            self.close(most);
        }
        self.whole.into()
    }
}

/// What Compose has labelled a container with.
pub(super) struct Labels(pub HashMap<String, String>);

impl Labels {
    /// Empty: it has none of that name.
    pub fn text(&self, name: &str) -> String {
        let text = self.0.get(&format!("com.docker.compose.{name}"));
        text.cloned().unwrap_or_default()
    }

    pub fn one_off(&self) -> bool {
        self.text("oneoff").eq_ignore_ascii_case("true")
    }

    pub fn config_files(&self) -> Vec<String> {
        let folder = self.text("project.working_dir");
        labelled_files(&self.text("project.config_files"), Path::new(&folder))
    }
}

pub(super) fn found(answer: ContainerInspectResponse) -> FoundContainer {
    let config = answer.config.unwrap_or_default();
    let labels = Labels(config.labels.unwrap_or_default());
    let state = answer.state.unwrap_or_default();
    let health = state
        .health
        .and_then(|health| health.status)
        .filter(|status| !matches!(status, HealthStatusEnum::NONE | HealthStatusEnum::EMPTY));
    let host = answer.host_config.unwrap_or_default();
    let connected = answer.network_settings.unwrap_or_default();
    let reached_at = reached_at(host.network_mode.as_deref(), &connected);
    let shares = [host.network_mode, host.ipc_mode, host.pid_mode]
        .into_iter()
        .flatten()
        .filter_map(|mode| mode.strip_prefix("container:").map(str::to_owned))
        .collect();
    let networks = connected
        .networks
        .map(|networks| networks.into_keys().collect())
        .unwrap_or_default();
    let container = Container {
        id: answer.id.unwrap_or_default(),
        name: plain_name(answer.name.as_deref()),
        project: labels.text("project"),
        service: labels.text("service"),
        image: answer.image.unwrap_or_default(),
        state: state
            .status
            .map(|status| status.to_string())
            .unwrap_or_default(),
        health: health.map(|status| status.to_string()),
        exit_code: state.exit_code.unwrap_or_default(),
        restart_count: answer
            .restart_count
            .and_then(|n| u64::try_from(n).ok())
            .unwrap_or_default(),
        started_at: state
            .started_at
            .filter(|at| at != NEVER)
            .unwrap_or_default(),
        config_files: labels.config_files(),
        shares,
        networks,
        compose_version: labels.text("version"),
    };
    let one_off = labels.one_off();
    FoundContainer {
        container,
        one_off,
        reached_at,
    }
}

fn reached_at(mode: Option<&str>, connected: &NetworkSettings) -> Vec<ContainerAddress> {
    let machine = (mode == Some("host")).then_some(ContainerAddress::Machine);
    let ports = connected.ports.iter().flatten();
    let tcp = ports.filter(|(port, _)| port.ends_with("/tcp"));
    let bindings = tcp.flat_map(|(_, bindings)| bindings.iter().flatten());
    let published = bindings.filter_map(|binding| {
        Some(ContainerAddress::Published {
            on: one_address(binding.host_ip.as_deref()),
            port: binding.host_port.as_deref()?.parse().ok()?,
        })
    });
    let networks = connected.networks.iter().flat_map(HashMap::values);
    let addresses = networks.flat_map(|it| [&it.ip_address, &it.global_ipv6_address]);
    let addresses = addresses.filter_map(|it| it.as_deref()?.parse().ok());
    let own = addresses.map(ContainerAddress::Own);
    published.chain(own).chain(machine).collect()
}

/// Of the machine; none: all of them.
pub fn one_address(ip: Option<&str>) -> Option<IpAddr> {
    let on: Option<IpAddr> = ip.and_then(|ip| ip.parse().ok());
    on.filter(|ip| !ip.is_unspecified())
}

/// The engine begins a name with a slash.
pub(super) fn plain_name(name: Option<&str>) -> String {
    name.unwrap_or_default().trim_start_matches('/').to_owned()
}

fn seconds(grace: Duration) -> Option<i32> {
    Some(i32::try_from(grace.as_secs()).unwrap_or(i32::MAX))
}

#[async_trait]
impl Port for Docker {
    async fn list(&self, project: &ProjectName) -> Result<Vec<FoundContainer>, CapabilityError> {
        Ok(self.found(project).await?)
    }

    async fn inspect(&self, id: &str) -> Result<FoundContainer, CapabilityError> {
        Ok(self.look(id).await?)
    }

    async fn restart(&self, id: &str, grace: Duration) -> Result<(), CapabilityError> {
        let options = RestartContainerOptions {
            t: seconds(grace),
            ..Default::default()
        };
        let asked = self.ask(grace, |api| async move {
            api.restart_container(id, Some(options)).await
        });
        Ok(asked.await?)
    }

    async fn stop(&self, id: &str, grace: Duration) -> Result<(), CapabilityError> {
        let options = StopContainerOptions {
            t: seconds(grace),
            ..Default::default()
        };
        let asked = self.ask(grace, |api| async move {
            api.stop_container(id, Some(options)).await
        });
        Ok(asked.await?)
    }

    async fn start(&self, id: &str) -> Result<(), CapabilityError> {
        let asked = self.ask(Duration::ZERO, |api| async move {
            api.start_container(id, None::<StartContainerOptions>).await
        });
        Ok(asked.await?)
    }

    async fn logs(&self, id: &str, lines: u32) -> Result<Vec<String>, CapabilityError> {
        Ok(self.last_lines(id, lines).await?)
    }
}
