//! What a plugin may ask of the host: one module per interface of `wit/`.
//!
//! Each holds the whole of its capability: its grant, the rule that a grant stands for, the port that
//! an adapter implements, the binding of the WIT interface, what it locks and requires.
//! [`capabilities`](crate::capabilities) is the one list of them. Nothing here reaches the world by
//! itself.

pub mod call;
pub mod clock;
pub mod compose;
pub mod containers;
pub mod error;
pub mod git;
pub mod grant;
pub mod http;
pub mod log;
pub mod observations;
pub mod progress;
pub mod run;

use std::fmt::Display;
use std::sync::Arc;

use deployhost_policy::Diagnostic;
use deployhost_policy::config_fault::ConfigFault;
use deployhost_policy::secret::Secret;

use self::call::Call;
use self::grant::{GrantScope, GrantTable, Lock, Marked, Requirement};
use self::http::Writes;
use crate::sandbox::CallError;

/// A call of a plugin, as its capabilities are made for it.
pub struct CallScope {
    pub call: Arc<Call>,
    /// Those that the entry's config names.
    pub secrets: Vec<Arc<Secret>>,
    /// What a request that is no read is to the run.
    pub writes: Writes,
    /// What the host gave the call.
    pub pin: Option<String>,
}

/// A capability that an entry has to be granted; the type answers its interface in one call.
pub trait Capability: Sized + Send + 'static {
    /// The keys that one grant may have in the plan.
    const KEYS: &'static [&'static str];
    /// Its words of `x-grant`: a config value that says one grants by being written.
    const MARKERS: &'static [&'static str];
    /// What has to be on the machine.
    const REQUIRES: &'static [Requirement];

    /// Prints as what it lets do.
    type Grant: Clone + Display + Send;
    type Port: Clone + Send + Sync;

    /// One grant as written.
    fn read_grant(
        table: &GrantTable<'_>,
        scope: &GrantScope<'_>,
    ) -> Result<Self::Grant, ConfigFault>;

    /// Adds what a config's values grant.
    fn add_marked(
        grants: &mut Vec<Self::Grant>,
        marked: &[Marked],
        scope: &GrantScope<'_>,
    ) -> Result<(), ConfigFault>;

    /// A value that says one of its words, as it is meant.
    fn resolve_marked(
        marker: &str,
        text: &str,
        scope: &GrantScope<'_>,
    ) -> Result<String, Diagnostic>;

    /// What a run with this grant must have for itself.
    fn locks(grant: &Self::Grant) -> Vec<Lock>;

    fn new(
        scope: &CallScope,
        grants: Vec<Self::Grant>,
        port: Self::Port,
    ) -> Result<Self, CallError>;
}
