//! Tells a plan's notifiers a made-up event.

use std::path::{Path, PathBuf};

use deployhost_engine::Role;
use futures_util::future::join_all;

use super::PluginPath;
use super::loader::Loader;
use super::notification_service::NotificationService;
use super::plugin_pins::pinned;
use crate::bound_plan::BoundEntry;
use crate::notify::{TestEventSource, test_event};
use deployhost_adapters::git::GitProgram;
use deployhost_plan::Plan;
use deployhost_policy::Diagnostic;
use deployhost_runtime::capability::clock::now_unix_ms;
use deployhost_runtime::capability::git::{Port, TreePath};
use deployhost_runtime::capability::run::Commit;

/// A notifier, and why it was not told.
pub type TestDelivery = (String, Option<Diagnostic>);

/// Tells every notifier of the plan, and waits for each.
pub async fn send_test_event(
    service: NotificationService<'_>,
    plan: &Plan,
    plugin_path: &PluginPath,
    kind: &str,
) -> Vec<TestDelivery> {
    let (snapshot, context_builder) = service.known(plan);
    let (steps, trees, projects) = parts(service.loader(), plan, plugin_path).await;
    let source = TestEventSource {
        snapshot: &snapshot,
        context_builder: &context_builder,
        state: service.environment.named_state(),
        head: head(&service.environment.trees.git, trees.first()).await,
        steps: &steps,
        by_hand: &by_hand(&trees, &projects),
    };
    let event = test_event(kind, &source, now_unix_ms());
    let (event, bytes) = (&event, &pinned(plan, plugin_path));
    let told = plan.notifiers.iter().map(|entry| async move {
        let name = entry.name.as_str();
        let told = service.tell(plan, name, event, bytes).await;
        (name.to_owned(), told.err())
    });
    join_all(told).await
}

/// Steps with their roles, work trees and Compose projects, as far as the plan can be bound.
async fn parts(
    loader: Loader<'_>,
    plan: &Plan,
    plugin_path: &PluginPath,
) -> (Vec<(String, Role)>, Vec<PathBuf>, Vec<String>) {
    let bound = async {
        let loaded = loader.load(plan, pinned(plan, plugin_path)).await?;
        loader.bind(plan.clone(), &loaded, &[]).await
    };
    match bound.await {
        Ok(bound) => {
            let steps = bound.bound_plan.steps.iter().map(BoundEntry::step);
            let steps = steps.map(|step| (step.name, step.role)).collect();
            let trees = bound.trees().map(Path::to_owned).collect();
            let projects = bound.projects().map(str::to_owned).collect();
            (steps, trees, projects)
        }
        // What is wrong with its steps is not what was asked.
        Err(_) => {
            let steps = plan.steps.iter();
            let steps = steps.map(|entry| (entry.name.to_string(), Role::Change));
            (steps.collect(), Vec::new(), Vec::new())
        }
    }
}

async fn head(git: &GitProgram, tree: Option<&PathBuf>) -> Option<Commit> {
    let tree = TreePath::parse(tree?.to_str()?).ok()?;
    let head = git.head(&tree).await.ok()??;
    Some(head.commit)
}

fn by_hand(trees: &[PathBuf], projects: &[String]) -> Vec<String> {
    let trees = trees
        .iter()
        .map(|tree| format!("git -C {} reset --keep 89abcde", tree.display()));
    let projects = projects
        .iter()
        .map(|project| format!("docker-compose --project-name {project} up --detach"));
    let commands: Vec<String> = trees.chain(projects).collect();
    match commands.is_empty() {
        true => vec!["docker-compose up --detach".to_owned()],
        false => commands,
    }
}
