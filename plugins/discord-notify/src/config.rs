//! The entry's `config` table.

use deployhost_plugin::prelude::*;

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(crate = "deployhost_plugin::serde", deny_unknown_fields)]
pub struct Config {
    /// The webhook's URL, from a secret: `"${secret.discord}"`.
    #[schemars(extend("x-grant" = "http-write"))]
    pub webhook: String,
    /// The name that messages appear under, instead of the webhook's own.
    pub username: Option<String>,
}

impl Config {
    /// What the schema cannot say. No problem quotes the webhook.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let url = &self.webhook;
        if !url.starts_with("https://") && !url.starts_with("http://") {
            problems.push(Problem::at(
                "/webhook",
                "begins with neither `https://` nor `http://`",
            ));
        } else if url
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || c == '#')
        {
            problems.push(Problem::at(
                "/webhook",
                "has a space, a `#` or a control character in it",
            ));
        }
        if let Some(name) = &self.username {
            let lower = name.to_lowercase();
            if name.trim().is_empty() || name.chars().count() > 80 {
                problems.push(Problem::at("/username", "must have 1 to 80 characters"));
            } else if let Some(word) = ["clyde", "discord"]
                .iter()
                .find(|word| lower.contains(**word))
            {
                problems.push(Problem::at(
                    "/username",
                    format!("Discord allows no name with `{word}` in it"),
                ));
            }
        }
        problems
    }
}
