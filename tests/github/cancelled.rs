//! Somebody cancels the job: the run goes back at the runner's first signal, and says what is true.

use super::gha_fixture::GhaFixture;
use super::runner::WorkflowEvent;
use crate::fixture::page::{self, Served};
use crate::fixture::repository::git;

/// The example without its containers: what they cost to bring back is Docker's, and none of the
/// runner's business.
fn without_containers(plan: String) -> String {
    let (before, rest) = plan
        .split_once("[[step]]                    # of this")
        .unwrap();
    let (_, after) = rest.split_once("[[step]]").unwrap();
    format!("{before}[[step]]{after}")
}

#[test]
fn a_cancelled_job_goes_back() {
    let gha = GhaFixture::new("cancelled");
    let tree = gha.tree();
    let _served = Served::on(gha.fixture.port, move || {
        let page = std::fs::read_to_string(tree.join("10_preprod/src/index.html"));
        format!("{}{}\n", page.unwrap(), git(&tree, &["rev-parse", "HEAD"]))
    });
    gha.write_plan("preprod.toml", without_containers);
    let works = gha.push("Works", &[]);
    gha.pushed(&works, "Works").exits(0);
    gha.write_plan("preprod.toml", |plan| {
        without_containers(plan).replace("start_period = \"5s\"", "start_period = \"3m\"")
    });
    let slow = gha.push("Never comes up", &[("10_preprod/src/index.html", "Oops\n")]);
    let before = gha.list_messages(0).len();
    let mut job = gha.start(
        "cd-preprod.yml",
        &WorkflowEvent::push(&slow, "Never comes up"),
    );
    job.command.says("✔ code");
    assert!(page::get(gha.fixture.port, "/").unwrap().contains("Oops"));

    // Another runner's job finds the work tree held, by this environment or the other.
    for other in [
        gha.pushed(&slow, "Never comes up"),
        gha.confirmed(&slow, "DEPLOY"),
    ] {
        let other = other.exits(75);
        assert_eq!(other.outputs["outcome"], "locked");
        assert!(other.annotation("error").data.contains("held by run"));
        assert!(other.summary.contains("locked"), "{}", other.summary);
    }

    let job = job.cancel().exits(130);
    let page = page::get(gha.fixture.port, "/").unwrap();
    assert!(
        page.contains("Streamlit") && page.contains(&works),
        "{page}"
    );
    assert_eq!(job.outputs["outcome"], "rolled-back");
    let error = job.annotation("error");
    assert!(error.data.contains(&works[..7]), "{error:?}");
    job.says("stopping: signal 2");
    // Started, and how it ended.
    let messages = gha.list_messages(before);
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[1].contains(&works[..7]), "{messages:?}");

    // The runner's second signal takes nothing from the way back.
    let mut job = gha.start(
        "cd-preprod.yml",
        &WorkflowEvent::push(&slow, "Never comes up"),
    );
    job.command.says("✔ code");
    let job = job.cancel_twice().exits(130);
    assert_eq!(job.outputs["outcome"], "rolled-back");
    assert!(page::get(gha.fixture.port, "/").unwrap().contains(&works));
}
