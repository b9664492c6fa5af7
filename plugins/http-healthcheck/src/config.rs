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
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong =
            |pointer: &str, message: String| problems.push(Problem::at(pointer, message));
        if !self.url.starts_with("http://") && !self.url.starts_with("https://") {
            wrong(
                "/url",
                "begins with neither `http://` nor `https://`".to_owned(),
            );
        } else if self
            .url
            .chars()
            .any(|c| c.is_control() || c.is_whitespace())
        {
            wrong(
                "/url",
                "has a space or a control character in it".to_owned(),
            );
        }
        for (pointer, value, most) in [
            ("/attempts", self.attempts, 100),
            ("/consecutive", self.consecutive, 20),
        ] {
            if value == 0 || value > most {
                wrong(pointer, format!("is {value}, must be from 1 to {most}"));
            }
        }
        if self.interval < SHORTEST {
            wrong(
                "/interval",
                format!("is {}, must be at least {SHORTEST}", self.interval),
            );
        }
        if self.timeout < SHORTEST || self.timeout > LONGEST_REQUEST {
            wrong(
                "/timeout",
                format!(
                    "is {}, must be from {SHORTEST} to {LONGEST_REQUEST}",
                    self.timeout
                ),
            );
        }
        problems.extend(self.expect.problems());
        problems.extend(self.witness.iter().flat_map(Witness::problems));
        problems
    }
}
