//! Names of images: what a service's image is called, and what one is kept under.

use deployhost_runtime::capability::compose::{ProjectName, ServiceName};

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
mod tests;
