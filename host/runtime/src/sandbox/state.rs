//! What one call of one plugin holds: what answers its imports, and its limiter.

use std::sync::Arc;

use super::call_error::CallError;
use super::limits::{Limiter, Limits};
use crate::capabilities::{EntryGrants, Hosts, Ports};
use crate::capability::CallScope;
use crate::capability::call::Call;

pub(crate) struct State {
    pub(super) call: Arc<Call>,
    pub(super) limiter: Limiter,
    pub(crate) hosts: Hosts,
}

impl State {
    pub(super) fn new(
        scope: &CallScope,
        ports: &Ports,
        grants: &EntryGrants,
        limits: &Limits,
    ) -> Result<Self, CallError> {
        Ok(Self {
            call: scope.call.clone(),
            limiter: Limiter::new(limits),
            hosts: Hosts::new(scope, ports, grants)?,
        })
    }
}
