//! The Docker Engine API, over its unix socket.
//!
//! Owns the connection and how long an answer may take. What a plugin may touch is the
//! capability's; what Compose would do is the other adapter's.

mod container;
mod error;
mod image;
mod kept_container;
mod listed;
mod made;
mod network;
mod recipe;

use std::path::{Path, PathBuf};
use std::time::Duration;

use bollard::errors::Error as Answer;
use tokio::sync::OnceCell;

pub(crate) use container::one_address;
pub use error::DockerError;
pub use image::Image;
pub use kept_container::{KEPT, KeptContainer, PutBack, kept_of};
pub use listed::{ListedContainer, TakenPort};
pub use made::MadeContainer;
pub use network::{ConnectedContainer, Network, Volume};

/// Where the engine listens unless `DOCKER_HOST` says otherwise.
const SOCKET: &str = "/var/run/docker.sock";
/// How long one answer may take, beside what a container is given to stop.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a connection may take.
const KNOCK: Duration = Duration::from_secs(5);

/// One engine. Nothing is connected until something is asked.
pub struct Docker {
    /// Where to knock, or why there is nowhere to.
    socket: Result<PathBuf, DockerError>,
    api: OnceCell<bollard::Docker>,
    version: OnceCell<String>,
    patience: Duration,
}

impl Docker {
    /// The engine that `DOCKER_HOST` names. One that is not a unix socket is a fault of every
    /// call: another engine in its place would be deployed to by mistake.
    pub fn from_environment() -> Self {
        Self::of_host(std::env::var("DOCKER_HOST").ok().as_deref())
    }

    fn of_host(host: Option<&str>) -> Self {
        match host.map(str::trim).filter(|host| !host.is_empty()) {
            None => Self::at(Path::new(SOCKET)),
            Some(host) => match host.strip_prefix("unix://") {
                Some(path) => Self::at(Path::new(path)),
                None => Self {
                    socket: Err(DockerError::Foreign(scheme(host))),
                    api: OnceCell::new(),
                    version: OnceCell::new(),
                    patience: PATIENCE,
                },
            },
        }
    }

    /// The socket that it answers on, where there is one.
    pub fn socket(&self) -> Option<&Path> {
        self.socket.as_deref().ok()
    }

    /// Does it answer?
    pub async fn reached(&self) -> Result<(), DockerError> {
        self.api().await.map(drop)
    }

    /// The engine's version, such as `28.5.2`: asked once.
    pub async fn version(&self) -> Result<&str, DockerError> {
        let asked = self.version.get_or_try_init(|| async {
            let asked = self.ask(Duration::ZERO, |api| async move { api.version().await });
            Ok(asked.await?.version.unwrap_or_default())
        });
        asked.await.map(String::as_str)
    }

    /// The engine behind a socket.
    pub fn at(socket: &Path) -> Self {
        Self {
            socket: Ok(socket.to_path_buf()),
            api: OnceCell::new(),
            version: OnceCell::new(),
            patience: PATIENCE,
        }
    }

    /// The same engine as `DOCKER_HOST` of a child.
    pub fn host(&self) -> Result<String, DockerError> {
        Ok(format!("unix://{}", self.socket.clone()?.display()))
    }

    /// Asks the engine one thing; `grace` is what the thing itself may take.
    async fn ask<T, F>(
        &self,
        grace: Duration,
        what: impl FnOnce(bollard::Docker) -> F,
    ) -> Result<T, DockerError>
    where
        F: Future<Output = Result<T, Answer>>,
    {
        let api = self.api().await?;
        let within = self.patience + grace;
        match tokio::time::timeout(within, what(api)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Answer::DockerResponseServerError {
                status_code,
                message,
            })) => Err(DockerError::answered(status_code, &message)),
            // Which of the many ways not to be there it is, the socket itself tells best.
            Ok(Err(error)) => {
                self.knock().await?;
                Err(DockerError::Broken(error.to_string()))
            }
            Err(_) => Err(DockerError::Slow(within)),
        }
    }

    async fn api(&self) -> Result<bollard::Docker, DockerError> {
        let connected = self.api.get_or_try_init(|| self.connect()).await?;
        Ok(connected.clone())
    }

    async fn connect(&self) -> Result<bollard::Docker, DockerError> {
        self.knock().await?;
        let socket = self.socket.clone()?;
        let broken = |error: Answer| DockerError::Broken(error.to_string());
        // Each call has its own limit; this one only has to be longer than all of them.
        let longest = 3600;
        let socket = socket.to_string_lossy();
        let api =
            bollard::Docker::connect_with_unix(&socket, longest, bollard::API_DEFAULT_VERSION);
        let negotiated = api.map_err(broken)?.negotiate_version();
        match tokio::time::timeout(self.patience, negotiated).await {
            Ok(api) => api.map_err(broken),
            Err(_) => Err(DockerError::Slow(self.patience)),
        }
    }

    /// Is somebody there?
    async fn knock(&self) -> Result<(), DockerError> {
        let socket = self.socket.clone()?;
        match tokio::time::timeout(KNOCK, tokio::net::UnixStream::connect(&socket)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(DockerError::at(socket, &error)),
            Err(_) => Err(DockerError::Slow(KNOCK)),
        }
    }
}

/// What can be shown of a host: not the user and password that it may hold.
fn scheme(host: &str) -> String {
    let scheme = host.split_once("://").map_or("", |(scheme, _)| scheme);
    scheme
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(10)
        .collect()
}

#[cfg(test)]
mod tests;
