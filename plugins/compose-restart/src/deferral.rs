//! Before an earlier step has moved the tree, the services of the new commit cannot be rendered.
//! Either nothing that decides what they are changes, so that they can be decided on as if it had;
//! or the proposal has the most that may happen, never a guess from the old state.

use deployhost_plugin::Action;
use deployhost_plugin::compose::Service;
use deployhost_plugin::output::Tree;

use crate::decision::short_commit;
use crate::project_state::relative;

/// Why nothing can be decided until the tree has moved. None: it can be now. `inputs` are the files
/// that decide what the services are, absolute.
pub fn reason(tree: &Tree, inputs: &[String]) -> Option<String> {
    let to = short_commit(&tree.to);
    if tree.at.is_none() {
        return Some(format!("decided after {} is cloned at {to}", tree.path));
    }
    let Some(changed) = &tree.changed else {
        return Some(format!(
            "decided after {} moves to {to}: what changes is not known",
            tree.path
        ));
    };
    let input = inputs
        .iter()
        .find_map(|input| changed.iter().find(|it| is_same(tree, input, it)))?;
    Some(format!(
        "decided after {} moves to {to}: {input} changes",
        tree.path
    ))
}

/// A path that is not absolute cannot be placed: then its name is enough to be careful.
fn is_same(tree: &Tree, input: &str, changed: &str) -> bool {
    if input.starts_with('/') {
        return relative(&tree.path, input) == Some(changed);
    }
    changed.rsplit('/').next() == input.rsplit('/').next()
}

/// The most that may happen to each service that is known by name.
pub fn actions(
    configured: Option<&[String]>,
    known: &[Service],
    has_container: impl Fn(&str) -> bool,
    why: &str,
) -> Vec<Action> {
    let names: Vec<&str> = match configured {
        Some(names) => names.iter().map(String::as_str).collect(),
        None => known.iter().map(|service| service.name.as_str()).collect(),
    };
    if names.is_empty() {
        return vec![Action::new("at most: build and recreate services", why)];
    }
    names
        .into_iter()
        .map(|name| {
            let service = known.iter().find(|service| service.name == name);
            let build = if service.is_none_or(|it| it.build.is_some()) {
                "build and "
            } else {
                ""
            };
            let verb = if has_container(name) {
                "recreate"
            } else {
                "create"
            };
            Action::new(format!("at most: {build}{verb} {name}"), why)
        })
        .collect()
}
