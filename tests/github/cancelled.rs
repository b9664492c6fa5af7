//! Somebody cancels the job: the runner gives ten seconds, and the run says in them what is true.

use rustix::process::Signal;

use super::runner::Event;
use super::stage::Stage;
use crate::site::page::{self, Served};
use crate::site::repository::git;

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
fn a_cancelled_job_goes_back_in_time() {
    let stage = Stage::new("cancelled");
    let tree = stage.tree();
    let _served = Served::on(stage.site.port, move || {
        let page = std::fs::read_to_string(tree.join("10_preprod/src/index.html"));
        format!("{}{}\n", page.unwrap(), git(&tree, &["rev-parse", "HEAD"]))
    });
    stage.write_plan("preprod.toml", without_containers);
    let works = stage.push("Works", &[]);
    stage.pushed(&works, "Works").exits(0);
    stage.write_plan("preprod.toml", |plan| {
        without_containers(plan).replace("start_period = \"5s\"", "start_period = \"3m\"")
    });
    let slow = stage.push("Never comes up", &[("10_preprod/src/index.html", "Oops\n")]);
    let before = stage.told(0).len();
    let mut job = stage.start("cd-preprod.yml", &Event::push(&slow, "Never comes up"));
    job.live.says("✔ code");
    assert!(page::get(stage.site.port, "/").unwrap().contains("Oops"));

    // Another runner's job finds the work tree held, by this environment or the other.
    for other in [
        stage.pushed(&slow, "Never comes up"),
        stage.confirmed(&slow, "DEPLOY"),
    ] {
        let other = other.exits(75);
        assert_eq!(other.outputs["outcome"], "locked");
        assert!(other.annotation("error").data.contains("held by run"));
        assert!(other.summary.contains("locked"), "{}", other.summary);
    }

    let job = job.cancel().exits(130);
    let page = page::get(stage.site.port, "/").unwrap();
    assert!(
        page.contains("Streamlit") && page.contains(&works),
        "{page}"
    );
    assert_eq!(job.outputs["outcome"], "rolled-back");
    let error = job.annotation("error");
    assert!(error.data.contains(&works[..7]), "{error:?}");
    job.says("stopping: signal 2");
    // Started, and how it ended.
    let told = stage.told(before);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].contains(&works[..7]), "{told:?}");

    // The runner's second signal comes long before the third: it takes nothing from the way back.
    let mut job = stage.start("cd-preprod.yml", &Event::push(&slow, "Never comes up"));
    job.live.says("✔ code");
    let job = job
        .stop([(Signal::INT, 5), (Signal::TERM, 60_000)])
        .exits(130);
    assert_eq!(job.outputs["outcome"], "rolled-back");
    assert!(page::get(stage.site.port, "/").unwrap().contains(&works));
}
