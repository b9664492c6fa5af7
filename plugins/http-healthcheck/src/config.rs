//! The entry's `config` table.

use deployhost_plugin::prelude::*;

use crate::{Expect, Witness};

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(crate = "deployhost_plugin::serde", deny_unknown_fields)]
pub struct Config {
    /// What is asked, with GET. Redirects are answers: they are not followed.
    #[schemars(extend("x-grant" = "http-read"))]
    pub url: String,
    /// How long bad answers do not count, since the service is starting. Good ones count at once.
    #[serde(default = "default_start_period")]
    pub start_period: Duration,
    /// How many bad answers after the start period are one too many.
    #[serde(default = "default_attempts")]
    #[schemars(range(min = 1, max = 100))]
    pub attempts: u32,
    /// From one probe to the next; at least 100ms.
    #[serde(default = "default_interval")]
    pub interval: Duration,
    /// For one request; 100ms to 1m.
    #[serde(default = "default_timeout")]
    pub timeout: Duration,
    /// How many good answers in a row are enough. Two by default, since one may be the last of the
    /// service before or the only one of a service that is about to crash; after a good answer the
    /// next probe comes within a second.
    #[serde(default = "default_consecutive")]
    #[schemars(range(min = 1, max = 20))]
    pub consecutive: u32,
    /// What a good answer is: all of it. Status 200 where nothing is said.
    #[serde(default)]
    pub expect: Expect,
    /// Where the answer says which commit it comes from.
    pub witness: Option<Witness>,
}

fn default_start_period() -> Duration {
    Duration::from_secs(30)
}

fn default_attempts() -> u32 {
    10
}

fn default_interval() -> Duration {
    Duration::from_secs(5)
}

fn default_timeout() -> Duration {
    Duration::from_secs(5)
}

fn default_consecutive() -> u32 {
    2
}

const SHORTEST: Duration = Duration::from_millis(100);
/// The host's ceiling.
const LONGEST_REQUEST: Duration = Duration::from_secs(60);

impl Config {
    /// What the schema cannot say.
    pub fn errors(&self) -> Vec<ConfigError> {
        let mut errors: Vec<ConfigError> = self.invalid_url().into_iter().collect();
        for (pointer, value, most) in [
            ("/attempts", self.attempts, 100),
            ("/consecutive", self.consecutive, 20),
        ] {
            if value == 0 || value > most {
                let message = format!("is {value}, must be from 1 to {most}");
                errors.push(out_of_range(pointer, message, value));
            }
        }
        if self.interval < SHORTEST {
            let message = format!("is {}, must be at least {SHORTEST}", self.interval);
            errors.push(out_of_range("/interval", message, self.interval));
        }
        if self.timeout < SHORTEST || self.timeout > LONGEST_REQUEST {
            let message = format!(
                "is {}, must be from {SHORTEST} to {LONGEST_REQUEST}",
                self.timeout
            );
            errors.push(out_of_range("/timeout", message, self.timeout));
        }
        errors.extend(self.expect.errors());
        errors.extend(self.witness.iter().flat_map(Witness::errors));
        errors
    }

    fn invalid_url(&self) -> Option<ConfigError> {
        let url = &self.url;
        if !url.starts_with("http://") && !url.starts_with("https://") {
            let message = "begins with neither `http://` nor `https://`";
            return Some(ConfigError::at("/url", message).code("http-healthcheck.url-scheme"));
        }
        url.chars()
            .any(|c| c.is_control() || c.is_whitespace())
            .then(|| {
                let message = "has a space or a control character in it";
                ConfigError::at("/url", message).code("http-healthcheck.url-character")
            })
    }
}

fn out_of_range(pointer: &str, message: String, value: impl std::fmt::Display) -> ConfigError {
    ConfigError::at(pointer, message)
        .code("http-healthcheck.out-of-range")
        .parameter("value", value)
}
