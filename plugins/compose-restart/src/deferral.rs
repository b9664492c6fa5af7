//! Before an earlier step has moved the tree, the services of the new commit cannot be rendered.
//! Either nothing that decides what they are changes, so that they can be decided on as if it had;
//! or the proposal says the most that may happen, never a guess from the old state.

use deployhost_plugin::compose::Service;
use deployhost_plugin::output::Tree;

use crate::decision::short_commit;
use crate::facts::relative;

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
    asked: Option<&[String]>,
    known: &[Service],
    has_container: impl Fn(&str) -> bool,
    why: &str,
) -> Vec<(String, String)> {
    let names: Vec<&str> = match asked {
        Some(asked) => asked.iter().map(String::as_str).collect(),
        None => known.iter().map(|service| service.name.as_str()).collect(),
    };
    if names.is_empty() {
        return vec![(
            "at most: build and recreate services".to_owned(),
            why.to_owned(),
        )];
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
            (format!("at most: {build}{verb} {name}"), why.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(at: Option<&str>, changed: Option<&[&str]>) -> Tree {
        Tree {
            path: "/srv/app".into(),
            from: at.map(Into::into),
            at: at.map(Into::into),
            to: "bbbbbbbbbb".into(),
            changed: changed.map(|paths| paths.iter().map(|it| (*it).into()).collect()),
        }
    }

    fn inputs() -> Vec<String> {
        [
            "/srv/app/docker-compose.yml",
            "/srv/app/.env",
            "/etc/app.env",
        ]
        .map(Into::into)
        .into()
    }

    #[test]
    fn a_change_elsewhere_defers_nothing() {
        assert_eq!(
            reason(
                &tree(Some("aa"), Some(&["site/index.html", "docs/.env"])),
                &inputs()
            ),
            None
        );
        assert_eq!(reason(&tree(Some("aa"), Some(&[])), &inputs()), None);
    }

    #[test]
    fn a_change_of_what_decides_does() {
        for path in ["docker-compose.yml", ".env"] {
            let why = reason(&tree(Some("aa"), Some(&["site", path])), &inputs());
            assert_eq!(
                why,
                Some(format!(
                    "decided after /srv/app moves to bbbbbbb: {path} changes"
                ))
            );
        }
    }

    #[test]
    fn a_path_that_cannot_be_placed_is_taken_by_its_name() {
        let inputs = ["../docker/compose.yml".to_owned()];
        let changed = |path| reason(&tree(Some("aa"), Some(&[path])), &inputs).is_some();
        assert!(changed("30_docker/compose.yml"));
        assert!(!changed("30_docker/other.yml"));
    }

    #[test]
    fn too_many_changes_to_list_defer() {
        let why = reason(&tree(Some("aa"), None), &inputs()).unwrap();
        assert!(why.ends_with("what changes is not known"), "{why}");
    }

    #[test]
    fn a_tree_that_is_cloned_defers() {
        let why = reason(&tree(None, Some(&[])), &[]).unwrap();
        assert_eq!(why, "decided after /srv/app is cloned at bbbbbbb");
    }

    #[test]
    fn a_service_of_unknown_making_may_be_built() {
        let asked = ["app".to_owned(), "db".to_owned()];
        assert_eq!(
            actions(Some(&asked), &[], |name| name == "app", "w"),
            [
                ("at most: build and recreate app".to_owned(), "w".to_owned()),
                ("at most: build and create db".to_owned(), "w".to_owned())
            ]
        );
        assert_eq!(
            actions(None, &[], |_| false, "w"),
            [(
                "at most: build and recreate services".to_owned(),
                "w".to_owned()
            )]
        );
    }
}
