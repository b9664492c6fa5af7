//! The types that every interface shares: `deployhost:plugin/run`.
//!
//! Owns how a diagnostic crosses the border. A guest's is untrusted: its code has to be well-formed,
//! and its texts lose their control characters.

use deployhost_policy::{Code, Location};

mod binding {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "package deployhost:host; world types { import deployhost:plugin/run@0.1.0; }",
        world: "types",
    });
}
// The last three have nothing in them; the bindings that share these types name them.
pub use binding::deployhost::plugin::run::{
    Commit, ConfigError, Context, Description, Diagnostic, Failure, Host, HostWithStore,
    add_to_linker,
};

/// The parameter that says where: the interface's diagnostic has no place of its own for that.
const LOCATION: &str = "location";

impl From<deployhost_policy::Diagnostic> for Diagnostic {
    fn from(ours: deployhost_policy::Diagnostic) -> Self {
        let location = ours.location.map(|location| location.to_string());
        let location = location.map(|location| (LOCATION.to_owned(), location));
        Self {
            code: ours.code.as_str().to_owned(),
            message: ours.message,
            help: ours.help,
            parameters: ours.parameters.into_iter().chain(location).collect(),
            notes: ours.notes,
        }
    }
}

impl From<Diagnostic> for deployhost_policy::Diagnostic {
    fn from(guest: Diagnostic) -> Self {
        let code = Code::parse(&guest.code).unwrap_or(Code::PLUGIN);
        let mut ours = Self::new(code, guest.message);
        ours.help = guest.help;
        ours.notes = guest.notes;
        for (name, value) in guest.parameters {
            match name.as_str() {
                LOCATION => ours.location = Some(Location::named(value)),
                _ => ours.parameters.push((name, value)),
            }
        }
        ours.sanitized()
    }
}
