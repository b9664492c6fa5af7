//! What the services run, and what each of their containers was *started from*: enough to bring
//! exactly that back, and to know later whether anything it was started from is another by now.
//!
//! Owns the JSON that is kept in receipts and releases. It does not decide anything.

use std::collections::BTreeMap;

use deployhost_plugin::compose::Service;
use deployhost_plugin::prelude::*;

const VERSION: u32 = 1;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "deployhost_plugin::serde")]
pub struct Pin {
    v: u32,
    /// What the tree stood at.
    pub commit: Option<String>,
    pub services: BTreeMap<String, ServicePin>,
}

/// One service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "deployhost_plugin::serde")]
pub struct ServicePin {
    /// Image id; empty where there was no container.
    pub image: String,
    /// What the containers were made from. None: nobody knows.
    pub configuration: Option<Configuration>,
    pub running: bool,
    pub containers: Vec<ContainerInstance>,
    /// None: nobody knows what the containers were started from.
    pub mounts: Option<Vec<Mount>>,
    /// What `image` was built from. None: not built, or not known.
    pub build: Option<BuildPin>,
}

/// Digests of the host's: equal ones, equal containers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "deployhost_plugin::serde")]
pub struct Configuration {
    pub digest: String,
    pub but_commit: String,
    /// The Compose that read the files.
    pub compose: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "deployhost_plugin::serde")]
pub struct BuildPin {
    /// What the build context held.
    pub content: String,
    /// Digest of what the files say on building.
    pub configuration: String,
}

impl Configuration {
    pub fn of(service: &Service) -> Self {
        Self {
            digest: service.configuration.clone(),
            but_commit: service.configuration_but_commit.clone(),
            compose: service.compose_version.clone(),
        }
    }
}

impl BuildPin {
    /// None: not built, or what the context holds is not known.
    pub fn of(service: &Service) -> Option<Self> {
        let content = service.build.as_ref().map(|build| build.content.clone())?;
        (!content.is_empty()).then(|| Self {
            content,
            configuration: service.build_configuration.clone(),
        })
    }
}

/// A container as it was started; a restart makes another one of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "deployhost_plugin::serde")]
pub struct ContainerInstance {
    pub id: String,
    pub name: String,
    pub started_at: String,
    /// How often Docker had started it again by itself.
    pub restarts: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "deployhost_plugin::serde")]
pub struct Mount {
    pub path: String,
    pub folder: bool,
    /// None: data, which is not compared.
    pub fingerprint: Option<String>,
    /// Device and inode; empty where the path was missing.
    pub identity: String,
}

impl Pin {
    pub fn new(commit: Option<String>, services: BTreeMap<String, ServicePin>) -> Self {
        Self {
            v: VERSION,
            commit,
            services,
        }
    }

    /// A memory. One that cannot be read is none: the containers then count as unknown, which
    /// restarts them and is safe.
    pub fn remembered(text: Option<&str>) -> Option<Self> {
        Self::read(text?)
    }

    /// A release to bring back. One that cannot be read must not be guessed.
    pub fn demanded(text: Option<&str>) -> Result<Option<Self>, Failure> {
        let Some(text) = text else { return Ok(None) };
        let pin = Self::read(text).ok_or_else(|| {
            Failure::permanent(
                "compose-restart.pin-unreadable",
                "the release's pin cannot be read: another version of compose-restart wrote it",
            )
        })?;
        Ok(Some(pin))
    }

    pub fn text(&self) -> Result<String, Failure> {
        serde_json::to_string(self)
            .map_err(|error| Failure::other("compose-restart.pin-unwritable", error.to_string()))
    }

    /// Were there containers at all?
    pub fn any_container(&self) -> bool {
        self.services
            .values()
            .any(|service| !service.containers.is_empty())
    }

    fn read(text: &str) -> Option<Self> {
        let pin: Self = serde_json::from_str(text).ok()?;
        (pin.v == VERSION).then_some(pin)
    }
}
