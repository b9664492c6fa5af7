//! What can be said of a plan without running it, and what `check` warns of: no reason to refuse a
//! plan, but seldom meant.
//!
//! Looks at the plans beside the plan, which nobody else does: two that share a target, a work tree
//! or a Compose project wait for each other, and undo each other's work.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use deployhost_policy::Diagnostic;

use super::loader::{Loader, resolve_project};
use super::plugin_pins::pinned;
use super::{PluginPath, target};
use crate::bind::{LoadedPlugin, PreparedPlan};
use crate::command_error::Result;
use crate::effective_grants::GrantReader;
use deployhost_adapters::compose::{ignored_file_variable, unused_override};
use deployhost_plan::Plan;
use deployhost_runtime::capability::grant::{Lock, ProjectResolver};

/// Most plans beside the plan that are looked at.
const MOST: usize = 100;

/// Everything that can be said of a plan without running it, in lines.
pub async fn check(
    loader: Loader<'_>,
    plan: Plan,
    plugin_path: &PluginPath,
) -> Result<Vec<String>> {
    let loaded = loader.load(&plan, pinned(&plan, plugin_path)).await?;
    let bound = loader.bind(plan.clone(), &loaded, &[]).await?;
    let seldom_meant = lints(&plan, &loaded, &bound, &resolve_project);
    let mut report = vec![format!("{} can be run", target(&plan))];
    for (entry, grants) in &bound.grants {
        report.push(match grants.as_slice() {
            [] => format!("{entry} may log and see the clock, and nothing else"),
            _ => format!("{entry} may, and nothing else:"),
        });
        report.extend(grants.iter().map(|grant| format!("  {grant}")));
    }
    let warnings = bound.warnings.iter().chain(&seldom_meant);
    report.extend(warnings.map(|warning| format!("warning: {warning}")));
    Ok(report)
}

/// One line each: what, where, what to do. `project` is Compose's own rule.
fn lints(
    plan: &Plan,
    loaded: &BTreeMap<String, LoadedPlugin>,
    bound: &PreparedPlan,
    project: &ProjectResolver,
) -> Vec<Diagnostic> {
    let mut lints = Vec::new();
    for tree in bound.trees().filter(|it| plan.file.starts_with(it)) {
        let message = format!(
            "the plan lies in the work tree {} that it moves: whoever can push there decides what it may do",
            tree.display()
        );
        lints.push(lint(
            "lint.plan-in-tree",
            message,
            &plan.file,
            "keep it elsewhere",
        ));
    }
    for step in &bound.bound_plan.steps {
        let files = step.grants.compose.iter().flat_map(|grant| &grant.files);
        let outside = |file: &&Path| !bound.trees().any(|tree| file.starts_with(tree));
        for file in files.map(|file| file.path()).filter(outside) {
            if bound.trees().next().is_some() {
                let message = "the Compose file is in none of the work trees that the plan moves: changes of it are neither deployed nor rolled back";
                lints.push(lint(
                    "lint.compose-file-outside",
                    message,
                    file,
                    "keep it in the tree",
                ));
            }
        }
    }
    for grant in bound
        .bound_plan
        .steps
        .iter()
        .flat_map(|it| &it.grants.compose)
    {
        let file = grant.files.first();
        let ignored =
            file.filter(|it| ignored_file_variable(it, &grant.settings.env_files).is_some());
        if let Some(file) = ignored {
            let message = "the variable COMPOSE_FILE beside this file names Compose files, and has no say here: the plan's `file` has";
            lints.push(lint(
                "lint.compose-file-variable",
                message,
                file.path(),
                "name all of them in `file`, in their order",
            ));
        }
    }
    let grants = bound.bound_plan.steps.iter();
    for grant in grants.flat_map(|it| &it.grants.compose) {
        let Some(path) = unused_override(&grant.files) else {
            continue;
        };
        let message =
            "`docker compose up`, typed there, reads this file too, and the plan does not name it";
        let help = "name it after the other in `file`, or take it away";
        lints.push(lint("lint.override-unused", message, &path, help));
    }
    for other in beside(plan) {
        let file = other.file.as_path();
        if target(&other) == target(plan) {
            let message = format!(
                "another plan has the target {}: each would go back to what the other deployed",
                target(plan)
            );
            let help = "give one of them another name or environment";
            lints.push(lint("lint.same-target", message, file, help));
            continue;
        }
        let changes = changes(other.clone(), plan, loaded, project);
        for tree in bound
            .trees()
            .filter(|it| changes.contains(&Lock::Tree(it.to_path_buf())))
        {
            let message = format!(
                "{} moves the work tree {}, too: one deployment brings the files of both",
                target(&other),
                tree.display()
            );
            lints.push(lint(
                "lint.same-tree",
                message,
                file,
                "see that this is meant",
            ));
        }
        for project in bound.projects().filter(|it| {
            changes
                .iter()
                .any(|lock| matches!(lock, Lock::Project(name) if name.as_str() == *it))
        }) {
            let message = format!(
                "{} acts in the Compose project {project}, too",
                target(&other)
            );
            let help = "see that their services have different names";
            lints.push(lint("lint.same-project", message, file, help));
        }
    }
    lints
}

fn lint(code: &'static str, message: impl Into<String>, at: &Path, help: &str) -> Diagnostic {
    Diagnostic::new(code, message).at(at).help(help)
}

/// The other plans of the folder, as far as they are any.
fn beside(plan: &Plan) -> Vec<Plan> {
    let Ok(entries) = std::fs::read_dir(&plan.folder) else {
        return Vec::new();
    };
    let paths = entries.map_while(|it| it.ok()).map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|it| it == "toml"))
        .filter(|path| *path != plan.file)
        .take(MOST)
        .collect();
    paths.sort();
    let plans = paths.iter().map(|path| Plan::load(path));
    plans.filter_map(|it| it.ok()).collect()
}

/// What another plan can change, as far as its plugins are those of this one.
fn changes(
    mut other: Plan,
    plan: &Plan,
    loaded: &BTreeMap<String, LoadedPlugin>,
    resolve_project: &ProjectResolver,
) -> BTreeSet<Lock> {
    let (folder, secrets) = (other.folder.clone(), other.secrets.clone());
    let reader = GrantReader {
        folder: &folder,
        secrets: &secrets,
        resolve_project,
    };
    let mut changes = BTreeSet::new();
    for entry in &mut other.steps {
        let same = plan.entries().find(|ours| ours.plugin == entry.plugin);
        let Some(loaded) = same.and_then(|same| loaded.get(same.name.as_str())) else {
            continue;
        };
        if let Ok(grants) = reader.resolve(entry, &loaded.schema) {
            changes.extend(grants.locks());
        }
    }
    changes
}
