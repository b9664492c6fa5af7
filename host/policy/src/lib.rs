//! The pure rules: what a text, an address, a git ref, a Compose name or a secret may be, and how a
//! problem with one is told.
//!
//! Owns one checked constructor for everything that comes from outside. Does not own where it comes
//! from: nothing here reads a file, opens a connection or knows a plan.

pub mod compose;
pub mod config_fault;
pub mod diagnostic;
pub mod display;
pub mod git;
pub mod http;
pub mod lexical_path;
pub mod location;
pub mod secret;
pub mod short_id;
pub mod suggest;
pub mod text;
pub mod words;

pub use diagnostic::{Code, Diagnostic};
pub use location::Location;
pub use words::{Evidence, Recovery, Role};
