//! Two Compose files in one folder share a project: neither plan touches the other's containers.

use crate::fixture::compose::{greeting, services};
use crate::fixture::{Container, Fixture, TestPlan};

/// Preprod answers on the fixture's port; production answers nobody.
const PREPROD: &[&str] = &[
    "ports: [\"127.0.0.1:@PORT@:8080\"]",
    "environment: { GREETING: one }",
];
const BROKEN: &[&str] = &["command: [\"/nope\"]"];

fn plans(fixture: &Fixture) -> [TestPlan; 2] {
    let (mut preprod, mut production) = (fixture.plan.clone(), fixture.plan.clone());
    preprod.environment = "preprod";
    preprod.set("app", "file", "\"site/docker/compose-preprod.yml\"");
    production.environment = "production";
    production.set("app", "file", "\"site/docker/compose-production.yml\"");
    // Nobody asks production whether it answers.
    production.without("health");
    [preprod, production]
}

fn of(fixture: &Fixture, service: &str) -> Vec<Container> {
    let mut all = fixture.containers();
    all.retain(|it| it.service == service);
    all
}

fn running(fixture: &Fixture, service: &str) -> Vec<Container> {
    let mut all = of(fixture, service);
    all.retain(|it| it.running);
    all
}

#[test]
fn neither_in_success_nor_in_rollback() {
    let fixture = Fixture::new("neighbours");
    let [preprod, production] = plans(&fixture);
    let one = services(&[("preprod", PREPROD)]);
    let two = services(&[("production", &["environment: { GREETING: two }"])]);
    let broken = services(&[("production", BROKEN)]);
    fixture.commit(
        "Both",
        &[
            ("docker/compose-preprod.yml", &one),
            ("docker/compose-production.yml", &broken),
        ],
    );
    fixture
        .run_plan(&preprod)
        .exits(0)
        .says("create preprod")
        .never_says("create production");
    assert!(
        of(&fixture, "production").is_empty(),
        "{:?}",
        fixture.containers()
    );
    let in_preprod = of(&fixture, "preprod");

    // Nothing of production was in place before: nothing of it is to run, and only of it.
    fixture.run_plan(&production).exits(4).says("rolled-back");
    assert_eq!(running(&fixture, "production"), []);
    assert_eq!(of(&fixture, "preprod"), in_preprod);

    fixture.commit(
        "Mend production",
        &[("docker/compose-production.yml", &two)],
    );
    fixture
        .run_plan(&production)
        .exits(0)
        .never_says("recreate preprod");
    assert_eq!(of(&fixture, "preprod"), in_preprod);
    assert_eq!(running(&fixture, "production").len(), 1);

    // Production breaks and is brought back; preprod, in the same project, never notices.
    fixture.commit(
        "Break production",
        &[("docker/compose-production.yml", &broken)],
    );
    fixture.run_plan(&production).exits(4).says("rolled-back");
    assert_eq!(of(&fixture, "preprod"), in_preprod);
    let in_production = running(&fixture, "production");
    assert_eq!(in_production.len(), 1, "{:?}", fixture.containers());
    assert!(
        fixture.page().contains("greeting one"),
        "{}",
        fixture.page()
    );

    // And the other way round.
    let broken = services(&[("preprod", BROKEN)]);
    fixture.commit(
        "Break preprod, mend production",
        &[
            ("docker/compose-preprod.yml", &broken),
            ("docker/compose-production.yml", &two),
        ],
    );
    fixture.run_plan(&preprod).exits(4).says("rolled-back");
    assert_eq!(running(&fixture, "production"), in_production);
    assert!(
        fixture.page().contains("greeting one"),
        "{}",
        fixture.page()
    );
}

/// Compose would replace the one by the other without a word.
#[test]
fn a_service_of_the_same_name_is_not_taken_over() {
    let fixture = Fixture::new("namesakes");
    let [preprod, production] = plans(&fixture);
    let one = services(&[("app", PREPROD)]);
    let two = services(&[("app", &["environment: { GREETING: two }"])]);
    fixture.commit(
        "Both",
        &[
            ("docker/compose-preprod.yml", &one),
            ("docker/compose-production.yml", &two),
        ],
    );
    fixture.run_plan(&preprod).exits(0);
    let before = fixture.containers();
    fixture
        .run_plan(&production)
        .exits(2)
        .says("app already runs in project")
        .says("compose-preprod.yml");
    assert_eq!(fixture.containers(), before);
    assert!(
        fixture.page().contains("greeting one"),
        "{}",
        fixture.page()
    );
}

/// A plan that names no project has the one that Compose itself would use there.
#[test]
fn a11_a_project_that_only_the_files_name_is_the_plans() {
    let mut fixture = Fixture::new("unnamed");
    let variables = (".env", "COMPOSE_PROJECT_NAME=@NAME@\n");
    fixture.commit("One", &[("compose.yml", &greeting("one")), variables]);
    fixture.run().exits(0);
    let before = fixture.container("web");

    fixture.plan.unset("app", "project");
    fixture
        .asks("check", &[])
        .exits(0)
        .says(&format!("every service of project {}", fixture.name));
    fixture.run().exits(0).says("unchanged");
    assert_eq!(fixture.container("web"), before);

    fixture.commit("Two", &[("compose.yml", &greeting("two"))]);
    fixture.run().exits(0).says("recreate web");
    assert!(
        fixture.page().contains("greeting two"),
        "{}",
        fixture.page()
    );
    assert_ne!(fixture.container("web").id, before.id);
}
