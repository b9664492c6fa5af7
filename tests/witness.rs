//! What a page proves: an answer that carries the commit counts once what serves it was started on
//! it, and one that does not carry it counts for less.

use jiff::Timestamp;

use crate::site::compose::{COMMITTED, PUBLISHED, services};
use crate::site::{Entry, Site};

/// A page that is read from the tree's own git folder at every request: git alone changes it. The
/// colour is what the process was started with.
const READS_GIT: &[&str] = &[
    PUBLISHED,
    "volumes: [\"./.git:/git:ro\", \"./pages:/site:ro\"]",
    "command: [\"/bin/busybox\", \"sh\", \"-c\", \"busybox mkdir -p /page/cgi-bin && \
     busybox cp /site/one /page/colour && busybox cp /site/index.cgi /page/cgi-bin/index.cgi && \
     busybox chmod 755 /page/cgi-bin/index.cgi && exec busybox httpd -f -p 8080 -h /page\"]",
];

const INDEX: &str = "#!/bin/busybox sh
busybox printf 'Content-Type: text/plain\\r\\n\\r\\n'
busybox cat /page/colour
busybox cat /git/HEAD /git/refs/heads/*
";

fn reads_git(word: &str) -> Site {
    let mut site = Site::new(word);
    site.plan.require = Some("verified");
    let url = format!("\"http://127.0.0.1:{}/cgi-bin/index.cgi\"", site.port);
    site.plan.set("health", "url", &url);
    site.plan.set("health", "expect", "{ text = \"colour\" }");
    site.plan.set("health", "witness", "{ text = true }");
    site
}

fn push(site: &Site, colour: &str) -> String {
    let files = [
        ("compose.yml", &*services(&[("web", READS_GIT)])),
        ("pages/one", &format!("colour {colour}\n")),
        ("pages/index.cgi", INDEX),
    ];
    site.commit(colour, &files)
}

#[test]
fn the_commit_on_the_page_counts_once_the_service_was_restarted() {
    let site = reads_git("reads");
    push(&site, "blue");
    site.run().exits(0).says("succeeded, verified");

    let second = push(&site, "red");
    let run = site.run_with(&["--json"]).exits(0);
    assert_eq!(run.ended(), ("succeeded".to_owned(), "verified".to_owned()));
    let moved: Timestamp = run.event("applied", "code")["at"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let proven: Timestamp = run.event("verified", "health")["at"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let started = site.container("web").started_at;
    assert!(
        moved < started && started < proven,
        "{moved} {started} {proven}"
    );
    let page = crate::site::page::get(site.port, "/cgi-bin/index.cgi").unwrap();
    assert!(
        page.contains("colour red") && page.contains(&second),
        "{page}"
    );
}

/// The page already carries the commit when git has moved the tree; that is too early to count.
#[test]
fn an_answer_from_before_the_restart_counts_for_nothing() {
    let mut site = reads_git("early");
    push(&site, "blue");
    site.run().exits(0);

    let health = site.plan.steps.pop().unwrap();
    site.plan.steps.insert(1, health);
    site.plan.require = None;
    push(&site, "red");
    let run = site.run_with(&["--json"]).exits(0);
    assert_eq!(run.ended(), ("succeeded".to_owned(), "running".to_owned()));

    site.plan.require = Some("verified");
    let third = push(&site, "green");
    let run = site.run().exits(4);
    run.says("rolled-back").never_says("succeeded");
    assert_ne!(site.head(), third);
    let page = crate::site::page::get(site.port, "/cgi-bin/index.cgi").unwrap();
    assert!(page.contains("colour red"), "{page}");
}

#[test]
fn an_answer_without_the_commit_is_not_enough_where_it_must_be_verified() {
    let mut site = Site::new("silent");
    site.plan.require = Some("verified");
    site.plan.set("health", "witness", "{ text = true }");
    site.plan.set("health", "start_period", "\"2s\"");
    let first = site.commit(
        "Tells",
        &[(
            "compose.yml",
            &services(&[("web", &[PUBLISHED, COMMITTED])]),
        )],
    );
    site.run().exits(0).says("succeeded, verified");
    assert!(site.page().contains(&first), "{}", site.page());

    site.commit(
        "Tells no more",
        &[("compose.yml", &services(&[("web", &[PUBLISHED])]))],
    );
    site.run()
        .exits(4)
        .says("rolled-back, verified")
        .says("does not carry commit");
    assert!(site.page().contains(&first), "{}", site.page());
    assert_eq!(site.head(), first);
}

/// Nobody even looked for the commit: the answer is real, and still not enough.
#[test]
fn an_answer_that_nobody_checked_is_not_enough_either() {
    let mut site = Site::new("unchecked");
    let first = site.commit(
        "First",
        &[(
            "compose.yml",
            &services(&[("web", &[PUBLISHED, COMMITTED])]),
        )],
    );
    site.run().exits(0).says("succeeded, answering");
    site.plan.require = Some("verified");
    site.commit(
        "Second",
        &[(
            "compose.yml",
            &services(&[("web", &[PUBLISHED, COMMITTED])]),
        )],
    );
    site.run()
        .exits(4)
        .says("rolled-back")
        .never_says("succeeded");
    assert_eq!(site.head(), first);
    assert!(site.page().contains(&first), "{}", site.page());
}

/// A plan of a tree alone claims no more than that.
#[test]
fn a_run_claims_no_more_than_it_saw() {
    let mut site = Site::new("claims");
    site.plan.without("health");
    site.commit(
        "First",
        &[("compose.yml", &services(&[("web", &[PUBLISHED])]))],
    );
    site.run()
        .exits(0)
        .says("succeeded, running")
        .never_says("answering");
    site.plan.without("app");
    site.commit("Second", &[("README.md", "Read me.\n")]);
    site.run()
        .exits(0)
        .says("succeeded, applied")
        .never_says("running");
    site.plan.steps.push(Entry::new(
        "health",
        "http-healthcheck",
        &[("url", &format!("\"http://127.0.0.1:{}/\"", site.port))],
    ));
    site.commit("Third", &[("README.md", "Read me again.\n")]);
    site.run().exits(0).says("succeeded, answering");
}
