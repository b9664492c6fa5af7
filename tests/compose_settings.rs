//! What a plan says of how its Compose files are read: files of variables, variables, profiles, and
//! what may be read elsewhere.

use std::fs;
use std::os::unix::fs::symlink;

use crate::each_compose::under_each;
use crate::fixture::Fixture;
use crate::fixture::compose::{PUBLISHED, services};

#[test]
fn variables_come_from_the_plan_before_any_file() {
    under_each("variables", |fixture, version| {
        let greeting = "environment: { GREETING: \"${A} ${B} ${C}\" }";
        let file = services(&[("web", &[PUBLISHED, greeting])]);
        let files = [
            ("compose.yml", file.as_str()),
            (".env", "A=beside\nB=beside\nC=beside\n"),
        ];
        fixture.commit("First", &files);
        fixture.run().exits(0);
        assert!(fixture.page().contains("greeting beside beside beside"));

        // Outside of the work tree, too.
        let one = fixture.path("one.env");
        fs::write(&one, "A=one\nB=one\nC=one\n").unwrap();
        fixture.plan.set("app", "env_file", &format!("{one:?}"));
        fixture.plan.set("app", "env", "{ C = \"plan it's\" }");
        fixture.run().exits(0).says("recreate web");
        assert!(
            fixture.page().contains("greeting one one plan it's"),
            "{}",
            fixture.page()
        );
        let before = fixture.container("web");
        fixture.run().exits(0);
        assert_eq!(fixture.container("web"), before);

        fs::write(&one, "A=changed\nB=one\n").unwrap();
        fixture.run().exits(0).says("recreate web");
        assert!(fixture.page().contains("greeting changed one plan it's"));

        let two = fixture.path("two.env");
        fs::write(&two, "B=two\n").unwrap();
        fixture
            .plan
            .set("app", "env_file", &format!("[{one:?}, {two:?}]"));
        if version.is_first() {
            fixture
                .run()
                .exits(2)
                .says("reads one file of variables, and the plan names 2");
            return;
        }
        fixture.run().exits(0).says("recreate web");
        assert!(fixture.page().contains("greeting changed two plan it's"));
        fs::remove_file(&two).unwrap();
        let before = fixture.container("web");
        fixture
            .run()
            .exits(2)
            .says("the file of variables is not there");
        assert_eq!(fixture.container("web"), before);
    });
}

#[test]
fn a12_profiles_of_the_plan_are_on() {
    under_each("profiles", |fixture, _| {
        let file = services(&[
            ("web", &[PUBLISHED]),
            ("debug", &["profiles: [dbg]"]),
            ("other", &["profiles: [more]"]),
        ]);
        let file = file.replace("\"3.7\"", "\"3.9\"");
        let files = [
            ("compose.yml", file.as_str()),
            (".env", "COMPOSE_PROFILES=more\n"),
        ];
        fixture.commit("First", &files);
        let running = |fixture: &Fixture| {
            let mut names: Vec<_> = fixture
                .containers()
                .into_iter()
                .map(|it| it.service)
                .collect();
            names.sort();
            names
        };
        fixture.run().exits(0);
        assert_eq!(running(fixture), ["other", "web"]);
        fixture.plan.set("app", "profiles", "[\"dbg\"]");
        fixture
            .run()
            .exits(0)
            .says("create debug")
            .never_says("recreate web");
        assert_eq!(running(fixture), ["debug", "other", "web"]);

        let before = fixture.containers();
        fixture.plan.set("app", "profiles", "[\"dgb\"]");
        fixture
            .run()
            .exits(2)
            .says("no service has the profile dgb");
        assert_eq!(fixture.containers(), before);
    });
}

#[test]
fn b9_what_the_plan_lets_be_read_is_read() {
    under_each("read", |fixture, _| {
        let outside = tempfile::tempdir().unwrap();
        let env = outside.path().join("web.env");
        fs::write(&env, "GREETING=from outside\n").unwrap();
        let line = format!("env_file: {:?}", env.to_str().unwrap());
        let file = services(&[("web", &[PUBLISHED, &line])]);
        let first = services(&[("web", &[PUBLISHED])]);
        fixture.commit("First", &[("compose.yml", &first)]);
        fixture.run().exits(0);
        let before = fixture.containers();
        fixture.commit("Second", &[("compose.yml", &file)]);
        fixture.run().exits(2).says("lies outside of the work tree");
        assert_eq!(fixture.containers(), before);

        let read = format!("[{:?}]", outside.path().to_str().unwrap());
        fixture.plan.set("app", "read", &read);
        fixture.run().exits(0);
        assert!(
            fixture.page().contains("greeting from outside"),
            "{}",
            fixture.page()
        );
        fs::write(&env, "GREETING=from there\n").unwrap();
        fixture.run().exits(0).says("recreate web");
        assert!(fixture.page().contains("greeting from there"));
    });
}

#[test]
fn wrong_settings_are_refused_and_what_is_ignored_is_named() {
    let mut fixture = Fixture::new("settings");
    let file = services(&[("web", &[PUBLISHED])]);
    fixture.commit(
        "First",
        &[("compose.yml", &file), (".env", "COMPOSE_FILE=other.yml\n")],
    );
    fixture.run().exits(0);
    fixture.asks("check", &[]).exits(0).says("has no say here");
    for (key, value, words) in [
        (
            "env",
            "{ DOCKER_HOST = \"tcp://elsewhere\" }",
            "the variable DOCKER_HOST is not the files' own",
        ),
        ("env", "{ \"A B\" = \"x\" }", "is no name of a variable"),
        ("env", "{ A = \"x\\ny\" }", "more than one line"),
        ("env", "{ A = \"${secret.discord}\" }", "secret"),
        ("profiles", "[\"*\"]", "is no Compose profile"),
        ("env_file", "\"site\"", "is no file"),
    ] {
        let mut plan = fixture.plan.clone();
        plan.set("app", key, value);
        let run = fixture.run_plan(&plan);
        run.exits(2).says(words);
    }
    fixture.plan.unset("app", "env");
    fixture.run().exits(0);
}

#[test]
fn a22_a_compose_file_may_be_a_link_that_stays_in_the_tree() {
    under_each("link", |fixture, _| {
        let greeting = |word: &str| {
            let environment = format!("environment: {{ GREETING: {word} }}");
            let lines: &[&str] = &[PUBLISHED, &environment, "env_file: web.env"];
            services(&[("web", lines)])
        };
        fixture.plan.set("app", "file", "\"site/linked.yml\"");
        fixture.plan.set("code", "allow_symlinks", "true");
        let developer = fixture.path("developer");
        symlink("deploy/compose.yml", developer.join("linked.yml")).unwrap();
        let file = "deploy/compose.yml";
        let first = greeting("hello");
        fixture.commit("First", &[(file, &first), ("web.env", "A=1\n")]);
        fixture.run().exits(0);
        assert!(fixture.page().contains("greeting hello"));

        fixture.commit("Second", &[(file, &greeting("goodbye"))]);
        fixture
            .run_with(&["--dry-run"])
            .exits(0)
            .says("recreate web");
        fixture.run().exits(0).says("recreate web");
        assert!(fixture.page().contains("greeting goodbye"));
        let before = fixture.container("web");
        fixture.run().exits(0);
        assert_eq!(fixture.container("web"), before);

        let outside = fixture.path("outside.yml");
        fs::write(&outside, greeting("elsewhere").replace("@PORT@", "1")).unwrap();
        fs::remove_file(developer.join("linked.yml")).unwrap();
        symlink(&outside, developer.join("linked.yml")).unwrap();
        fixture.commit("Third", &[]);
        fixture.run().exits(2).says("lies outside of the work tree");
        assert_eq!(fixture.container("web"), before);
    });
}
