//! The entry's `config` table: which Compose files, which of their services, how long to wait.
//!
//! Owns what is known about it without looking at the machine. Whether a service is in the file
//! is [`crate::project_state`]' to find out.

use std::collections::BTreeMap;
use std::iter;

use deployhost_plugin::schemars::{Schema, SchemaGenerator, json_schema};
use deployhost_plugin::{Duration, prelude::*};

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(crate = "deployhost_plugin::serde", deny_unknown_fields)]
#[schemars(crate = "deployhost_plugin::schemars")]
pub struct Config {
    /// The Compose file; several in Compose's order of precedence.
    #[schemars(extend("x-grant" = "compose-file"))]
    pub file: Files,

    /// The Compose project's name; Compose's own rule where it is left out.
    #[serde(default)]
    #[schemars(extend("x-grant" = "compose-project"))]
    pub project: Option<String>,

    /// The services to look after; all of the file's where it is left out.
    #[serde(default)]
    #[schemars(extend("x-grant" = "compose-service"))]
    pub services: Option<Vec<String>>,

    /// Files of values for `${NAME}` in the Compose file, instead of the `.env` beside it; later ones
    /// win.
    #[serde(default)]
    #[schemars(extend("x-grant" = "compose-env-file"))]
    pub env_file: Option<Files>,

    /// Values for `${NAME}` in the Compose file, before those of any file. No secrets.
    #[serde(default)]
    #[schemars(extend("x-grant" = "compose-variable"))]
    pub env: BTreeMap<String, String>,

    /// Profiles that are on, instead of those of `COMPOSE_PROFILES` in `.env`.
    #[serde(default)]
    #[schemars(extend("x-grant" = "compose-profile"))]
    pub profiles: Vec<String>,

    /// Names of containers that these files did not make, and that their services may replace: one of
    /// other files, or one that was started without Compose.
    #[serde(default)]
    #[schemars(extend("x-grant" = "compose-take-over"))]
    pub take_over: Vec<String>,

    /// Files and folders outside of the work tree that the Compose file may have Compose read.
    #[serde(default)]
    #[schemars(extend("x-grant" = "compose-read"))]
    pub read: Vec<String>,

    /// Mounted files and folders whose content counts, although containers or others write it.
    #[serde(default)]
    #[schemars(extend("x-grant" = "compose-input"))]
    pub inputs: Vec<String>,

    /// Services that run to an end: they have to exit with 0 before `start_timeout` is over.
    #[serde(default)]
    pub oneshot: Vec<String>,

    /// Services that are restarted after each of those named for them, as `depends_on` with
    /// `restart: true` says in the file: `{ proxy = ["app"] }`.
    #[serde(default)]
    pub follow: BTreeMap<String, Vec<String>>,

    /// When to pull the image of a service that is not built.
    #[serde(default)]
    pub pull: Pull,

    /// How long a service may take until it is up and stays so.
    #[serde(default = "two_minutes")]
    pub start_timeout: Duration,

    /// How long a container may take to stop before it is killed.
    #[serde(default = "ten_seconds")]
    pub stop_timeout: Duration,
}

/// One file, or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files(pub Vec<String>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(crate = "deployhost_plugin::serde", rename_all = "lowercase")]
#[schemars(crate = "deployhost_plugin::schemars")]
pub enum Pull {
    #[default]
    Missing,
    Always,
    Never,
}

impl Pull {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

impl Config {
    /// Every service that the entry names, some of them more than once.
    pub fn named(&self) -> impl Iterator<Item = &String> {
        let services = self.services.iter().flatten();
        let follow = self.follow.iter();
        let follow = follow.flat_map(|(follower, leaders)| iter::once(follower).chain(leaders));
        services.chain(&self.oneshot).chain(follow)
    }

    /// What a schema cannot say.
    pub fn errors(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        let mut found = |pointer: &str, code: &str, message: &str| {
            errors.push(ConfigError::at(pointer, message).code(code));
        };

        if self.file.0.is_empty() {
            found(
                "/file",
                "compose-restart.no-file",
                "name at least one Compose file",
            );
        }
        if let Some(services) = &self.services {
            if services.is_empty() {
                found(
                    "/services",
                    "compose-restart.no-service",
                    "an empty list leaves nothing to do: name a service, or leave the key out for all of the file's",
                );
            }
            for (index, service) in services.iter().enumerate() {
                if services[..index].contains(service) {
                    found(
                        &format!("/services/{index}"),
                        "compose-restart.service-twice",
                        "this service is named twice",
                    );
                }
            }
            for (index, service) in self.oneshot.iter().enumerate() {
                if !services.contains(service) {
                    found(
                        &format!("/oneshot/{index}"),
                        "compose-restart.oneshot-elsewhere",
                        "this is none of `services`",
                    );
                }
            }
            for (follower, leaders) in &self.follow {
                if !services.contains(follower) || leaders.iter().any(|it| !services.contains(it)) {
                    found(
                        &ConfigError::pointer_to("/follow", follower),
                        "compose-restart.follow-elsewhere",
                        "`services` lacks a service that is named here",
                    );
                }
            }
        }
        if self.start_timeout < crate::stability::SETTLING {
            found(
                "/start_timeout",
                "compose-restart.start-timeout-short",
                "less than the 2s for which a container has to stay up",
            );
        }
        errors
    }
}

impl<'de> Deserialize<'de> for Files {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(
            crate = "deployhost_plugin::serde",
            untagged,
            expecting = "expected a path or a list of paths"
        )]
        enum FilesInput {
            One(String),
            Several(Vec<String>),
        }
        Ok(Self(match FilesInput::deserialize(deserializer)? {
            FilesInput::One(file) => vec![file],
            FilesInput::Several(files) => files,
        }))
    }
}

/// By hand, because an `anyOf` gives errors that nobody can read.
impl JsonSchema for Files {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Files".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "array"],
            "items": { "type": "string", "minLength": 1 },
            "minLength": 1,
            "minItems": 1,
        })
    }
}

const fn two_minutes() -> Duration {
    Duration::from_secs(120)
}

const fn ten_seconds() -> Duration {
    Duration::from_secs(10)
}
