//! Secrets that are none any more when a plan is bound: they stand where everybody can read them.

use std::path::Path;
use std::sync::Arc;

use crate::bind::PreparedPlan;
use crate::command_error::{CommandError, Result};
use deployhost_policy::Location;
use deployhost_policy::secret::{Redactor, Secret};

/// Refuses a plan with such a secret, by its name.
pub(super) fn refuse(bound: &PreparedPlan, file: &Path) -> Result<()> {
    for secret in &bound.secrets {
        let name = secret.name();
        if argued(secret) {
            return Err(CommandError::refused(
                "secret.in-argument",
                format!("the secret {name} is in an argument"),
            )
            .at(Location::named(
                "the command line, which everybody on this machine can read",
            ))
            .help("take it out, and replace the secret, since this one was seen"));
        }
        if written(secret, &bound.resolved) {
            // Where nothing of it may be shown, what is missing tells it.
            let what = format!("the secret {name} is written in the plan");
            return Err(CommandError::refused("secret.in-plan", what)
                .at(file)
                .help("choose another secret, or write something else in the plan"));
        }
    }
    Ok(())
}

/// Whether this process was started with the secret among its arguments.
fn argued(secret: &Secret) -> bool {
    let value = secret.expose().as_bytes();
    std::env::args_os().any(|argument| {
        let mut windows = argument.as_encoded_bytes().windows(value.len());
        windows.any(|window| window == value)
    })
}

/// Whether a part of the plan would have to be masked for it.
fn written(secret: &Arc<Secret>, plan: &str) -> bool {
    Redactor::of_values(std::slice::from_ref(secret))
        .is_ok_and(|redactor| redactor.redact(plan) != plan)
}
