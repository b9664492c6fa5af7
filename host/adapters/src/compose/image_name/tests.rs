#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

#[test]
fn a_name_has_a_tag_or_a_digest() {
    assert_eq!(repository_and_tag("a"), Some(("a", "latest")));
    assert_eq!(repository_and_tag("a/b:v1"), Some(("a/b", "v1")));
    assert_eq!(
        repository_and_tag("host:5000/a"),
        Some(("host:5000/a", "latest"))
    );
    assert_eq!(
        repository_and_tag("host:5000/a:v1"),
        Some(("host:5000/a", "v1"))
    );
    assert_eq!(repository_and_tag("a@sha256:00"), None);
}

#[test]
fn images_are_kept_by_project_and_service() {
    let of = |project: &str, service: &str| {
        repository(
            &ProjectName::new(project).unwrap(),
            &ServiceName::new(service).unwrap(),
        )
    };
    assert_eq!(
        of("30_docker", "mangetamain-prod"),
        "deployhost/30_docker/mangetamain-prod"
    );
    assert_ne!(of("a", "App"), of("a", "app"));
    assert!(of("a", "App").starts_with("deployhost/a/xapp-"));
    assert!(of("a__", "a..b").starts_with("deployhost/xa-"));
}
