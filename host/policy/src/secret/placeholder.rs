//! Where a placeholder becomes the secret: at the start of a URL, or as a header's whole value or
//! what follows its one word of scheme; toward the secret's origin only. Anywhere else it stays what
//! it is, a harmless text.

use std::sync::Arc;

use url::Url;

use super::{Secret, SecretKind};
use crate::http::{Origin, Target};

/// The URL to send instead, where the target's path begins with the placeholder of one of these.
///
/// What was added behind the placeholder is added behind the secret's own path and query.
pub fn fill_url(secrets: &[Arc<Secret>], target: &Target) -> Option<Url> {
    let (secret, rest) = of_url(secrets, target)?;
    let mut url = secret.url.clone()?;
    if !rest.is_empty() {
        let path = url.path();
        let path = path.strip_suffix('/').unwrap_or(path);
        let path = format!("{path}{rest}");
        url.set_path(&path);
    }
    if let Some(added) = target.url().query() {
        let query = match url.query() {
            Some(own) if !own.is_empty() => format!("{own}&{added}"),
            _ => added.to_owned(),
        };
        url.set_query(Some(&query));
    }
    Some(url)
}

/// The header's value to send instead.
pub fn fill_header(secrets: &[Arc<Secret>], origin: &Origin, value: &str) -> Option<String> {
    let (scheme, marker) = match value.split_once(' ') {
        Some((scheme, marker)) if is_scheme(scheme) => (Some(scheme), marker),
        Some(_) => return None,
        None => (None, value),
    };
    let secret = secrets.iter().find(|secret| {
        secret.kind() == SecretKind::Token && secret.origin() == origin && secret.marker == marker
    })?;
    Some(match scheme {
        Some(scheme) => format!("{scheme} {}", secret.value),
        None => secret.value.clone(),
    })
}

/// The key that a placeholder stands for, toward its origin.
pub fn find_key<'a>(
    secrets: &'a [Arc<Secret>],
    origin: &Origin,
    placeholder: &str,
) -> Option<&'a Secret> {
    let key = secrets.iter().find(|secret| {
        secret.kind() == SecretKind::Key
            && secret.origin() == origin
            && secret.marker == placeholder
    });
    key.map(Arc::as_ref)
}

/// `Bearer`, `Bot`, …
fn is_scheme(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The URL for people: without its query, and with the secret's name for its placeholder.
pub fn mask_url(secrets: &[Arc<Secret>], target: &Target) -> String {
    match of_url(secrets, target) {
        Some((secret, rest)) => format!("{}/{}{rest}", secret.origin, secret.mask()),
        None => format!("{}{}", target.origin(), target.url().path()),
    }
}

/// The secret whose placeholder is the first segment of the path, and the path behind it.
///
/// The URL was read first, so that no `..` behind the placeholder can climb into the secret's path.
fn of_url<'a>(secrets: &'a [Arc<Secret>], target: &'a Target) -> Option<(&'a Secret, &'a str)> {
    let path = target.url().path().strip_prefix('/')?;
    let (first, rest) = path.split_at(path.find('/').unwrap_or(path.len()));
    let secret = secrets.iter().find(|secret| {
        secret.kind() == SecretKind::Url
            && secret.origin() == target.origin()
            && secret.marker == first
    })?;
    Some((secret, rest))
}

#[cfg(test)]
mod tests;
