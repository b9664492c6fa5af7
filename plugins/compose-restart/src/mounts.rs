//! What a service mounts from this machine, against what its containers were started from.
//!
//! A path without a fingerprint is data: never compared, never a reason.

use deployhost_plugin::compose::{Service, Source};

use crate::decision::listed;
use crate::pin::{Mount, Pin, ServicePin};
use crate::project_state::ProjectState;

/// A mount as it is now, to be remembered.
pub fn remember(source: &Source) -> Mount {
    Mount {
        path: source.path.clone(),
        folder: source.kind == "folder",
        fingerprint: Some(source.content.clone()).filter(|content| !content.is_empty()),
        identity: source.identity.clone(),
    }
}

/// Does it mount anything that is compared?
pub fn has_code(service: &Service) -> bool {
    service.mounts.iter().any(|it| !it.content.is_empty())
}

/// What a service mounts that was tracked when its containers were started, and no longer is.
pub fn no_longer_tracked<'s>(
    services: &'s [Service],
    last: Option<&'s Pin>,
) -> impl Iterator<Item = (&'s Service, &'s Source)> {
    let then = move |service: &Service| last?.services.get(&service.name)?.mounts.as_deref();
    services.iter().flat_map(move |service| {
        let then = then(service).unwrap_or_default();
        let mounts = service.mounts.iter().filter(move |it| {
            let was = |then: &Mount| then.path == it.path && then.fingerprint.is_some();
            it.content.is_empty() && then.iter().any(was)
        });
        mounts.map(move |source| (service, source))
    })
}

/// Of these, one that is gone: Docker would make an empty folder of it. On the way back it was so
/// before.
pub fn taken_away(state: &ProjectState) -> Option<(&Service, &Source)> {
    if state.release.is_some() {
        return None;
    }
    no_longer_tracked(&state.services, state.last.as_ref()).find(|(_, it)| it.kind == "missing")
}

/// A folder that is another folder by now: the container still looks into the one before. Docker
/// 20.10 would look the path up again at a restart (measured); a new container does not rest on that.
/// A single file does not count: git makes a new one of each change, and a restart is enough.
pub fn replaced(state: &ProjectState, service: &Service, origin: &ServicePin) -> Option<String> {
    describe(state, service, origin, "replaced", |then, now| {
        let folder = then.folder || now.folder;
        // A path that was missing was made by Docker at the start.
        let known = !then.identity.is_empty() && !now.identity.is_empty();
        folder && known && then.identity != now.identity
    })
    .map(|(what, _)| what)
}

/// A process may have read what it was started with.
pub fn changed(state: &ProjectState, service: &Service, origin: &ServicePin) -> Option<String> {
    describe(state, service, origin, "changed", |then, now| {
        then.fingerprint != now.fingerprint
    })
    .map(|(what, span)| what + &span)
}

fn describe(
    state: &ProjectState,
    service: &Service,
    origin: &ServicePin,
    what: &str,
    differs: impl Fn(&Mount, &Mount) -> bool,
) -> Option<(String, String)> {
    let then = origin.mounts.as_deref()?;
    let paths: Vec<&str> = service
        .mounts
        .iter()
        .filter(|source| {
            let now = remember(source);
            // A mount that is new is another configuration, which shows in its hash.
            then.iter()
                .any(|then| then.path == now.path && differs(then, &now))
        })
        .map(|source| source.path.as_str())
        .collect();
    if paths.is_empty() {
        return None;
    }
    let shown: Vec<String> = paths.iter().map(|path| state.shown(path)).collect();
    let verb = match what {
        "changed" => what.to_owned(),
        other => format!("{} {other}", if paths.len() == 1 { "was" } else { "were" }),
    };
    Some((
        format!("its mounted {} {verb}", listed(&shown)),
        state.span(&paths),
    ))
}
