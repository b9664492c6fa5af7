//! Names of images: what a service's image is called, and what one is kept under.

use crate::capability::compose::{ProjectName, ServiceName};

/// Where the images of a service are kept. A service's name can hold what an image's cannot: it is
/// then told apart by its digest.
pub fn repository(project: &ProjectName, service: &ServiceName) -> String {
    let part = |name: &str| {
        let kept: String = name
            .to_lowercase()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        let separated = name.split(['-', '_', '.']).all(|word| !word.is_empty());
        if separated && name.to_lowercase() == name {
            return name.to_owned();
        }
        let digest = blake3::hash(name.as_bytes()).to_hex();
        format!("x{kept}-{}", &digest[..8])
    };
    format!(
        "deployhost/{}/{}",
        part(project.as_str()),
        part(service.as_str())
    )
}

/// `host:5000/name:tag`; None where a digest says which image it is.
pub fn repository_and_tag(name: &str) -> Option<(&str, &str)> {
    if name.contains('@') {
        return None;
    }
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => Some((repository, tag)),
        _ => Some((name, "latest")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
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
}
