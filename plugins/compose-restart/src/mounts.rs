//! What a service mounts from this machine, against what its containers were started from.
//!
//! A path without a fingerprint is data: never compared, never a reason.

use deployhost_plugin::compose::{Service, Source};

use crate::decision::listed;
use crate::pin::{Mount, Pin, ServicePin};
use crate::project_state::{ProjectState, relative};

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

/// Is each mount as it was when these containers were started?
pub fn same(service: &Service, then: &ServicePin) -> bool {
    let Some(then) = &then.mounts else {
        return false;
    };
    service
        .mounts
        .iter()
        .map(remember)
        .all(|it| then.contains(&it))
}

/// What people should know of mounts that a service has not been started with before: those that are
/// not there, and those that may change without being seen.
pub fn notes(state: &ProjectState) -> Vec<String> {
    if state.release.is_some() {
        return Vec::new();
    }
    let mut notes = Vec::new();
    for service in &state.services {
        let last = state.last_of(&service.name);
        let then = last.and_then(|it| it.mounts.as_deref()).unwrap_or_default();
        let new = |it: &&Source| !then.iter().any(|then| then.path == it.path);
        let named = |kinds: &[&str]| {
            let data = service.mounts.iter().filter(new);
            let data = data.filter(|it| it.content.is_empty() && kinds.contains(&it.kind.as_str()));
            data.map(|it| state.shown(&it.path)).collect::<Vec<_>>()
        };
        let (missing, data) = (named(&["missing"]), named(&["file", "folder"]));
        let name = &service.name;
        if !missing.is_empty() {
            let paths = listed(&missing);
            notes.push(format!("{name} mounts {paths}, where nothing is yet"));
        }
        if !data.is_empty() {
            let paths = listed(&data);
            notes.push(format!(
                "not watched, since it may be data: {paths}, mounted by {name}"
            ));
        }
    }
    notes
}

/// What the entry's `inputs` name without effect.
pub fn unmounted(state: &ProjectState, inputs: &[String]) -> Vec<String> {
    let sources = || {
        let services = state.services.iter();
        services.flat_map(|it| it.mounts.iter().chain(&it.build))
    };
    let touches = |input: &String, path: &str| {
        relative(path, input).is_some() || relative(input, path).is_some()
    };
    let unused = inputs
        .iter()
        .filter(|it| !sources().any(|source| touches(it, &source.path)));
    unused
        .map(|it| {
            format!(
                "`inputs` names {}, which no service mounts",
                state.shown(it)
            )
        })
        .collect()
}

/// A folder that is another folder by now, or a path that is another kind of thing: the container
/// still has the one before. Docker 20.10 would look the path up again at a restart (measured); a new
/// container does not rest on that. A single file does not count: git makes a new one of each change,
/// and a restart is enough.
pub fn replaced(state: &ProjectState, service: &Service, origin: &ServicePin) -> Option<String> {
    describe(state, service, origin, "replaced", |then, now| {
        let folder = then.folder || now.folder;
        folder && is_other(then, now)
    })
    .map(|(what, _)| what)
}

/// A process may have read what it was started with. Of a single file of data it still has the one
/// that was there, where another took its place.
pub fn changed(state: &ProjectState, service: &Service, origin: &ServicePin) -> Vec<String> {
    let file = |then: &Mount, now: &Mount| {
        let data = then.fingerprint.is_none() && now.fingerprint.is_none();
        data && !then.folder && !now.folder && is_other(then, now)
    };
    let replaced = describe(state, service, origin, "replaced", file).map(|(what, _)| what);
    let changed = describe(state, service, origin, "changed", |then, now| {
        then.fingerprint != now.fingerprint
    });
    let changed = changed.map(|(what, span)| what + &span);
    changed.into_iter().chain(replaced).collect()
}

/// A path that was missing was made by Docker at the start.
fn is_other(then: &Mount, now: &Mount) -> bool {
    let known = !then.identity.is_empty() && !now.identity.is_empty();
    known && then.identity != now.identity
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
