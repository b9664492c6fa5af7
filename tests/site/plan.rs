//! The plan of a test: what the tests vary has a name here.

use std::fmt::{Display, Formatter, Result};

/// One `[[step]]` or `[[notify]]`; values are TOML.
#[derive(Clone)]
pub struct Entry {
    name: String,
    plugin: String,
    config: Vec<(String, String)>,
}

#[derive(Clone)]
pub struct Plan {
    pub name: String,
    pub environment: &'static str,
    pub url: String,
    pub confirm: Option<&'static str>,
    pub require: Option<&'static str>,
    pub automatic: bool,
    /// The origin of the secret `discord`, whose value is in `DISCORD_WEBHOOK_URL`.
    pub discord: Option<String>,
    /// More secrets, as TOML.
    pub secrets: &'static str,
    pub steps: Vec<Entry>,
    pub notifiers: Vec<Entry>,
}

impl Entry {
    pub fn new(name: &str, plugin: &str, config: &[(&str, &str)]) -> Self {
        let pair = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        Self {
            name: name.to_owned(),
            plugin: plugin.to_owned(),
            config: config.iter().map(pair).collect(),
        }
    }

    pub fn named(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }

    /// Tells the local Discord.
    pub fn discord(plugin: &str) -> Self {
        Self::new("discord", plugin, &[("webhook", "\"${secret.discord}\"")])
    }
}

impl Plan {
    /// Gives a step's config a value, as TOML.
    pub fn set(&mut self, step: &str, key: &str, value: &str) -> &mut Self {
        let entry = self.steps.iter_mut().find(|it| it.name == step).unwrap();
        entry.config.retain(|(own, _)| own != key);
        entry.config.push((key.to_owned(), value.to_owned()));
        self
    }

    pub fn without(&mut self, step: &str) -> &mut Self {
        self.steps.retain(|it| it.name != step);
        self
    }
}

impl Display for Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "version = 1")?;
        writeln!(f, "name = {:?}", self.name)?;
        writeln!(f, "environment = {:?}", self.environment)?;
        writeln!(f, "url = {:?}", self.url)?;
        writeln!(f, "timeout = \"2m\"")?;
        for (key, value) in [("confirm", self.confirm), ("require", self.require)] {
            if let Some(value) = value {
                writeln!(f, "{key} = {value:?}")?;
            }
        }
        if let Some(origin) = &self.discord {
            writeln!(f, "\n[secrets]")?;
            let env = "DISCORD_WEBHOOK_URL";
            writeln!(
                f,
                "discord = {{ env = {env:?}, kind = \"url\", origin = {origin:?} }}"
            )?;
            writeln!(f, "{}", self.secrets)?;
        }
        for step in &self.steps {
            writeln!(f, "\n[[step]]\nname = {:?}\n{step}", step.name)?;
        }
        for notifier in &self.notifiers {
            writeln!(f, "\n[[notify]]\nname = {:?}\n{notifier}", notifier.name)?;
        }
        writeln!(f, "\n[rollback]\nautomatic = {}", self.automatic)
    }
}

impl Display for Entry {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let pairs: Vec<String> = self
            .config
            .iter()
            .map(|(key, value)| format!("{key} = {value}"))
            .collect();
        write!(
            f,
            "plugin = {:?}\nconfig = {{ {} }}",
            self.plugin,
            pairs.join(", ")
        )
    }
}
