//! The images on this machine.

use std::collections::HashMap;
use std::time::Duration;

use bollard::query_parameters::{ListImagesOptions, TagImageOptions};

use super::{Docker, DockerError};

/// An image that is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// `sha256:…`
    pub id: String,
    /// Has it a `HEALTHCHECK`?
    pub health: bool,
}

impl Docker {
    /// The image of a name or an id, where it is here. A name that no image can have is none.
    pub async fn image(&self, name: &str) -> Result<Option<Image>, DockerError> {
        if !plain(name) {
            return Ok(None);
        }
        let asked = self.ask(Duration::ZERO, |api| async move {
            api.inspect_image(name).await
        });
        let answer = match asked.await {
            Ok(answer) => answer,
            Err(DockerError::NotFound(_)) => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let check = answer.config.and_then(|config| config.healthcheck);
        let test = check.and_then(|check| check.test).unwrap_or_default();
        Ok(Some(Image {
            id: answer.id.unwrap_or_default(),
            health: test.first().is_some_and(|word| word != "NONE"),
        }))
    }

    /// Gives an image one more name.
    pub async fn tag(&self, id: &str, repository: &str, tag: &str) -> Result<(), DockerError> {
        let options = TagImageOptions {
            repo: Some(repository.into()),
            tag: Some(tag.into()),
        };
        self.ask(Duration::ZERO, |api| async move {
            api.tag_image(id, Some(options)).await
        })
        .await
    }

    /// The ids of the images that have a tag in a repository.
    pub async fn tagged(&self, repository: &str) -> Result<Vec<String>, DockerError> {
        let options = ListImagesOptions {
            filters: Some(HashMap::from([(
                "reference".to_owned(),
                vec![repository.to_owned()],
            )])),
            ..Default::default()
        };
        let asked = self.ask(Duration::ZERO, |api| async move {
            api.list_images(Some(options)).await
        });
        Ok(asked.await?.into_iter().map(|image| image.id).collect())
    }
}

/// The name becomes a part of a path of the engine's API: it must not lead elsewhere there.
fn plain(name: &str) -> bool {
    let of_a_name =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b':' | b'/' | b'@');
    name.bytes().all(of_a_name)
        && name
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.'))
}

#[cfg(test)]
mod tests;
