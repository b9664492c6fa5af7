//! What `check` warns of: no reason to refuse a plan, but seldom meant.
//!
//! Looks at the plans beside the plan, which nobody else does: two that share a target, a work tree
//! or a Compose project wait for each other, and undo each other's work.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::target;
use crate::bind::{LoadedPlugin, PreparedPlan};
use deployhost_plan::{Entry, Plan};

/// Most plans beside the plan that are looked at.
const MOST: usize = 100;

/// What a plan can change.
#[derive(Default)]
struct ChangeScope {
    trees: BTreeSet<PathBuf>,
    projects: BTreeSet<String>,
}

/// One line each: what, where, what to do. `project` is Compose's own rule.
pub(super) fn lints(
    plan: &Plan,
    loaded: &BTreeMap<String, LoadedPlugin>,
    bound: &PreparedPlan,
    project: impl Fn(&[PathBuf]) -> Option<String>,
) -> Vec<String> {
    let mut lints = Vec::new();
    for tree in bound.trees.iter().filter(|it| plan.file.starts_with(it)) {
        lints.push(format!(
            "the plan lies in the work tree {} that it moves: whoever can push there decides what it may do — {} — keep it elsewhere",
            tree.display(),
            plan.file.display()
        ));
    }
    for step in &bound.bound_plan.steps {
        let files = step.granted.compose.iter().flat_map(|grant| &grant.files);
        let outside = |file: &&Path| !bound.trees.iter().any(|tree| file.starts_with(tree));
        for file in files.map(|file| file.path()).filter(outside) {
            if !bound.trees.is_empty() {
                lints.push(format!(
                    "the Compose file is in none of the work trees that the plan moves: changes of it are neither deployed nor rolled back — {} — keep it in the tree",
                    file.display()
                ));
            }
        }
    }
    for other in beside(plan) {
        let file = other.file.display();
        if target(&other) == target(plan) {
            lints.push(format!(
                "another plan has the target {}: each would go back to what the other deployed — {file} — give one of them another name or environment",
                target(plan)
            ));
            continue;
        }
        let change_scope = change_scope(other.clone(), plan, loaded, &project);
        for tree in bound
            .trees
            .iter()
            .filter(|it| change_scope.trees.contains(*it))
        {
            lints.push(format!(
                "{} moves the work tree {}, too: one deployment brings the files of both — {file} — see that this is meant",
                target(&other),
                tree.display()
            ));
        }
        for project in bound
            .projects
            .iter()
            .filter(|it| change_scope.projects.contains(*it))
        {
            lints.push(format!(
                "{} acts in the Compose project {project}, too — {file} — see that their services have different names",
                target(&other)
            ));
        }
    }
    lints
}

/// The other plans of the folder, as far as they are any.
fn beside(plan: &Plan) -> Vec<Plan> {
    let Ok(entries) = std::fs::read_dir(&plan.folder) else {
        return Vec::new();
    };
    let paths = entries.map_while(Result::ok).map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|it| it == "toml"))
        .filter(|path| *path != plan.file)
        .take(MOST)
        .collect();
    paths.sort();
    let plans = paths.iter().map(|path| Plan::load(path));
    plans.filter_map(Result::ok).collect()
}

/// What another plan can change, as far as its plugins are those of this one.
fn change_scope(
    mut other: Plan,
    plan: &Plan,
    loaded: &BTreeMap<String, LoadedPlugin>,
    project: impl Fn(&[PathBuf]) -> Option<String>,
) -> ChangeScope {
    let (folder, secrets) = (other.folder.clone(), other.secrets.clone());
    let schema = |entry: &Entry| {
        let same = plan.entries().find(|ours| ours.plugin == entry.plugin)?;
        loaded.get(same.name.as_str()).map(|loaded| &loaded.schema)
    };
    let mut change_scope = ChangeScope::default();
    for entry in &mut other.steps {
        let Some(schema) = schema(entry) else {
            continue;
        };
        let resolved = entry.resolve(schema, &folder, &secrets);
        let Ok(grants) = resolved.and_then(|()| entry.grants(schema, &secrets)) else {
            continue;
        };
        change_scope
            .trees
            .extend(grants.git.into_iter().map(|it| it.tree));
        let projects = grants.compose.into_iter();
        let projects = projects.filter_map(|it| it.project.or_else(|| project(&it.files)));
        change_scope.projects.extend(projects);
    }
    change_scope
}
