#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn at(text: &str, commit: &str, variables: &str) -> Configuration {
    let tree: Value = serde_yaml_ng::from_str(text).unwrap();
    let with = RenderedWith {
        key: &[7; 32],
        commit: Some(commit),
        variables: variables.as_bytes(),
    };
    configuration(&tree, &tree["services"]["app"], &with)
}

fn digest(text: &str) -> String {
    at(text, COMMIT, "").digest
}

fn app(more: &str) -> String {
    format!("services: {{ app: {{ image: x{more} }} }}")
}

#[test]
fn what_makes_the_container_is_in_it() {
    let before = digest(&app(""));
    for more in [
        ", environment: { A: b }",
        ", environment: { A: null }",
        ", command: []",
        ", labels: { a: '' }",
        ", networks: { front: null }",
        ", deploy: { resources: { limits: { memory: 50M } } }",
        ", privileged: true",
        ", some_key_of_the_future: 1",
    ] {
        assert_ne!(digest(&app(more)), before, "{more}");
    }
}

#[test]
fn what_only_tells_compose_what_to_do_is_not() {
    let before = digest(&app(""));
    for more in [
        ", depends_on: { db: { condition: service_started } }",
        ", profiles: [a]",
        ", scale: 3",
        ", deploy: { replicas: 3, placement: {}, resources: {} }",
        ", pull_policy: always",
        ", build: { context: /x }",
        ", develop: {}",
        ", x-note: changed",
        ", command: null",
        ", ports: []",
    ] {
        assert_eq!(digest(&app(more)), before, "{more}");
    }
}

#[test]
fn the_definitions_that_it_uses_are_in_it_and_no_others() {
    let tree = |network: &str, volume: &str, secret: &str, other: &str| {
        format!(
            "services: {{ app: {{ image: x, networks: {{ front: null }}, volumes: [{{ type: volume, source: data, target: /d }}], secrets: [{{ source: key }}] }} }}
networks: {{ front: {network}, back: {other} }}
volumes: {{ data: {volume} }}
secrets: {{ key: {secret} }}"
        )
    };
    let before = digest(&tree("{}", "{}", "{ content: a }", "{}"));
    assert_eq!(
        digest(&tree("{}", "{}", "{ content: a }", "{ internal: true }")),
        before
    );
    assert_ne!(
        digest(&tree("{ internal: true }", "{}", "{ content: a }", "{}")),
        before
    );
    assert_ne!(
        digest(&tree(
            "{}",
            "{ driver_opts: { o: a } }",
            "{ content: a }",
            "{}"
        )),
        before
    );
    assert_ne!(digest(&tree("{}", "{}", "{ content: b }", "{}")), before);
}

#[test]
fn a_value_that_only_the_variables_have_is_in_it() {
    let tree = "services: { app: { image: x, secrets: [{ source: key }] } }
secrets: { key: { environment: TOKEN } }";
    assert_ne!(
        at(tree, COMMIT, "TOKEN=a").digest,
        at(tree, COMMIT, "TOKEN=b").digest
    );
    let none = app("");
    assert_eq!(
        at(&none, COMMIT, "TOKEN=a").digest,
        at(&none, COMMIT, "TOKEN=b").digest
    );
}

#[test]
fn another_commit_alone_is_told_apart() {
    let tree = |commit: &str| app(&format!(", environment: {{ REF: 'app-{commit}', A: a }}"));
    let other = "fedcba9876543210fedcba9876543210fedcba98";
    let (one, two) = (at(&tree(COMMIT), COMMIT, ""), at(&tree(other), other, ""));
    assert_ne!(one.digest, two.digest);
    assert_eq!(one.but_commit, two.but_commit);
    let changed = at(&tree(other).replace("A: a", "A: b"), other, "");
    assert_ne!(changed.but_commit, two.but_commit);
}

#[test]
fn forms_of_one_thing_are_equal_and_of_two_are_not() {
    let modes = |mode: &str| digest(&app(&format!(", secrets: [{{ source: k, mode: {mode} }}]")));
    assert_eq!(modes("256"), modes("'0400'"));
    assert_eq!(
        digest("services: { app: { image: x, labels: { a: '1', b: '2' } } }"),
        digest("services: { app: { labels: { b: '2', a: '1' }, image: x } }")
    );
    assert_ne!(
        digest(&app(", command: [ab, c]")),
        digest(&app(", command: [a, bc]"))
    );
    assert_ne!(digest(&app(", init: true")), digest(&app(", init: 'true'")));
}

#[test]
fn without_the_key_it_says_nothing() {
    let tree: Value = serde_yaml_ng::from_str(&app("")).unwrap();
    let with = RenderedWith {
        key: &[8; 32],
        commit: Some(COMMIT),
        variables: b"",
    };
    let other = configuration(&tree, &tree["services"]["app"], &with);
    assert_ne!(other.digest, digest(&app("")));
}
