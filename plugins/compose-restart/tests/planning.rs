//! What is decided, and the words for it, once the tree stands where it should. Each case deploys
//! `aaaaaaaa`, changes one thing, and looks at the plan for `bbbbbbbb`; then it deploys that and asks
//! the machine what really runs.

use crate::target::{Behaviour, DeployTarget, service};
use deployhost_plugin::serde_json::json;

const A: &str = "aaaaaaaa";
const B: &str = "bbbbbbbb";

fn sentences(actions: &[(String, String)]) -> Vec<String> {
    actions
        .iter()
        .map(|(what, why)| format!("{what}: {why}"))
        .collect()
}

/// Deployed at A, tree moved to B.
fn at_b(target: &mut DeployTarget) -> Vec<String> {
    target.deploy(A).unwrap();
    target.move_tree(B);
    sentences(&target.plan(B))
}

/// At A, where the tree stands.
fn planned(target: &DeployTarget) -> Vec<String> {
    sentences(&target.plan(A))
}

/// Deploys B; nothing stale is left, and a second time there is nothing to do.
fn brings_it(target: &mut DeployTarget, changes: &[&str]) {
    target.deploy(B).unwrap();
    assert_eq!(target.changes(), changes);
    assert_eq!(target.stale(), Vec::<String>::new());
    assert_eq!(sentences(&target.plan(B)), Vec::<String>::new());
    target.apply(B, None).unwrap();
    assert_eq!(
        target.calls(),
        Vec::<String>::new(),
        "the second time nothing is left to do"
    );
}

#[test]
fn nothing_changed() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").mount("target")], &[("target", "1")]);
    target.commit(
        B,
        [service("app").mount("target")],
        &[("target", "1"), ("README", "2")],
    );
    assert_eq!(at_b(&mut target), Vec::<String>::new());
    brings_it(&mut target, &[]);
}

#[test]
fn a_changed_environment_recreates() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").env("A=1"), service("db")], &[]);
    target.commit(B, [service("app").env("A=2"), service("db")], &[]);
    assert_eq!(
        at_b(&mut target),
        ["recreate app: its configuration in the Compose file changed"]
    );
    brings_it(&mut target, &["recreate app"]);
}

#[test]
fn a_changed_file_that_is_mounted_alone_restarts() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").mount("app.conf")], &[("app.conf", "1")]);
    target.commit(B, [service("app").mount("app.conf")], &[("app.conf", "2")]);
    assert_eq!(
        at_b(&mut target),
        ["restart app: its mounted ./app.conf changed (aaaaaaa → bbbbbbb)"]
    );
    brings_it(&mut target, &["restart app"]);
}

#[test]
fn a_changed_file_in_a_mounted_folder_restarts() {
    let mut target = DeployTarget::new();
    target.folder("target");
    target.commit(
        A,
        [service("app").mount("target"), service("db")],
        &[("target", "1")],
    );
    target.commit(
        B,
        [service("app").mount("target"), service("db")],
        &[("target", "2")],
    );
    assert_eq!(
        at_b(&mut target),
        ["restart app: its mounted ./target changed (aaaaaaa → bbbbbbb)"]
    );
    brings_it(&mut target, &["restart app"]);
}

#[test]
fn several_mounts_are_told_in_one_sentence() {
    let mut target = DeployTarget::new();
    let app = || service("app").mount("target").mount("conf").mount("etc");
    target.commit(A, [app()], &[("target", "1"), ("conf", "1"), ("etc", "1")]);
    target.commit(B, [app()], &[("target", "2"), ("conf", "1"), ("etc", "2")]);
    assert_eq!(
        at_b(&mut target),
        ["restart app: its mounted ./target and ./etc changed (aaaaaaa → bbbbbbb)"]
    );
}

#[test]
fn a_new_service_is_created() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.commit(B, [service("app"), service("web")], &[]);
    assert_eq!(at_b(&mut target), ["create web: it has no container"]);
    brings_it(&mut target, &["bring up web"]);
}

#[test]
fn a_service_gone_from_the_file_is_told_and_left_alone() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app"), service("web")], &[]);
    target.commit(B, [service("app")], &[]);
    assert_eq!(at_b(&mut target), Vec::<String>::new());
    // Told with the plan; the receipt says it in its summary.
    assert!(
        target
            .warned()
            .iter()
            .any(|line| line.starts_with("web is gone from the file"))
    );
    let receipt = target.deploy(B).unwrap();
    assert_eq!(
        receipt.summary,
        "left app; web is gone from the file, its container is left alone: remove it by hand with `docker rm -f app_web_1`"
    );
    assert_eq!(target.changes(), Vec::<String>::new());
    assert_eq!(target.processes().len(), 2);
}

#[test]
fn a17_what_runs_of_a_service_that_is_gone_is_put_out() {
    for services in [json!(null), json!(["frontend"])] {
        let mut target = DeployTarget::new().configured(json!({"services": ["web"]}));
        target.commit(A, [service("web")], &[]);
        target.commit(B, [service("frontend")], &[]);
        target.deploy(A).unwrap();
        target = target.configured(json!({ "services": services }));
        let receipt = target.deploy(B).unwrap();
        let left_over = receipt.outputs.iter().find(|(key, _)| key == "left_over");
        assert_eq!(left_over.unwrap().1, r#"["app_web_1"]"#);
        assert!(
            receipt.summary.contains("web is gone from the file"),
            "{}",
            receipt.summary
        );
    }
}

#[test]
fn a18_what_the_list_leaves_out_is_named_when_something_new_came() {
    let mut target = DeployTarget::new().configured(json!({"services": ["app"]}));
    let both = || {
        [
            service("app").mount("code"),
            service("worker"),
            service("db"),
        ]
    };
    target.commit(A, both(), &[("code", "1")]);
    target.commit(B, both(), &[("code", "2")]);
    target.move_tree(A);
    target.up_by_hand(&["worker", "db"]);
    let first = target.deploy(A).unwrap();
    assert_eq!(first.summary, "created app");
    let second = target.deploy(B).unwrap();
    assert_eq!(
        second.summary,
        "restarted app; db and worker are not in `services`: they run as they were started before this commit"
    );
    assert_eq!(target.deploy(B).unwrap().summary, "left app");
}

#[test]
fn b8_what_docker_started_again_since_the_last_run_is_told() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app"), service("db")], &[]);
    target.deploy(A).unwrap();
    let unstable = |target: &mut DeployTarget| {
        let receipt = target.deploy(A).unwrap();
        let found = receipt
            .outputs
            .into_iter()
            .find(|(key, _)| key == "unstable");
        (receipt.summary, found.unwrap().1)
    };
    assert_eq!(
        unstable(&mut target),
        ("left app and db".into(), "[]".into())
    );
    target.ends_by_itself("app", 2);
    assert_eq!(
        unstable(&mut target),
        (
            "left app and db; app_app_1 ended and was started again by Docker twice since the last run".into(),
            r#"["app_app_1"]"#.into()
        )
    );
    assert_eq!(unstable(&mut target).1, "[]");
}

#[test]
fn a15_what_was_started_again_is_left_where_nothing_changed_since() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").mount("code")], &[("code", "1")]);
    target.deploy(A).unwrap();
    target.restart_by_hand("app");
    assert_eq!(
        planned(&target),
        ["restart app: it was not started by deployhost as it runs now"]
    );
    target.untouched_since_start_of("app");
    assert_eq!(planned(&target), Vec::<String>::new());
    // Not what it was remembered with.
    target.replace("code");
    assert_eq!(
        planned(&target),
        ["restart app: it was not started by deployhost as it runs now"]
    );
}

#[test]
fn a07_data_and_what_is_not_there_are_named_once() {
    let mut target = DeployTarget::new().configured(json!({"inputs": ["/srv/unused"]}));
    let app = || {
        service("app")
            .mount("/srv/data")
            .mount("gone")
            .mount("code")
    };
    target.commit(A, [app()], &[("code", "1")]);
    target.commit(B, [app()], &[("code", "1"), ("other", "1")]);
    target.folder("/srv/data");
    target.move_tree(A);
    let notes = "app mounts ./gone, where nothing is yet; \
         not watched, since it may be data: /srv/data, mounted by app; \
         `inputs` names /srv/unused, which no service mounts";
    assert_eq!(
        target.deploy(A).unwrap().summary,
        format!("created app; {notes}")
    );
    let again = target.deploy(B).unwrap().summary;
    assert_eq!(
        again,
        "left app; `inputs` names /srv/unused, which no service mounts"
    );
}

#[test]
fn a06_a_file_of_data_in_place_of_another_restarts_the_service() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").mount("data")], &[]);
    target.deploy(A).unwrap();
    target.replace("data");
    assert_eq!(
        planned(&target),
        ["restart app: its mounted ./data was replaced"]
    );
}

#[test]
fn a_service_that_is_not_looked_after_is_not_touched() {
    let mut target = DeployTarget::new().configured(json!({"services": ["app"]}));
    target.commit(A, [service("app"), service("db").env("A=1")], &[]);
    target.commit(
        B,
        [service("app").env("A=1"), service("db").env("A=2")],
        &[],
    );
    assert_eq!(
        at_b(&mut target),
        ["recreate app: its configuration in the Compose file changed"]
    );
}

#[test]
fn a_changed_build_context_builds_and_recreates() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").build("src")], &[("src", "1")]);
    target.commit(B, [service("app").build("src")], &[("src", "2")]);
    assert_eq!(
        at_b(&mut target),
        ["build and recreate app: its build context changed (aaaaaaa → bbbbbbb)"]
    );
    brings_it(&mut target, &["recreate app"]);
}

#[test]
fn a_changed_build_argument_builds_and_recreates() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").build("src").arg("V=1")], &[("src", "1")]);
    target.commit(B, [service("app").build("src").arg("V=2")], &[("src", "1")]);
    assert_eq!(
        at_b(&mut target),
        ["at most: build and recreate app: its image was built under another configuration"]
    );
    brings_it(&mut target, &["recreate app"]);
}

#[test]
fn a_build_that_gives_the_same_image_recreates_nothing() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").build("src")], &[("src", "1")]);
    target.deploy(A).unwrap();
    // Nobody remembers what the image was built from.
    target.last = target.last.map(|pin| {
        pin.replace(
            r#""build":{"content":"git:1","configuration":""}"#,
            r#""build":null"#,
        )
    });
    let plan = sentences(&target.plan(A));
    assert_eq!(
        plan,
        ["at most: build and recreate app: what its image was built from is not known"]
    );
    let receipt = target.apply(A, None).unwrap();
    assert_eq!(receipt.summary, "built the same image and left app");
    assert_eq!(target.calls(), ["build app"]);
    assert_eq!(sentences(&target.plan(A)), Vec::<String>::new());
}

#[test]
fn a_build_context_outside_the_tree_is_built_each_time() {
    let mut target = DeployTarget::new();
    target.folder("/opt/src");
    target.commit(A, [service("app").build("/opt/src")], &[]);
    target.deploy(A).unwrap();
    let plan = sentences(&target.plan(A));
    assert_eq!(
        plan,
        ["at most: build and recreate app: what its build context holds is not known"]
    );
    target.apply(A, None).unwrap();
    assert_eq!(target.changes(), Vec::<String>::new());
}

#[test]
fn a_build_context_and_a_mount_are_both_told() {
    let mut target = DeployTarget::new();
    let app = || service("app").build("src").mount("target");
    target.commit(A, [app()], &[("src", "1"), ("target", "1")]);
    target.commit(B, [app()], &[("src", "2"), ("target", "2")]);
    assert_eq!(
        at_b(&mut target),
        [
            "build and recreate app: its build context changed (aaaaaaa → bbbbbbb); its mounted ./target changed (aaaaaaa → bbbbbbb)"
        ]
    );
    brings_it(&mut target, &["recreate app"]);
}

#[test]
fn another_image_of_that_name_recreates() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.deploy(A).unwrap();
    target.image("busybox:1", "newer");
    assert_eq!(
        sentences(&target.plan(A)),
        ["recreate app: its image changed (busybox → newer)"]
    );
    target.apply(A, None).unwrap();
    assert_eq!(target.stale(), Vec::<String>::new());
}

#[test]
fn a_missing_image_is_pulled_before_anything_stops() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.commit(B, [service("app").image("web:2")], &[]);
    target.registry("web:2", "web2");
    assert_eq!(
        at_b(&mut target),
        [
            "recreate app: its image is not on this machine yet; its configuration in the Compose file changed"
        ]
    );
    target.deploy(B).unwrap();
    assert_eq!(
        target.calls(),
        [
            "pull app missing",
            "keep app sha256:busybox",
            "keep app sha256:web2",
            "recreate app"
        ]
    );
    assert_eq!(target.stale(), Vec::<String>::new());
}

#[test]
fn pull_always_says_at_most_and_leaves_where_nothing_came() {
    let mut target = DeployTarget::new().configured(json!({"pull": "always"}));
    target.registry("busybox:1", "busybox");
    target.commit(A, [service("app")], &[]);
    target.deploy(A).unwrap();
    assert_eq!(
        sentences(&target.plan(A)),
        ["at most: recreate app: its image is pulled first"]
    );
    target.apply(A, None).unwrap();
    assert_eq!(target.calls(), ["pull app always"]);
    target.registry("busybox:1", "newer");
    target.apply(A, None).unwrap();
    assert_eq!(target.changes(), ["recreate app"]);
}

#[test]
fn a_container_replaced_by_hand_is_recreated() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app"), service("db")], &[]);
    target.deploy(A).unwrap();
    target.recreate_by_hand("app");
    assert_eq!(
        sentences(&target.plan(A)),
        ["recreate app: it is not known what its container was created from"]
    );
}

#[test]
fn a_container_restarted_since_is_restarted_for_what_it_reads_at_its_start() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").mount("target")], &[("target", "1")]);
    target.deploy(A).unwrap();
    target.restart_by_hand("app");
    assert_eq!(
        sentences(&target.plan(A)),
        ["restart app: it was not started by deployhost as it runs now"]
    );
}

#[test]
fn a15_a_container_restarted_since_that_reads_no_file_is_left() {
    let mut target = DeployTarget::new();
    target.folder("/var/lib/db");
    target.commit(A, [service("db").mount("/var/lib/db")], &[]);
    target.deploy(A).unwrap();
    target.restart_by_hand("db");
    assert_eq!(sentences(&target.plan(A)), Vec::<String>::new());
    target.apply(A, None).unwrap();
    assert_eq!(target.changes(), Vec::<String>::new());
}

#[test]
fn a16_another_compose_is_the_reason() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.deploy(A).unwrap();
    let made_by_another = |pin: String| {
        pin.replace("1.29.2", "1.28.0")
            .replace(r#""digest":""#, r#""digest":"other"#)
            .replace(r#""but_commit":""#, r#""but_commit":"other"#)
    };
    target.last = target.last.map(made_by_another);
    assert_eq!(
        sentences(&target.plan(A)),
        [
            "recreate app: its configuration in the Compose file changed, or Compose 1.29.2 reads it otherwise than 1.28.0 did"
        ]
    );
}

#[test]
fn a5_another_number_of_containers_is_brought_and_the_others_stay() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").replicas(1)], &[]);
    target.commit(B, [service("app").replicas(3)], &[]);
    assert_eq!(
        at_b(&mut target),
        ["scale app: it has 1 containers, the Compose file wants 3"]
    );
    let first = target.processes()[0].id.clone();
    brings_it(&mut target, &["bring up app"]);
    assert_eq!(target.processes().len(), 3);
    assert_eq!(target.processes()[0].id, first);
    target.move_tree(A);
    target.apply(A, None).unwrap();
    assert_eq!(target.changes(), ["bring up app"]);
    assert_eq!(target.processes().len(), 1);
}

#[test]
fn a_service_of_which_none_is_wanted_has_none() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.commit(B, [service("app").replicas(0)], &[]);
    target.deploy(A).unwrap();
    target.deploy(B).unwrap();
    assert_eq!(target.changes(), ["bring up app"]);
    assert_eq!(target.processes().len(), 0);
    assert_eq!(sentences(&target.plan(B)), Vec::<String>::new());
}

#[test]
fn what_ran_before_deployhost_is_recreated_once() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").mount("target")], &[("target", "1")]);
    target.move_tree(A);
    target.up_by_hand(&["app"]);
    assert_eq!(
        sentences(&target.plan(A)),
        ["recreate app: it is not known what its container was created from"]
    );
    target.apply(A, None).unwrap();
    assert_eq!(sentences(&target.plan(A)), Vec::<String>::new());
}

#[test]
fn a_tree_reset_by_hand_is_noticed_although_this_run_moves_nothing() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").mount("target")], &[("target", "1")]);
    target.commit(B, [service("app").mount("target")], &[("target", "2")]);
    target.deploy(A).unwrap();
    target.move_tree(B);
    assert_eq!(
        target.context(B).outputs[1].1,
        r#"{"at":"bbbbbbbb","changed":[],"path":"/srv/app","to":"bbbbbbbb"}"#
    );
    assert_eq!(
        sentences(&target.plan(B)),
        ["restart app: its mounted ./target changed (aaaaaaa → bbbbbbb)"]
    );
}

#[test]
fn a_stopped_container_is_started() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.deploy(A).unwrap();
    target.stop_by_hand("app");
    assert_eq!(
        sentences(&target.plan(A)),
        ["restart app: it is not running (exited with 137)"]
    );
    target.apply(A, None).unwrap();
    assert_eq!(target.processes()[0].state, "running");
}

#[test]
fn a_removed_container_is_created() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.deploy(A).unwrap();
    target.remove_by_hand("app");
    assert_eq!(
        sentences(&target.plan(A)),
        ["create app: it has no container"]
    );
}

#[test]
fn a_replaced_folder_recreates_although_compose_sees_nothing() {
    let mut target = DeployTarget::new();
    target.folder("target");
    target.commit(A, [service("app").mount("target")], &[("target", "1")]);
    target.commit(B, [service("app").mount("target")], &[("target", "1")]);
    target.deploy(A).unwrap();
    target.replace("target");
    assert_eq!(
        sentences(&target.plan(A)),
        ["recreate app: its mounted ./target was replaced"]
    );
    brings_it(&mut target, &["recreate app"]);
}

#[test]
fn a_replaced_file_is_only_restarted_where_it_changed() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").mount("app.conf")], &[("app.conf", "1")]);
    target.deploy(A).unwrap();
    target.replace("app.conf");
    assert_eq!(sentences(&target.plan(A)), Vec::<String>::new());
}

#[test]
fn a_changed_file_outside_the_tree_restarts() {
    let mut target = DeployTarget::new();
    target.outside("/etc/app.conf", "1");
    target.commit(A, [service("app").mount("/etc/app.conf")], &[]);
    target.deploy(A).unwrap();
    target.outside("/etc/app.conf", "2");
    assert_eq!(
        sentences(&target.plan(A)),
        ["restart app: its mounted /etc/app.conf changed"]
    );
}

#[test]
fn data_is_never_a_reason() {
    let mut target = DeployTarget::new();
    target.folder("/var/lib/app");
    target.folder("uploads");
    target.commit(
        A,
        [service("app")
            .mount("/var/lib/app")
            .mount("uploads")
            .mount("app.db")],
        &[],
    );
    target.deploy(A).unwrap();
    for path in ["/var/lib/app", "/srv/app/uploads", "/srv/app/app.db"] {
        target.outside(path, "written by the app");
    }
    assert_eq!(sentences(&target.plan(A)), Vec::<String>::new());
}

#[test]
fn a_path_that_git_begins_to_track_counts_as_changed() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").mount("seed")], &[]);
    target.commit(B, [service("app").mount("seed")], &[("seed", "1")]);
    assert_eq!(
        at_b(&mut target),
        ["restart app: its mounted ./seed changed (aaaaaaa → bbbbbbb)"]
    );
}

#[test]
fn a_service_that_shows_its_commit_is_recreated_with_each() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").shows_commit(), service("db")], &[]);
    target.commit(B, [service("app").shows_commit(), service("db")], &[]);
    assert_eq!(
        at_b(&mut target),
        ["recreate app: only the commit that it is given changed"]
    );
}

#[test]
fn a_loop_is_no_running_service() {
    let target = DeployTarget::new();
    target.commit(A, [service("app").behaves(Behaviour::Loops)], &[]);
    target.move_tree(A);
    target.up_by_hand(&["app"]);
    target.pass(800);
    assert_eq!(
        sentences(&target.plan(A)),
        ["recreate app: it is not known what its container was created from"]
    );
}

#[test]
fn a_oneshot_that_ended_well_is_left() {
    let mut target = DeployTarget::new().configured(json!({"oneshot": ["migrate"]}));
    let migrate = || {
        service("migrate").mount("sql").behaves(Behaviour::Exits {
            code: 0,
            after: 3_000,
        })
    };
    target.commit(A, [migrate()], &[("sql", "1")]);
    target.commit(B, [migrate()], &[("sql", "2")]);
    target.deploy(A).unwrap();
    assert_eq!(sentences(&target.plan(A)), Vec::<String>::new());
    target.move_tree(B);
    assert_eq!(
        sentences(&target.plan(B)),
        ["restart migrate: its mounted ./sql changed (aaaaaaa → bbbbbbb)"]
    );
    brings_it(&mut target, &["restart migrate"]);
}

#[test]
fn garbage_in_the_memory_counts_as_no_memory() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.deploy(A).unwrap();
    target.last = Some("{\"v\":1,".into());
    assert_eq!(
        sentences(&target.plan(A)),
        ["recreate app: it is not known what its container was created from"]
    );
}

#[test]
fn a_renamed_file_keeps_the_containers_that_deployhost_started() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.deploy(A).unwrap();
    target.edit("app", |it| it.config_files = vec!["compose.yml".into()]);
    assert_eq!(sentences(&target.plan(A)), Vec::<String>::new());
}

#[test]
fn a_mounted_path_that_docker_made_itself_was_not_replaced() {
    let mut target = DeployTarget::new();
    target.folder("target");
    target.commit(A, [service("app").mount("target")], &[("target", "1")]);
    target.deploy(A).unwrap();
    target.last = target
        .last
        .map(|pin| pin.replace(r#""identity":"1:0""#, r#""identity":"""#));
    assert_eq!(sentences(&target.plan(A)), Vec::<String>::new());
}

#[test]
fn another_files_services_in_the_same_project_are_not_seen() {
    let mut target = DeployTarget::new();
    target.commit("other", [service("preprod")], &[]);
    target.move_tree("other");
    target.up_by_hand(&["preprod"]);
    target.edit("preprod", |it| {
        it.config_files = vec!["docker-compose-preprod.yml".into()]
    });
    target.commit(A, [service("app")], &[]);
    target.move_tree(A);
    assert_eq!(
        sentences(&target.plan(A)),
        ["create app: it has no container"]
    );
    let receipt = target.deploy(A).unwrap();
    assert_eq!(receipt.summary, "created app");
    target.undo().unwrap();
    assert_eq!(target.calls(), ["stop app"]);
}

#[test]
fn a_service_that_the_file_lacks_is_a_fault_of_the_plan() {
    for config in [
        json!({"services": ["app", "web"]}),
        json!({"oneshot": ["web"]}),
        json!({"follow": {"app": ["web"]}}),
        json!({"follow": {"web": ["app"]}}),
    ] {
        let target = DeployTarget::new().configured(config);
        target.commit(A, [service("app")], &[]);
        target.move_tree(A);
        let refused = target.propose(A, None).unwrap_err();
        assert_eq!(
            refused.message(),
            "the Compose file has no service `web`; it has app"
        );
    }
}

#[test]
fn the_proposal_knows_what_is_there_and_the_way_back_by_hand() {
    let mut target = DeployTarget::new();
    target.commit(
        A,
        [service("app").build("src"), service("db")],
        &[("src", "1")],
    );
    target.commit(
        B,
        [service("app").build("src"), service("db")],
        &[("src", "2")],
    );
    target.move_tree(A);
    assert_eq!(target.propose(A, None).unwrap().now, None);
    target.deploy(A).unwrap();
    let now = target.propose(B, None).unwrap();
    // Nothing was restarted since: what is there is what the last receipt brought.
    assert_eq!(now.now, target.last);
    assert_eq!(now.next, None);
    assert_eq!(
        now.by_hand,
        [
            "docker tag sha256:built-1 app_app",
            "docker tag sha256:busybox busybox:1",
            "DEPLOYHOST_COMMIT=aaaaaaaa docker-compose -f /srv/app/docker-compose.yml -p app up -d --no-build --no-deps --force-recreate app db",
        ]
    );
}
