//! What the services run, and what each of their containers was *started from*: enough to bring
//! exactly that back, and to know later whether anything it was started from is another by now.
//!
//! Owns the JSON that is kept in receipts and releases. It does not decide anything.

use std::collections::BTreeMap;

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
    /// As Compose foretold it; where that is unknown, as the container's label has it.
    pub hash: String,
    pub running: bool,
    pub containers: Vec<ContainerInstance>,
    /// None: nobody knows what the containers were started from.
    pub mounts: Option<Vec<Mount>>,
    /// What the build context of `image` held. None: not built, or not known.
    pub build: Option<String>,
}

/// A container as it was started; a restart makes another one of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "deployhost_plugin::serde")]
pub struct ContainerInstance {
    pub id: String,
    pub name: String,
    pub started_at: String,
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
