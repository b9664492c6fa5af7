//! What a plugin says of itself: its texts are a stranger's, its words are ours or it is refused.

use deployhost_policy::text::sanitize;
use deployhost_policy::{Recovery, Role};

use super::plugin::LoadError;
use crate::capability::run;

/// What a plugin says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    pub name: String,
    pub version: String,
    pub summary: String,
    /// JSON Schema, as text.
    pub config_schema: String,
    /// None: it is a notifier.
    pub role: Option<Role>,
    pub recovery: Recovery,
}

/// How a notifier calls its role.
const NOTIFY: &str = "notify";

impl Description {
    /// What a step is to an engine; a notifier is nothing to it.
    pub fn role_word(&self) -> &'static str {
        self.role.map_or(NOTIFY, Role::as_str)
    }

    /// Role and recovery are words that the engine knows, and fit what the plugin exports.
    pub(super) fn parse(said: run::Description, notifies: bool) -> Result<Self, LoadError> {
        let refuse = |code, message: String| {
            LoadError::new(code, message, "report it to the plugin's author")
        };
        let (said_role, said_recovery) = (&said.role, &said.recovery);
        let role = match notifies {
            true => (said_role == NOTIFY).then_some(None),
            false => Role::parse(said_role).map(Some),
        };
        let Some(role) = role else {
            let roles = match notifies {
                true => NOTIFY.to_owned(),
                false => Role::ALL.map(Role::as_str).join(", "),
            };
            let message = format!("it says that its role is {said_role:?}, wanted {roles}");
            return Err(refuse("plugin.role", message));
        };
        let Some(recovery) = Recovery::parse(said_recovery) else {
            let message =
                format!("it says that its recovery is {said_recovery:?}, wanted pin, undo or none");
            return Err(refuse("plugin.recovery", message));
        };
        Ok(Self {
            // What people are shown, in lists that no plugin may rearrange.
            name: sanitize(&said.name),
            version: sanitize(&said.version),
            summary: sanitize(&said.summary),
            config_schema: said.config_schema,
            role,
            recovery,
        })
    }
}
