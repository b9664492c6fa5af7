//! The plan file, as written and as meant; every error has its place.
//!
//! From the text inwards:
//!
//! - [`read`](mod@read): the file, read so that it can neither block nor fill the host.
//! - `syntax`, `screen`, `table`, `value`: TOML with the place of everything in it; what no text
//!   may hold; unknown keys; an entry's config as JSON.
//! - `name`, `named`, `duration`, `path`, `origin`, `secret`, `reference`, `grant`: what a plan says, one
//!   checked constructor each.
//! - `plan`, `entry`: the whole, and what goes to the journal and comes back from it.
//! - `schema`, `reach`, `wanted`, `word`, `meant`: a config against its plugin's schema, and what
//!   it grants.
//! - `set`: values from the command line.
//! - `pins`: which bytes each plugin has, in the file `plugins.toml` beside the plan.
//! - `problem`, `place`, `shown`, `suggest`: how it is said.
//!
//! Nothing here reads a secret, starts a plugin or opens a connection. The disk is looked at for
//! the plan itself, and for whether a path leads through a symbolic link.

mod duration;
mod entry;
mod expected;
mod external_names;
mod grant;
mod grant_marker;
mod location;
mod name;
mod origin;
mod path;
mod pins;
mod plan;
mod problem;
mod read;
mod reference;
mod resolve;
mod schema;
mod schema_bounds;
mod secret;
mod set;
mod syntax;
mod table;
mod text_rules;
mod value;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod cases;

pub use entry::{Entry, PluginRef};
pub use grant::{ComposeGrant, ContainersGrant, FilesGrant, GitGrant, Grants, HttpGrant, Methods};
pub use location::Location;
pub use name::Name;
pub use path::checked_path;
pub use pins::{FILE as PINS, Pin, Pins};
pub use plan::{Evidence, Plan, Role};
pub use problem::{Fault, Problem, Refusal};
pub use reference::{expand, secrets_named};
pub use schema::{BadSchema, Schema};
pub use secret::{SecretEntry, SecretFrom, SecretKind};
pub use text_rules::is_webhook;
