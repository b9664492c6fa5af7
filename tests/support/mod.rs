//! What all test binaries need: the program under test and its plugins, the plugins that are made
//! for tests, and a look at what changed in a folder.

pub mod guest;
pub mod limit;
pub mod misbehaving_plugin;
pub mod program;
pub mod snapshot;
