//! What a page proves: an answer that carries the commit counts once what serves it was started on
//! it, and one that does not carry it counts for less.

use jiff::Timestamp;

use crate::fixture::compose::{COMMITTED, PUBLISHED, services};
use crate::fixture::docker::docker;
use crate::fixture::page::Served;
use crate::fixture::port;
use crate::fixture::wait::wait_until;
use crate::fixture::{Fixture, PlanEntry, plugin_builder};

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

fn reads_git(word: &str) -> Fixture {
    let mut fixture = Fixture::new(word);
    fixture.plan.require = Some("verified");
    let url = format!("\"http://127.0.0.1:{}/cgi-bin/index.cgi\"", fixture.port);
    fixture.plan.set("health", "url", &url);
    fixture
        .plan
        .set("health", "expect", "{ text = \"colour\" }");
    fixture.plan.set("health", "witness", "{ text = true }");
    fixture
}

fn push(fixture: &Fixture, colour: &str) -> String {
    let files = [
        ("compose.yml", &*services(&[("web", READS_GIT)])),
        ("pages/one", &format!("colour {colour}\n")),
        ("pages/index.cgi", INDEX),
    ];
    fixture.commit(colour, &files)
}

#[test]
fn the_commit_on_the_page_counts_once_the_service_was_restarted() {
    let fixture = reads_git("reads");
    push(&fixture, "blue");
    fixture.run().exits(0).says("succeeded, verified");

    let second = push(&fixture, "red");
    let run = fixture.run_with(&["--json"]).exits(0);
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
    let started = fixture.container("web").started_at;
    assert!(
        moved < started && started < proven,
        "{moved} {started} {proven}"
    );
    let page = crate::fixture::page::get(fixture.port, "/cgi-bin/index.cgi").unwrap();
    assert!(
        page.contains("colour red") && page.contains(&second),
        "{page}"
    );
}

/// The page already carries the commit when git has moved the tree; that is too early to count.
#[test]
fn an_answer_from_before_the_restart_counts_for_nothing() {
    let mut fixture = reads_git("early");
    push(&fixture, "blue");
    fixture.run().exits(0);

    let health = fixture.plan.steps.pop().unwrap();
    fixture.plan.steps.insert(1, health);
    fixture.plan.require = None;
    push(&fixture, "red");
    let run = fixture.run_with(&["--json"]).exits(0);
    assert_eq!(run.ended(), ("succeeded".to_owned(), "running".to_owned()));

    fixture.plan.require = Some("verified");
    let third = push(&fixture, "green");
    let run = fixture.run().exits(4);
    run.says("rolled-back").never_says("succeeded");
    assert_ne!(fixture.head(), third);
    let page = crate::fixture::page::get(fixture.port, "/cgi-bin/index.cgi").unwrap();
    assert!(page.contains("colour red"), "{page}");
}

#[test]
fn an_answer_without_the_commit_is_not_enough_where_it_must_be_verified() {
    let mut fixture = Fixture::new("silent");
    fixture.plan.require = Some("verified");
    fixture.plan.set("health", "witness", "{ text = true }");
    fixture.plan.set("health", "start_period", "\"2s\"");
    let first = fixture.commit(
        "Tells",
        &[(
            "compose.yml",
            &services(&[("web", &[PUBLISHED, COMMITTED])]),
        )],
    );
    fixture.run().exits(0).says("succeeded, verified");
    assert!(fixture.page().contains(&first), "{}", fixture.page());

    fixture.commit(
        "Tells no more",
        &[("compose.yml", &services(&[("web", &[PUBLISHED])]))],
    );
    fixture
        .run()
        .exits(4)
        .says("rolled-back, verified")
        .says("does not carry commit");
    assert!(fixture.page().contains(&first), "{}", fixture.page());
    assert_eq!(fixture.head(), first);
}

/// Nobody even looked for the commit: the answer is real, and still not enough.
#[test]
fn an_answer_that_nobody_checked_is_not_enough_either() {
    let mut fixture = Fixture::new("unchecked");
    let first = fixture.commit(
        "First",
        &[(
            "compose.yml",
            &services(&[("web", &[PUBLISHED, COMMITTED])]),
        )],
    );
    fixture.run().exits(0).says("succeeded, answering");
    fixture.plan.require = Some("verified");
    fixture.commit(
        "Second",
        &[(
            "compose.yml",
            &services(&[("web", &[PUBLISHED, COMMITTED])]),
        )],
    );
    fixture
        .run()
        .exits(4)
        .says("rolled-back")
        .never_says("succeeded");
    assert_eq!(fixture.head(), first);
    assert!(fixture.page().contains(&first), "{}", fixture.page());
}

/// A plan of a tree alone claims no more than that.
#[test]
fn a_run_claims_no_more_than_it_saw() {
    let mut fixture = Fixture::new("claims");
    fixture.plan.without("health");
    fixture.commit(
        "First",
        &[("compose.yml", &services(&[("web", &[PUBLISHED])]))],
    );
    fixture
        .run()
        .exits(0)
        .says("succeeded, running")
        .never_says("answering");
    fixture.plan.without("app");
    fixture.commit("Second", &[("README.md", "Read me.\n")]);
    fixture
        .run()
        .exits(0)
        .says("succeeded, applied")
        .never_says("running");
    fixture.plan.steps.push(PlanEntry::new(
        "health",
        "http-healthcheck",
        &[("url", &format!("\"http://127.0.0.1:{}/\"", fixture.port))],
    ));
    fixture.commit("Third", &[("README.md", "Read me again.\n")]);
    fixture.run().exits(0).says("succeeded, answering");
}

/// A tree alone, and a page somewhere that has the commit in it, while the service's own port is
/// closed.
fn witness_elsewhere(word: &str, address: &str) -> (Fixture, Served) {
    let mut fixture = Fixture::without_containers(word);
    fixture.plan.require = Some("verified");
    let commit = fixture.commit("First", &[("README.md", "one\n")]);
    let served = Served::at(address, fixture.port, move || commit.clone());
    (fixture, served)
}

/// Puts a step in the place of the health check that always claims `verified`.
fn boast(fixture: &mut Fixture, ask: &str) {
    let plugin = plugin_builder::plugin("boast");
    let url = format!("\"http://127.0.0.1:{}/\"", fixture.port);
    let config = [("url", url.as_str()), ("ask", ask)];
    fixture.plan.without("health");
    let entry = PlanEntry::new("boast", plugin.to_str().unwrap(), &config);
    fixture.plan.steps.push(entry);
}

/// An address of this machine that is not the loopback's: Docker's own bridge has one.
fn other_address() -> String {
    let subnet = "{{(index .IPAM.Config 0).Subnet}}";
    let subnet = docker(&["network", "inspect", "bridge", "--format", subnet]);
    let (network, _) = subnet.split_once(".0/").unwrap();
    format!("{network}.1")
}

#[test]
fn b5_a_guest_that_looked_at_nothing_has_verified_nothing() {
    let (mut fixture, _served) = witness_elsewhere("boast", "127.0.0.1");
    boast(&mut fixture, "false");
    fixture
        .run()
        .exits(4)
        .says(
            "the plugin claims verified; by what deployhost itself saw in this call it is applied",
        )
        .never_says("succeeded");
    fixture.plan.require = None;
    fixture.run().exits(0).says("unchanged, applied");
}

#[test]
fn b10_an_answer_to_a_request_that_has_the_commit_proves_nothing() {
    let (mut fixture, _served) = witness_elsewhere("echo", "127.0.0.1");
    boast(&mut fixture, "true");
    fixture
        .run()
        .exits(4)
        .says("the plugin claims verified; by what deployhost itself saw in this call it is answering")
        .never_says("succeeded");
}

#[test]
fn b10_another_host_that_knows_the_commit_proves_nothing() {
    let forge = other_address();
    let (mut fixture, _served) = witness_elsewhere("forge", &forge);
    let url = format!("\"http://{forge}:{}/\"", fixture.port);
    fixture.plan.set("health", "url", &url);
    fixture.plan.set("health", "witness", "{ text = true }");
    fixture.run().exits(4).never_says("succeeded");
    fixture.plan.require = None;
    fixture.run().exits(0).says("unchanged, answering");
    // The same answer counts where the plan says that people reach the service there.
    fixture.plan.require = Some("verified");
    fixture.plan.url = url.trim_matches('"').to_owned();
    fixture.run().exits(0).says("unchanged, verified");
}

/// The plan says that people reach the service somewhere else, and names no address of this machine.
#[test]
fn b10_a_program_of_this_machine_that_knows_the_commit_proves_nothing() {
    let mut fixture = Fixture::new("neighbour");
    fixture.plan.url = "http://shop.example.org/".to_owned();
    fixture.plan.require = Some("verified");
    fixture.plan.set("health", "witness", "{ text = true }");
    let web = services(&[("web", &[PUBLISHED, COMMITTED])]);
    let commit = fixture.commit("First", &[("compose.yml", &web)]);
    fixture.run().exits(0).says("succeeded, verified");

    let port = port::free();
    let _served = Served::on(port, move || format!("greeting {commit}"));
    let url = format!("\"http://127.0.0.1:{port}/\"");
    fixture.plan.set("health", "url", &url);
    fixture.run().exits(3).never_says("succeeded");
    fixture.plan.require = None;
    fixture.run().exits(0).says("unchanged, answering");
}

/// Without a published port, the container's own address counts.
#[test]
fn b10_the_address_of_a_container_of_the_plan_counts() {
    let mut fixture = Fixture::new("address");
    fixture.plan.url = "http://shop.example.org/".to_owned();
    fixture.plan.without("health");
    let address = format!("10.78.{}.10", fixture.port % 250);
    let networks = format!("networks: {{ office: {{ ipv4_address: {address} }} }}");
    let office = format!(
        "networks: {{ office: {{ ipam: {{ config: [{{ subnet: 10.78.{}.0/24 }}] }} }} }}\n",
        fixture.port % 250
    );
    let file = services(&[("web", &[COMMITTED, &networks])]) + &office;
    fixture.plan.require = Some("verified");
    let url = format!("\"http://{address}:8080/\"");
    let config = [("url", url.as_str()), ("witness", "{ text = true }")];
    let health = PlanEntry::new("health", "http-healthcheck", &config);
    fixture.plan.steps.push(health);
    fixture.commit("First", &[("compose.yml", &file)]);
    fixture.run().exits(0).says("succeeded, verified");
}

/// A container that ends every few seconds runs and answers whenever somebody looks.
#[test]
fn b8_an_answer_between_two_ends_of_a_container_shows_no_more_than_that_it_runs() {
    let fixture = Fixture::new("ends");
    let command = "command: [\"/bin/busybox\", \"sh\", \"-c\", \"busybox mkdir -p /page && \
         echo greeting > /page/index.html && (busybox httpd -f -p 8080 -h /page & busybox sleep 8)\"]";
    let web: &[&str] = &[PUBLISHED, command, "restart: always"];
    fixture.commit("One", &[("compose.yml", &services(&[("web", web)]))]);
    fixture.run().exits(0).says("succeeded, answering");
    let restarts = || {
        let id = fixture.container("web").id;
        docker(&["inspect", "--format", "{{.RestartCount}}", &id])
    };
    wait_until("Docker started it again", || restarts() != "0");
    let before = restarts();
    let run = fixture.run_with(&["--json"]).exits(0);
    assert_eq!(run.ended(), ("unchanged".into(), "running".into()));
    run.says("ended and was started again by Docker once since the last run")
        .says("keeps ending");
    assert_eq!(restarts(), before, "it was left");
}
