//! Two Compose files in one folder share a project: neither plan touches the other's containers.

use crate::site::compose::services;
use crate::site::{Container, Plan, Site};

/// Preprod answers on the site's port; production answers nobody.
const PREPROD: &[&str] = &[
    "ports: [\"127.0.0.1:@PORT@:8080\"]",
    "environment: { GREETING: one }",
];
const BROKEN: &[&str] = &["command: [\"/nope\"]"];

fn plans(site: &Site) -> [Plan; 2] {
    let (mut preprod, mut production) = (site.plan.clone(), site.plan.clone());
    preprod.environment = "preprod";
    preprod.set("app", "file", "\"site/docker/compose-preprod.yml\"");
    production.environment = "production";
    production.set("app", "file", "\"site/docker/compose-production.yml\"");
    // Nobody asks production whether it answers.
    production.without("health");
    [preprod, production]
}

fn of(site: &Site, service: &str) -> Vec<Container> {
    let mut all = site.containers();
    all.retain(|it| it.service == service);
    all
}

fn running(site: &Site, service: &str) -> Vec<Container> {
    let mut all = of(site, service);
    all.retain(|it| it.running);
    all
}

#[test]
fn neither_in_success_nor_in_rollback() {
    let site = Site::new("neighbours");
    let [preprod, production] = plans(&site);
    let one = services(&[("preprod", PREPROD)]);
    let two = services(&[("production", &["environment: { GREETING: two }"])]);
    let broken = services(&[("production", BROKEN)]);
    site.commit(
        "Both",
        &[
            ("docker/compose-preprod.yml", &one),
            ("docker/compose-production.yml", &broken),
        ],
    );
    site.run_plan(&preprod)
        .exits(0)
        .says("create preprod")
        .never_says("create production");
    assert!(
        of(&site, "production").is_empty(),
        "{:?}",
        site.containers()
    );
    let in_preprod = of(&site, "preprod");

    // Nothing of production was in place before: nothing of it is to run, and only of it.
    site.run_plan(&production).exits(4).says("rolled-back");
    assert_eq!(running(&site, "production"), []);
    assert_eq!(of(&site, "preprod"), in_preprod);

    site.commit(
        "Mend production",
        &[("docker/compose-production.yml", &two)],
    );
    site.run_plan(&production)
        .exits(0)
        .never_says("recreate preprod");
    assert_eq!(of(&site, "preprod"), in_preprod);
    assert_eq!(running(&site, "production").len(), 1);

    // Production breaks and is brought back; preprod, in the same project, never notices.
    site.commit(
        "Break production",
        &[("docker/compose-production.yml", &broken)],
    );
    site.run_plan(&production).exits(4).says("rolled-back");
    assert_eq!(of(&site, "preprod"), in_preprod);
    let in_production = running(&site, "production");
    assert_eq!(in_production.len(), 1, "{:?}", site.containers());
    assert!(site.page().contains("greeting one"), "{}", site.page());

    // And the other way round.
    let broken = services(&[("preprod", BROKEN)]);
    site.commit(
        "Break preprod, mend production",
        &[
            ("docker/compose-preprod.yml", &broken),
            ("docker/compose-production.yml", &two),
        ],
    );
    site.run_plan(&preprod).exits(4).says("rolled-back");
    assert_eq!(running(&site, "production"), in_production);
    assert!(site.page().contains("greeting one"), "{}", site.page());
}

/// Compose would replace the one by the other without a word.
#[test]
fn a_service_of_the_same_name_is_not_taken_over() {
    let site = Site::new("namesakes");
    let [preprod, production] = plans(&site);
    let one = services(&[("app", PREPROD)]);
    let two = services(&[("app", &["environment: { GREETING: two }"])]);
    site.commit(
        "Both",
        &[
            ("docker/compose-preprod.yml", &one),
            ("docker/compose-production.yml", &two),
        ],
    );
    site.run_plan(&preprod).exits(0);
    let before = site.containers();
    site.run_plan(&production)
        .exits(3)
        .says("of another file")
        .says("compose-preprod.yml");
    assert_eq!(site.containers(), before);
    assert!(site.page().contains("greeting one"), "{}", site.page());
}
