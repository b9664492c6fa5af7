//! Which of the paths that a service mounts or is built from count, and how what does not is told.

use std::fs;
use std::os::unix::fs::symlink;

use crate::each_compose::under_newest_and_first;
use crate::fixture::Fixture;
use crate::fixture::compose::{PUBLISHED, services};
use crate::fixture::docker::{WEB, docker};

fn web(volumes: &str) -> String {
    let volumes = format!("volumes: [{volumes}]");
    services(&[("web", &[PUBLISHED, &volumes])])
}

#[test]
fn a06_what_git_ignores_counts_where_a_container_only_reads_it() {
    under_newest_and_first("ignored", |fixture| {
        let file = web("\"./pages:/site:ro\", \"./site.conf:/site.conf:ro\"");
        let ignored = "pages/local\nsite.conf\n";
        let files = [
            ("compose.yml", file.as_str()),
            (".gitignore", ignored),
            ("pages/one", "tracked\n"),
        ];
        fixture.commit("First", &files);
        // With what is only on the server.
        let tree = fixture.tree();
        fixture.clone_by_hand();
        fs::write(tree.join("pages/local"), "local one\n").unwrap();
        fs::write(tree.join("site.conf"), "conf one\n").unwrap();
        fixture.run().exits(0).never_says("not watched");
        let page = fixture.page();
        assert!(
            page.contains("local one") && page.contains("conf one"),
            "{page}"
        );
        fixture
            .run()
            .exits(0)
            .never_says("restart web")
            .never_says("recreate web");

        fs::write(tree.join("pages/local"), "local two\n").unwrap();
        fixture.run().exits(0).says("its mounted ./pages changed");
        assert!(fixture.page().contains("local two"));
        fs::write(tree.join("site.conf"), "conf two\n").unwrap();
        fixture
            .run()
            .exits(0)
            .says("its mounted ./site.conf changed");
        assert!(fixture.page().contains("conf two"));
        let before = fixture.container("web");
        fixture.run().exits(0);
        assert_eq!(fixture.container("web"), before);
    });
}

#[test]
fn a06_a_mount_around_the_tree_and_one_through_a_link_follow_the_commit() {
    under_newest_and_first("around", |fixture| {
        let root = fixture.path("").canonicalize().unwrap();
        let root = root.display();
        let file = services(&[
            (
                "web",
                &[PUBLISHED, &format!("volumes: [\"{root}/linked:/site:ro\"]")],
            ),
            ("around", &[&format!("volumes: [\"{root}:/all:ro\"]")]),
            ("named", &["volumes: [\"bound:/site:ro\"]"]),
        ]) + &format!(
            "volumes: {{ bound: {{ driver_opts: {{ type: none, o: bind, device: \"{root}/site/pages\" }} }} }}\n"
        );
        symlink(fixture.tree().join("pages"), fixture.path("linked")).unwrap();
        let of = |word: &str| format!("colour {word}\n");
        fixture.commit(
            "Blue",
            &[("compose.yml", &file), ("pages/one", &of("blue"))],
        );
        fixture.clone_by_hand();
        fixture.run().exits(0);
        assert!(fixture.page().contains("colour blue"));
        let before = fixture.containers();

        fixture.commit("Red", &[("pages/one", &of("red"))]);
        let run = fixture.run().exits(0);
        run.says("restart web")
            .says("restart around")
            .says("restart named");
        assert!(fixture.page().contains("colour red"), "{}", fixture.page());
        for old in before {
            assert!(fixture.container(&old.service).started_at > old.started_at);
        }
        let before = fixture.containers();
        fixture.run().exits(0);
        assert_eq!(fixture.containers(), before);
    });
}

#[test]
fn a06_a_file_in_place_of_another_is_looked_up_again() {
    under_newest_and_first("renamed", |fixture| {
        let conf = fixture.path("data.conf");
        let file = web(&format!("\"{}:/site.conf\"", conf.display()));
        fs::write(&conf, "one\n").unwrap();
        fixture.commit("First", &[("compose.yml", &file)]);
        fixture.run().exits(0);
        let inside = |fixture: &Fixture| {
            let id = fixture.container("web").id;
            docker(&["exec", &id, "/bin/busybox", "cat", "/site.conf"])
        };
        // In place, the container sees it without a restart; it is data.
        fs::write(&conf, "two\n").unwrap();
        let before = fixture.container("web");
        fixture.run().exits(0);
        assert_eq!(fixture.container("web"), before);
        assert_eq!(inside(fixture), "two");

        fs::write(fixture.path("new"), "three\n").unwrap();
        fs::rename(fixture.path("new"), &conf).unwrap();
        assert_eq!(inside(fixture), "two");
        fixture
            .run()
            .exits(0)
            .says("restart web")
            .says("was replaced");
        assert_eq!(inside(fixture), "three");
    });
}

#[test]
fn a07_data_is_named_once_and_never_restarts_a_service() {
    under_newest_and_first("data", |fixture| {
        let database = fixture.path("data/app.sqlite");
        fs::create_dir(fixture.path("data")).unwrap();
        fs::write(&database, "one").unwrap();
        let file = web(&format!("\"{}:/app.sqlite\"", database.display()));
        fixture.commit("First", &[("compose.yml", &file)]);
        fixture
            .run()
            .exits(0)
            .says("not watched, since it may be data")
            .says("app.sqlite");
        let before = fixture.container("web");
        for round in ["two", "three"] {
            fs::write(&database, round).unwrap();
            fixture.commit(round, &[("README.md", round)]);
            fixture.run().exits(0).never_says("not watched");
            assert_eq!(fixture.container("web"), before);
        }

        // Unless the plan says that it counts.
        let named = format!("[{:?}, \"/srv/nobody-mounts\"]", database.to_str().unwrap());
        fixture.plan.set("app", "inputs", &named);
        fixture.run().exits(0).says("which no service mounts");
        let before = fixture.container("web");
        fixture.run().exits(0);
        assert_eq!(fixture.container("web"), before);
        fs::write(&database, "four").unwrap();
        fixture.run().exits(0).says("app.sqlite changed");
        assert!(fixture.container("web").started_at > before.started_at);
    });
}

#[test]
fn a08_what_is_not_there_is_named_and_what_becomes_a_folder_is_recreated() {
    under_newest_and_first("missing", |fixture| {
        let data = fixture.path("data/place");
        let file = web(&format!("\"{}:/site\"", data.display()));
        fixture.commit("First", &[("compose.yml", &file)]);
        fixture.run().exits(0).says("where nothing is yet");
        assert!(data.is_dir(), "Docker made it");
        let before = fixture.container("web");
        fixture.run().exits(0).never_says("nothing is yet");
        assert_eq!(fixture.container("web"), before);

        fs::remove_dir(&data).unwrap();
        fs::create_dir(&data).unwrap();
        fixture
            .run()
            .exits(0)
            .says("recreate web")
            .says("was replaced");
        assert_ne!(fixture.container("web").id, before.id);
    });
}

#[test]
fn a15_what_docker_started_again_from_the_same_files_is_left() {
    under_newest_and_first("again", |fixture| {
        let file = web("\"./pages:/site:ro\"");
        let files = [("compose.yml", file.as_str()), ("pages/one", "one\n")];
        fixture.commit("First", &files);
        fixture.run().exits(0);
        let again = |fixture: &Fixture| {
            docker(&["restart", "-t", "0", &fixture.container("web").id]);
            fixture.container("web")
        };
        let before = again(fixture);
        fixture.run().exits(0).never_says("restart web");
        assert_eq!(fixture.container("web"), before);

        // Changed and changed back: nobody knows what it read.
        let page = fixture.tree().join("pages/one");
        fs::write(&page, "other\n").unwrap();
        again(fixture);
        fs::write(&page, "one\n").unwrap();
        fixture
            .run()
            .exits(0)
            .says("restart web")
            .says("not started by deployhost as it runs now");
        assert!(fixture.page().contains("one"));
    });
}

#[test]
fn a06_a_build_reads_what_git_ignores_too() {
    let fixture = Fixture::new("context");
    let file = services(&[("web", &[PUBLISHED, "build: ./app"])]);
    let dockerfile = format!("FROM {WEB}\nCOPY local /site/local\n");
    let files = [
        ("compose.yml", file.as_str()),
        ("app/Dockerfile", dockerfile.as_str()),
        ("app/.gitignore", "local\n"),
    ];
    fixture.commit("First", &files);
    let tree = fixture.tree();
    fixture.clone_by_hand();
    fs::write(tree.join("app/local"), "built one\n").unwrap();
    fixture.run().exits(0);
    assert!(fixture.page().contains("built one"), "{}", fixture.page());
    fixture.run().exits(0).never_says("build web");
    fs::write(tree.join("app/local"), "built two\n").unwrap();
    fixture.run().exits(0).says("its build context changed");
    assert!(fixture.page().contains("built two"), "{}", fixture.page());
}
