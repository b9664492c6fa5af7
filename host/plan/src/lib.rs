//! The plan file, as written and as meant; every error has its location.
//!
//! From the text inwards:
//!
//! - `read`: the file, read so that it can neither block nor fill the host.
//! - `source_text`, `syntax`, `text_rules`, `table`, `value`: TOML with the location of everything in
//!   it; what no text may hold; unknown keys; an entry's config as JSON.
//! - `name`, `duration`, `path`, `remote`, `secret`, `reference`: what a plan says, one
//!   checked constructor each.
//! - `plan`, `entry`, `step_nature`: the whole, what it has to know of its plugins, and what goes to
//!   the journal and comes back from it.
//! - `schema`, `schema_bounds`, `expected`, `marked_texts`: a config against its plugin's schema, and
//!   what in it grants something.
//! - `value_locations`: where the values of a config and of a grant stand.
//! - `set`: values from the command line.
//! - `pins`: which bytes each plugin has, in the file `plugins.toml` beside the plan.
//!
//! A checked constructor returns a [`Diagnostic`](deployhost_policy::Diagnostic) without location;
//! whoever knows where the text stands adds that. None holds the text of a value that could be a
//! secret.
//!
//! Nothing here reads a secret, starts a plugin or opens a connection. The disk is looked at for
//! the plan itself, and for whether a path leads through a symbolic link.

mod duration;
mod entry;
mod expected;
#[cfg(test)]
mod hang_guard;
mod marked_texts;
mod name;
mod path;
mod pins;
mod plan;
mod read;
mod reference;
mod remote;
mod schema;
mod schema_bounds;
mod secret;
mod set;
mod source_text;
mod step_nature;
mod syntax;
mod table;
mod text_rules;
mod value;
mod value_locations;

pub use entry::{Entry, PluginRef};
pub use marked_texts::MarkedText;
pub use name::Name;
pub use path::{checked_file, checked_path};
pub use pins::{FILE as PINS, Pin, Pins};
pub use plan::Plan;
pub use reference::{expand, leading, secrets_named};
pub use remote::check_remote;
pub use schema::Schema;
pub use secret::SecretEntry;
pub use step_nature::StepNature;
pub use text_rules::is_webhook;
