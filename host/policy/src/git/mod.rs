//! What may reach git: refs, commit ids, remotes, paths.

pub mod path;
pub mod reference;
pub mod remote;

pub use path::{Path, TreePath};
pub use reference::{CommitId, Ref};
pub use remote::{Remote, RemoteKind};
