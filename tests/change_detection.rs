//! Every kind of change reaches what runs, and nothing else is touched.

use std::fs::File;

use crate::fixture::compose::{PUBLISHED, greeting, services};
use crate::fixture::docker::docker;
use crate::fixture::{Fixture, trace};

/// What was learned of git, Compose and a commit is not asked again.
#[test]
fn a_run_without_a_change_starts_few_programs() {
    let fixture = Fixture::new("programs");
    let web = [PUBLISHED, "volumes: [\"./pages:/site:ro\"]"];
    let files = [
        ("compose.yml", &*services(&[("web", &web)])),
        ("pages/one", "one\n"),
    ];
    fixture.commit("First", &files);
    fixture.run().exits(0);
    let (lines, output) = (fixture.path("starts"), fixture.path("output"));
    let mut command = trace::starts(&fixture.command(&fixture.plan, "run", &[]), &lines);
    let code = command
        .stdout(File::create(output).unwrap())
        .status()
        .unwrap();
    assert!(code.success());
    let programs = trace::programs(&lines);
    let git = programs.iter().filter(|it| it.ends_with("/git")).count();
    // Fetching is two of them, looking at the tree three, and looking for what it does not track one.
    assert!((5..=10).contains(&git), "{programs:#?}");
    let compose = programs.iter().filter(|it| it.ends_with("/docker-compose"));
    assert!((1..=2).contains(&compose.count()), "{programs:#?}");
}

#[test]
fn a_changed_environment_recreates_the_service() {
    let fixture = Fixture::new("environment");
    fixture.commit("Say hello", &[("compose.yml", &greeting("hello"))]);
    fixture
        .run()
        .exits(0)
        .says("create web")
        .says("succeeded, answering");
    assert!(
        fixture.page().contains("greeting hello"),
        "{}",
        fixture.page()
    );
    let before = fixture.container("web");

    fixture.commit("Say goodbye", &[("compose.yml", &greeting("goodbye"))]);
    fixture
        .run()
        .exits(0)
        .says("recreate web")
        .says("succeeded, answering");
    assert!(
        fixture.page().contains("greeting goodbye"),
        "{}",
        fixture.page()
    );
    assert_ne!(fixture.container("web").id, before.id);
}

/// `up` would call this one up to date, and serve the old content for ever: git replaces the file.
#[test]
fn a_changed_file_that_is_mounted_alone_reaches_the_service() {
    let fixture = Fixture::new("file");
    let mounted = services(&[(
        "web",
        &[PUBLISHED, "volumes: [\"./site.conf:/site.conf:ro\"]"],
    )]);
    fixture.commit(
        "Blue",
        &[("compose.yml", &mounted), ("site.conf", "colour blue\n")],
    );
    fixture.run().exits(0);
    assert!(fixture.page().contains("colour blue"), "{}", fixture.page());
    let before = fixture.container("web");

    fixture.commit("Red", &[("site.conf", "colour red\n")]);
    fixture
        .run()
        .exits(0)
        .says("site.conf")
        .never_says("unchanged");
    assert!(fixture.page().contains("colour red"), "{}", fixture.page());
    assert!(fixture.container("web").started_at > before.started_at);
}

#[test]
fn a_changed_file_in_a_mounted_folder_restarts_the_service() {
    let fixture = Fixture::new("folder");
    let mounted = services(&[
        ("web", &[PUBLISHED, "volumes: [\"./pages:/site:ro\"]"]),
        ("idle", &[]),
    ]);
    fixture.commit(
        "Blue",
        &[("compose.yml", &mounted), ("pages/one", "colour blue\n")],
    );
    fixture.run().exits(0);
    assert!(fixture.page().contains("colour blue"), "{}", fixture.page());
    let (web, idle) = (fixture.container("web"), fixture.container("idle"));

    fixture.commit(
        "Red",
        &[("pages/one", "colour red\n"), ("pages/two", "size small\n")],
    );
    fixture
        .run()
        .exits(0)
        .says("restart web")
        .never_says("restart idle");
    let page = fixture.page();
    assert!(
        page.contains("colour red") && page.contains("size small"),
        "{page}"
    );
    assert_eq!(fixture.container("web").id, web.id);
    assert!(fixture.container("web").started_at > web.started_at);
    assert_eq!(fixture.container("idle"), idle);

    // A file that no service reads is deployed, and touches none.
    let before = fixture.containers();
    fixture.commit("Explain", &[("README.md", "How it works.\n")]);
    fixture
        .run()
        .exits(0)
        .never_says("restart web")
        .says("succeeded");
    assert_eq!(fixture.containers(), before);
}

#[test]
fn a_new_service_is_created_and_one_that_is_gone_is_left_and_named() {
    let fixture = Fixture::new("services");
    let one: &[&str] = &[PUBLISHED];
    fixture.commit("One", &[("compose.yml", &services(&[("web", one)]))]);
    fixture.run().exits(0);
    let web = fixture.container("web");

    fixture.commit(
        "Two",
        &[("compose.yml", &services(&[("web", one), ("worker", &[])]))],
    );
    fixture.run().exits(0).says("create worker");
    let worker = fixture.container("worker");
    assert!(worker.running, "{worker:?}");
    assert_eq!(fixture.container("web"), web);

    fixture.commit("One again", &[("compose.yml", &services(&[("web", one)]))]);
    fixture
        .run()
        .exits(0)
        .says("worker is gone from the file")
        .says(worker.name.trim_start_matches('/'));
    assert_eq!(fixture.container("worker"), worker);
    assert_eq!(fixture.container("web"), web);
}

/// The old container still has the port, and answers in the new one's place.
#[test]
fn a17_an_answer_is_no_proof_while_a_renamed_services_old_container_runs() {
    for listed in [false, true] {
        let mut fixture = Fixture::new("renamed");
        let file = |name: &str, line: &'static str| services(&[(name, &[line])]);
        fixture.commit("One", &[("compose.yml", &file("web", PUBLISHED))]);
        let list = |fixture: &mut Fixture, name: &str| {
            if listed {
                fixture.plan.set("app", "services", &format!("[{name:?}]"));
            }
        };
        list(&mut fixture, "web");
        fixture.run().exits(0).says("succeeded, answering");
        let old = fixture.container("web");
        fixture.commit("Two", &[("compose.yml", &file("frontend", "init: true"))]);
        list(&mut fixture, "frontend");
        fixture
            .run()
            .exits(0)
            .says("succeeded, running")
            .says("web is gone from the file")
            .says(&format!("or {} does", old.name.trim_start_matches('/')));
        assert_eq!(fixture.container("web"), old);
        fixture.plan.require = Some("answering");
        fixture.commit("Three", &[("README.md", "three")]);
        fixture
            .run()
            .exits(4)
            .says("the plan requires `answering`, and what was seen is `running`");
        docker(&["rm", "-f", &old.id]);
    }
}

/// What the list leaves out runs what it was started with.
#[test]
fn a18_what_is_not_looked_after_is_named() {
    let mut fixture = Fixture::new("unlisted");
    let file = |word: &str| {
        let environment = format!("environment: {{ WORD: {word} }}");
        services(&[
            ("web", &[PUBLISHED, &environment]),
            ("worker", &[&environment]),
        ])
    };
    fixture.commit("One", &[("compose.yml", &file("one"))]);
    fixture.run().exits(0).never_says("not in `services`");
    let worker = fixture.container("worker");
    fixture.plan.set("app", "services", "[\"web\"]");
    fixture.commit("Two", &[("compose.yml", &file("two"))]);
    fixture
        .run()
        .exits(0)
        .says("worker is not in `services`: it runs as it was started before this commit")
        .says("Not looked after, and as they were started before this commit: worker.");
    assert_eq!(fixture.container("worker"), worker);
    fixture.run().exits(0).never_says("not in `services`");
}

/// The donor may be replaced only together with what lives in its network.
#[test]
fn a4_what_nobody_would_bring_back_is_not_cut_off() {
    let mut fixture = Fixture::new("cut-off");
    let file = |word: &str| {
        let environment = format!("environment: {{ WORD: {word} }}");
        services(&[
            ("web", &[PUBLISHED, &environment]),
            (
                "guest",
                &[
                    "network_mode: service:web",
                    "command: [\"/bin/busybox\", \"sleep\", \"1000\"]",
                ],
            ),
        ])
    };
    fixture.commit("One", &[("compose.yml", &file("one"))]);
    fixture.run().exits(0);
    let before = fixture.containers();
    fixture.plan.set("app", "services", "[\"web\"]");
    fixture.commit("Two", &[("compose.yml", &file("two"))]);
    fixture
        .run()
        .exits(2)
        .says("guest would be cut off and is not in `services`; add it there");
    assert_eq!(fixture.containers(), before);
    fixture.plan.set("app", "services", "[\"web\", \"guest\"]");
    fixture.run().exits(0).says("recreated");
    assert_ne!(fixture.container("guest").id, before[1].id);
    assert_ne!(fixture.container("guest").id, before[0].id);
}

/// A proxy that looked its upstream up at its start: no file says so, the plan can.
#[test]
fn a4_what_the_plan_lets_follow_is_restarted_with_what_it_follows() {
    let mut fixture = Fixture::new("follow");
    fixture
        .plan
        .set("app", "follow", "{ web = [\"upstream\"] }");
    let file = |word: &str| {
        let environment = format!("environment: {{ WORD: {word} }}");
        services(&[
            ("web", &[PUBLISHED]),
            ("upstream", &[&environment]),
            ("idle", &[]),
        ])
    };
    fixture.commit("One", &[("compose.yml", &file("one"))]);
    fixture.run().exits(0);
    let [web, upstream, idle] = ["web", "upstream", "idle"].map(|name| fixture.container(name));

    fixture.commit("Two", &[("compose.yml", &file("two"))]);
    fixture
        .run()
        .exits(0)
        .says("restart web")
        .says("whenever upstream is");
    let made = fixture.container("upstream");
    let followed = fixture.container("web");
    assert_ne!(made.id, upstream.id);
    assert_eq!(followed.id, web.id);
    assert!(
        followed.started_at > made.started_at,
        "{followed:?} {made:?}"
    );
    assert_eq!(fixture.container("idle"), idle);
}
