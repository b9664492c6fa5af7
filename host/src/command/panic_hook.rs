//! What a fault of the program itself leaves behind: where it was, and nothing that it held.
//!
//! The message of a panic may quote any text, and a core dump is the whole memory: secrets are in it.

use std::panic::{Location, PanicHookInfo};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::output;

/// From here on, for this process and its children.
pub fn install() {
    std::panic::set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
        output::error_line(describe(panic.location()));
    }));
    let limit = Rlimit {
        current: Some(0),
        maximum: getrlimit(Resource::Core).maximum,
    };
    if let Err(error) = setrlimit(Resource::Core, limit) {
        tracing::warn!(%error, "a crash could leave a core dump");
    }
}

fn describe(place: Option<&Location<'_>>) -> String {
    let place = place.map_or("an unknown place".into(), ToString::to_string);
    format!(
        "error: deployhost itself failed — {place} — please report this line, and see deployhost status"
    )
}

#[cfg(test)]
mod tests;
