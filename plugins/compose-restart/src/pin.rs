//! What the services run, and what each of their containers was *started from*: enough to bring
//! exactly that back, and to tell later whether anything it was started from is another by now.
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
    pub services: BTreeMap<String, Pinned>,
}

/// One service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "deployhost_plugin::serde")]
pub struct Pinned {
    /// Image id; empty where there was no container.
    pub image: String,
    /// As Compose foretold it; where that was not asked, as the container's label has it.
    pub hash: String,
    pub running: bool,
    pub containers: Vec<Instance>,
    /// None: nobody knows what the containers were started from.
    pub mounts: Option<Vec<Mount>>,
    /// What the build context of `image` held. None: not built, or not known.
    pub build: Option<String>,
}

/// A container as it was started; a restart makes another one of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "deployhost_plugin::serde")]
pub struct Instance {
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
    pub fn new(commit: Option<String>, services: BTreeMap<String, Pinned>) -> Self {
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
            Failure::Permanent(
                "the release's pin cannot be read: another version of compose-restart wrote it"
                    .to_owned(),
            )
        })?;
        Ok(Some(pin))
    }

    pub fn text(&self) -> Result<String, Failure> {
        serde_json::to_string(self).map_err(|error| Failure::Other(error.to_string()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_that_cannot_be_read_is_none() {
        for garbage in [
            "",
            "null",
            "[]",
            "{}",
            "not json",
            r#"{"v":2,"commit":null,"services":{}}"#,
        ] {
            assert_eq!(Pin::remembered(Some(garbage)), None, "{garbage}");
            assert!(Pin::demanded(Some(garbage)).is_err(), "{garbage}");
        }
        assert_eq!(Pin::remembered(None), None);
        assert_eq!(Pin::demanded(None).unwrap(), None);
    }

    #[test]
    fn it_comes_back_as_it_was_written() {
        let service = Pinned {
            image: "sha256:1".into(),
            mounts: Some(vec![Mount {
                path: "/srv/a \"b\"".into(),
                folder: true,
                fingerprint: None,
                identity: "1:2".into(),
            }]),
            ..Pinned::default()
        };
        let pin = Pin::new(Some("abc".into()), [("app".into(), service)].into());
        assert_eq!(Pin::remembered(Some(&pin.text().unwrap())), Some(pin));
    }

    #[test]
    fn a_later_key_is_passed_over() {
        let pin = r#"{"v":1,"commit":null,"services":{},"colour":"green"}"#;
        assert_eq!(
            Pin::remembered(Some(pin)),
            Some(Pin::new(None, BTreeMap::new()))
        );
    }
}
