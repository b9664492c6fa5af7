//! What is decided, and the words for it, once the tree stands where it should. Each case deploys
//! `aaaaaaaa`, changes one thing, and looks at the plan for `bbbbbbbb`; then it deploys that and asks
//! the machine what really runs.

use crate::site::{Behaviour, Site, service};
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
fn at_b(site: &mut Site) -> Vec<String> {
    site.deploy(A).unwrap();
    site.move_tree(B);
    sentences(&site.plan(B))
}

/// Deploys B; nothing stale is left, and a second time there is nothing to do.
fn brings_it(site: &mut Site, changes: &[&str]) {
    site.deploy(B).unwrap();
    assert_eq!(site.changes(), changes);
    assert_eq!(site.stale(), Vec::<String>::new());
    assert_eq!(sentences(&site.plan(B)), Vec::<String>::new());
    site.apply(B, None).unwrap();
    assert_eq!(
        site.calls(),
        Vec::<String>::new(),
        "the second time nothing is left to do"
    );
}

#[test]
fn nothing_changed() {
    let mut site = Site::new();
    site.commit(A, [service("app").mount("site")], &[("site", "1")]);
    site.commit(
        B,
        [service("app").mount("site")],
        &[("site", "1"), ("README", "2")],
    );
    assert_eq!(at_b(&mut site), Vec::<String>::new());
    brings_it(&mut site, &[]);
}

#[test]
fn a_changed_environment_recreates() {
    let mut site = Site::new();
    site.commit(A, [service("app").env("A=1"), service("db")], &[]);
    site.commit(B, [service("app").env("A=2"), service("db")], &[]);
    assert_eq!(
        at_b(&mut site),
        ["recreate app: its configuration in the Compose file changed"]
    );
    brings_it(&mut site, &["up app"]);
}

#[test]
fn a_changed_file_that_is_mounted_alone_restarts() {
    let mut site = Site::new();
    site.commit(A, [service("app").mount("app.conf")], &[("app.conf", "1")]);
    site.commit(B, [service("app").mount("app.conf")], &[("app.conf", "2")]);
    assert_eq!(
        at_b(&mut site),
        ["restart app: its mounted ./app.conf changed (aaaaaaa → bbbbbbb)"]
    );
    brings_it(&mut site, &["restart app"]);
}

#[test]
fn a_changed_file_in_a_mounted_folder_restarts() {
    let mut site = Site::new();
    site.folder("site");
    site.commit(
        A,
        [service("app").mount("site"), service("db")],
        &[("site", "1")],
    );
    site.commit(
        B,
        [service("app").mount("site"), service("db")],
        &[("site", "2")],
    );
    assert_eq!(
        at_b(&mut site),
        ["restart app: its mounted ./site changed (aaaaaaa → bbbbbbb)"]
    );
    brings_it(&mut site, &["restart app"]);
}

#[test]
fn several_mounts_are_told_in_one_sentence() {
    let mut site = Site::new();
    let app = || service("app").mount("site").mount("conf").mount("etc");
    site.commit(A, [app()], &[("site", "1"), ("conf", "1"), ("etc", "1")]);
    site.commit(B, [app()], &[("site", "2"), ("conf", "1"), ("etc", "2")]);
    assert_eq!(
        at_b(&mut site),
        ["restart app: its mounted ./site and ./etc changed (aaaaaaa → bbbbbbb)"]
    );
}

#[test]
fn a_new_service_is_created() {
    let mut site = Site::new();
    site.commit(A, [service("app")], &[]);
    site.commit(B, [service("app"), service("web")], &[]);
    assert_eq!(at_b(&mut site), ["create web: it has no container"]);
    brings_it(&mut site, &["up web"]);
}

#[test]
fn a_service_gone_from_the_file_is_told_and_left_alone() {
    let mut site = Site::new();
    site.commit(A, [service("app"), service("web")], &[]);
    site.commit(B, [service("app")], &[]);
    assert_eq!(at_b(&mut site), Vec::<String>::new());
    let receipt = site.deploy(B).unwrap();
    assert_eq!(
        receipt.summary,
        "left app; web is gone from the file, its container is left alone: remove it by hand with `docker rm -f app_web_1`"
    );
    assert_eq!(site.changes(), Vec::<String>::new());
    assert!(
        site.warned()
            .iter()
            .any(|line| line.starts_with("web is gone from the file"))
    );
    assert_eq!(site.processes().len(), 2);
}

#[test]
fn a_service_that_is_not_looked_after_is_not_touched() {
    let mut site = Site::new().configured(json!({"services": ["app"]}));
    site.commit(A, [service("app"), service("db").env("A=1")], &[]);
    site.commit(
        B,
        [service("app").env("A=1"), service("db").env("A=2")],
        &[],
    );
    assert_eq!(
        at_b(&mut site),
        ["recreate app: its configuration in the Compose file changed"]
    );
}

#[test]
fn a_changed_build_context_builds_and_recreates() {
    let mut site = Site::new();
    site.commit(A, [service("app").build("src")], &[("src", "1")]);
    site.commit(B, [service("app").build("src")], &[("src", "2")]);
    assert_eq!(
        at_b(&mut site),
        ["build and recreate app: its build context changed (aaaaaaa → bbbbbbb)"]
    );
    brings_it(&mut site, &["up app"]);
}

#[test]
fn a_changed_build_argument_builds_and_recreates() {
    let mut site = Site::new();
    site.commit(A, [service("app").build("src").arg("V=1")], &[("src", "1")]);
    site.commit(B, [service("app").build("src").arg("V=2")], &[("src", "1")]);
    assert_eq!(
        at_b(&mut site),
        [
            "build and recreate app: its image was built under another configuration; its configuration in the Compose file changed"
        ]
    );
    brings_it(&mut site, &["up app"]);
}

#[test]
fn a_build_that_gives_the_same_image_recreates_nothing() {
    let mut site = Site::new();
    site.commit(A, [service("app").build("src")], &[("src", "1")]);
    site.deploy(A).unwrap();
    // Nobody remembers what the image was built from.
    site.last = site
        .last
        .map(|pin| pin.replace(r#""build":"git:1""#, r#""build":null"#));
    let plan = sentences(&site.plan(A));
    assert_eq!(
        plan,
        ["at most: build and recreate app: what its image was built from is not known"]
    );
    let receipt = site.apply(A, None).unwrap();
    assert_eq!(receipt.summary, "built the same image and left app");
    assert_eq!(site.calls(), ["build app"]);
    assert_eq!(sentences(&site.plan(A)), Vec::<String>::new());
}

#[test]
fn a_build_context_outside_the_tree_is_built_each_time() {
    let mut site = Site::new();
    site.folder("/opt/src");
    site.commit(A, [service("app").build("/opt/src")], &[]);
    site.deploy(A).unwrap();
    let plan = sentences(&site.plan(A));
    assert_eq!(
        plan,
        ["at most: build and recreate app: what its build context holds is not known"]
    );
    site.apply(A, None).unwrap();
    assert_eq!(site.changes(), Vec::<String>::new());
}

#[test]
fn a_build_context_and_a_mount_are_both_told() {
    let mut site = Site::new();
    let app = || service("app").build("src").mount("site");
    site.commit(A, [app()], &[("src", "1"), ("site", "1")]);
    site.commit(B, [app()], &[("src", "2"), ("site", "2")]);
    assert_eq!(
        at_b(&mut site),
        [
            "build and recreate app: its build context changed (aaaaaaa → bbbbbbb); its mounted ./site changed (aaaaaaa → bbbbbbb)"
        ]
    );
    brings_it(&mut site, &["up app"]);
}

#[test]
fn another_image_of_that_name_recreates() {
    let mut site = Site::new();
    site.commit(A, [service("app")], &[]);
    site.deploy(A).unwrap();
    site.image("busybox:1", "newer");
    assert_eq!(
        sentences(&site.plan(A)),
        ["recreate app: its image changed (busybox → newer)"]
    );
    site.apply(A, None).unwrap();
    assert_eq!(site.stale(), Vec::<String>::new());
}

#[test]
fn a_missing_image_is_pulled_before_anything_stops() {
    let mut site = Site::new();
    site.commit(A, [service("app")], &[]);
    site.commit(B, [service("app").image("web:2")], &[]);
    site.registry("web:2", "web2");
    assert_eq!(
        at_b(&mut site),
        ["at most: recreate app: its image is not on this machine yet"]
    );
    site.deploy(B).unwrap();
    assert_eq!(
        site.calls(),
        [
            "pull app missing",
            "keep app sha256:busybox",
            "keep app sha256:web2",
            "up app"
        ]
    );
    assert_eq!(site.stale(), Vec::<String>::new());
}

#[test]
fn pull_always_says_at_most_and_leaves_where_nothing_came() {
    let mut site = Site::new().configured(json!({"pull": "always"}));
    site.registry("busybox:1", "busybox");
    site.commit(A, [service("app")], &[]);
    site.deploy(A).unwrap();
    assert_eq!(
        sentences(&site.plan(A)),
        ["at most: recreate app: its image is pulled first"]
    );
    site.apply(A, None).unwrap();
    assert_eq!(site.calls(), ["pull app always"]);
    site.registry("busybox:1", "newer");
    site.apply(A, None).unwrap();
    assert_eq!(site.changes(), ["up app"]);
}

#[test]
fn a_container_replaced_by_hand_restarts() {
    let mut site = Site::new();
    site.commit(A, [service("app"), service("db")], &[]);
    site.deploy(A).unwrap();
    site.recreate_by_hand("app");
    assert_eq!(
        sentences(&site.plan(A)),
        ["restart app: it was not started by deployhost as it runs now"]
    );
}

#[test]
fn a_container_restarted_since_restarts() {
    let mut site = Site::new();
    site.commit(A, [service("app").mount("site")], &[("site", "1")]);
    site.deploy(A).unwrap();
    site.restart_by_hand("app");
    assert_eq!(
        sentences(&site.plan(A)),
        ["restart app: it was not started by deployhost as it runs now"]
    );
}

#[test]
fn what_ran_before_deployhost_restarts_once() {
    let mut site = Site::new();
    site.commit(A, [service("app").mount("site")], &[("site", "1")]);
    site.move_tree(A);
    site.up_by_hand(&["app"]);
    assert_eq!(
        sentences(&site.plan(A)),
        ["restart app: it was not started by deployhost as it runs now"]
    );
    site.apply(A, None).unwrap();
    assert_eq!(sentences(&site.plan(A)), Vec::<String>::new());
}

#[test]
fn a_tree_reset_by_hand_is_noticed_although_this_run_moves_nothing() {
    let mut site = Site::new();
    site.commit(A, [service("app").mount("site")], &[("site", "1")]);
    site.commit(B, [service("app").mount("site")], &[("site", "2")]);
    site.deploy(A).unwrap();
    site.move_tree(B);
    assert_eq!(
        site.context(B).outputs[1].1,
        r#"{"at":"bbbbbbbb","changed":[],"path":"/srv/app","to":"bbbbbbbb"}"#
    );
    assert_eq!(
        sentences(&site.plan(B)),
        ["restart app: its mounted ./site changed (aaaaaaa → bbbbbbb)"]
    );
}

#[test]
fn a_stopped_container_is_started() {
    let mut site = Site::new();
    site.commit(A, [service("app")], &[]);
    site.deploy(A).unwrap();
    site.stop_by_hand("app");
    assert_eq!(
        sentences(&site.plan(A)),
        ["restart app: it is not running (exited with 137)"]
    );
    site.apply(A, None).unwrap();
    assert_eq!(site.processes()[0].state, "running");
}

#[test]
fn a_removed_container_is_created() {
    let mut site = Site::new();
    site.commit(A, [service("app")], &[]);
    site.deploy(A).unwrap();
    site.remove_by_hand("app");
    assert_eq!(
        sentences(&site.plan(A)),
        ["create app: it has no container"]
    );
}

#[test]
fn a_replaced_folder_recreates_although_compose_sees_nothing() {
    let mut site = Site::new();
    site.folder("site");
    site.commit(A, [service("app").mount("site")], &[("site", "1")]);
    site.commit(B, [service("app").mount("site")], &[("site", "1")]);
    site.deploy(A).unwrap();
    site.replace("site");
    assert_eq!(
        sentences(&site.plan(A)),
        ["recreate app: its mounted ./site was replaced"]
    );
    brings_it(&mut site, &["up --force-recreate app"]);
}

#[test]
fn a_replaced_file_is_only_restarted_where_it_changed() {
    let mut site = Site::new();
    site.commit(A, [service("app").mount("app.conf")], &[("app.conf", "1")]);
    site.deploy(A).unwrap();
    site.replace("app.conf");
    assert_eq!(sentences(&site.plan(A)), Vec::<String>::new());
}

#[test]
fn a_changed_file_outside_the_tree_restarts() {
    let mut site = Site::new();
    site.outside("/etc/app.conf", "1");
    site.commit(A, [service("app").mount("/etc/app.conf")], &[]);
    site.deploy(A).unwrap();
    site.outside("/etc/app.conf", "2");
    assert_eq!(
        sentences(&site.plan(A)),
        ["restart app: its mounted /etc/app.conf changed"]
    );
}

#[test]
fn data_is_never_a_reason() {
    let mut site = Site::new();
    site.folder("/var/lib/app");
    site.folder("uploads");
    site.commit(
        A,
        [service("app")
            .mount("/var/lib/app")
            .mount("uploads")
            .mount("app.db")],
        &[],
    );
    site.deploy(A).unwrap();
    for path in ["/var/lib/app", "/srv/app/uploads", "/srv/app/app.db"] {
        site.outside(path, "written by the app");
    }
    assert_eq!(sentences(&site.plan(A)), Vec::<String>::new());
}

#[test]
fn a_path_that_git_begins_to_track_counts_as_changed() {
    let mut site = Site::new();
    site.commit(A, [service("app").mount("seed")], &[]);
    site.commit(B, [service("app").mount("seed")], &[("seed", "1")]);
    assert_eq!(
        at_b(&mut site),
        ["restart app: its mounted ./seed changed (aaaaaaa → bbbbbbb)"]
    );
}

#[test]
fn a_service_that_shows_its_commit_is_recreated_with_each() {
    let mut site = Site::new();
    site.commit(A, [service("app").shows_commit(), service("db")], &[]);
    site.commit(B, [service("app").shows_commit(), service("db")], &[]);
    assert_eq!(
        at_b(&mut site),
        ["recreate app: its configuration in the Compose file changed"]
    );
}

#[test]
fn a_hash_that_compose_labels_otherwise_does_not_recreate_for_ever() {
    let mut site = Site::new();
    site.mislabels();
    site.folder("site");
    site.commit(A, [service("app").mount("site").env("A=1")], &[]);
    site.commit(B, [service("app").mount("site").env("A=2")], &[]);
    site.deploy(A).unwrap();
    assert_eq!(sentences(&site.plan(A)), Vec::<String>::new());
    site.replace("site");
    site.apply(A, None).unwrap();
    // To Compose, it is as configured.
    assert_eq!(site.changes(), ["up --force-recreate app"]);
    site.move_tree(B);
    assert_eq!(
        sentences(&site.plan(B)),
        ["recreate app: its configuration in the Compose file changed"]
    );
}

#[test]
fn a_loop_is_no_running_service() {
    let site = Site::new();
    site.commit(A, [service("app").behaves(Behaviour::Loops)], &[]);
    site.move_tree(A);
    site.up_by_hand(&["app"]);
    site.pass(800);
    assert_eq!(
        sentences(&site.plan(A)),
        ["restart app: it keeps restarting"]
    );
}

#[test]
fn a_oneshot_that_ended_well_is_left() {
    let mut site = Site::new().configured(json!({"oneshot": ["migrate"]}));
    let migrate = || {
        service("migrate").mount("sql").behaves(Behaviour::Exits {
            code: 0,
            after: 3_000,
        })
    };
    site.commit(A, [migrate()], &[("sql", "1")]);
    site.commit(B, [migrate()], &[("sql", "2")]);
    site.deploy(A).unwrap();
    assert_eq!(sentences(&site.plan(A)), Vec::<String>::new());
    site.move_tree(B);
    assert_eq!(
        sentences(&site.plan(B)),
        ["restart migrate: its mounted ./sql changed (aaaaaaa → bbbbbbb)"]
    );
    brings_it(&mut site, &["restart migrate"]);
}

#[test]
fn garbage_in_the_memory_counts_as_no_memory() {
    let mut site = Site::new();
    site.commit(A, [service("app")], &[]);
    site.deploy(A).unwrap();
    site.last = Some("{\"v\":1,".into());
    assert_eq!(
        sentences(&site.plan(A)),
        ["restart app: it was not started by deployhost as it runs now"]
    );
}

#[test]
fn another_files_container_of_that_name_is_refused() {
    let mut site = Site::new();
    site.commit(A, [service("app")], &[]);
    site.move_tree(A);
    site.up_by_hand(&["app"]);
    site.edit("app", |it| {
        it.config_files = vec!["/srv/app/docker-compose-preprod.yml".into()]
    });
    let refused = site.propose(A, None).unwrap_err();
    assert!(
        refused.message().starts_with(
            "app already runs in project app from /srv/app/docker-compose-preprod.yml"
        )
    );
    assert!(site.apply(A, None).is_err());
    assert_eq!(site.calls(), Vec::<String>::new());
}

#[test]
fn a_renamed_file_keeps_the_containers_that_deployhost_started() {
    let mut site = Site::new();
    site.commit(A, [service("app")], &[]);
    site.deploy(A).unwrap();
    site.edit("app", |it| it.config_files = vec!["compose.yml".into()]);
    assert_eq!(sentences(&site.plan(A)), Vec::<String>::new());
}

#[test]
fn a_mounted_path_that_docker_made_itself_was_not_replaced() {
    let mut site = Site::new();
    site.folder("site");
    site.commit(A, [service("app").mount("site")], &[("site", "1")]);
    site.deploy(A).unwrap();
    site.last = site
        .last
        .map(|pin| pin.replace(r#""identity":"1:0""#, r#""identity":"""#));
    assert_eq!(sentences(&site.plan(A)), Vec::<String>::new());
}

#[test]
fn another_files_services_in_the_same_project_are_not_seen() {
    let mut site = Site::new();
    site.commit("other", [service("preprod")], &[]);
    site.move_tree("other");
    site.up_by_hand(&["preprod"]);
    site.edit("preprod", |it| {
        it.config_files = vec!["docker-compose-preprod.yml".into()]
    });
    site.commit(A, [service("app")], &[]);
    site.move_tree(A);
    assert_eq!(
        sentences(&site.plan(A)),
        ["create app: it has no container"]
    );
    let receipt = site.deploy(A).unwrap();
    assert_eq!(receipt.summary, "created app");
    site.undo().unwrap();
    assert_eq!(site.calls(), ["stop app"]);
}

#[test]
fn a_service_that_the_file_lacks_is_a_fault_of_the_plan() {
    for config in [
        json!({"services": ["app", "web"]}),
        json!({"oneshot": ["web"]}),
    ] {
        let site = Site::new().configured(config);
        site.commit(A, [service("app")], &[]);
        site.move_tree(A);
        let refused = site.propose(A, None).unwrap_err();
        assert_eq!(
            refused.message(),
            "the Compose file has no service `web`; it has app"
        );
    }
}

#[test]
fn the_proposal_knows_what_is_there_and_the_way_back_by_hand() {
    let mut site = Site::new();
    site.commit(
        A,
        [service("app").build("src"), service("db")],
        &[("src", "1")],
    );
    site.commit(
        B,
        [service("app").build("src"), service("db")],
        &[("src", "2")],
    );
    site.move_tree(A);
    assert_eq!(site.propose(A, None).unwrap().now, None);
    site.deploy(A).unwrap();
    let now = site.propose(B, None).unwrap();
    // Nothing was restarted since: what is there is what the last receipt brought.
    assert_eq!(now.now, site.last);
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
