//! Runs plugins: the sandbox around them, and the capabilities that they may ask for.
//!
//! Owns limits, grants and the ports through which everything outside is reached. Does not own what
//! is behind a port (the adapters), nor when a plugin is called (the program).

pub mod capabilities;
pub mod capability;
pub mod redaction_scope;
pub mod sandbox;
