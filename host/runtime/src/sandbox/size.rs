//! How much a plugin may return: what is over it is the plugin's fault, and nobody reads it.

use super::call_error::CallError;
use super::limits::RESULT_BYTES;
use crate::capability::run::{ConfigError, Description, Failure, size_of};

pub(super) fn bounded(bytes: usize) -> Result<(), CallError> {
    if bytes > RESULT_BYTES {
        return Err(CallError::TooMuch(format!(
            "it returned {bytes} bytes, {RESULT_BYTES} are allowed"
        )));
    }
    Ok(())
}

pub(super) fn bounded_failure(failure: &Failure) -> Result<(), CallError> {
    let (Failure::Config(why)
    | Failure::Temporary(why)
    | Failure::Permanent(why)
    | Failure::Unavailable(why)
    | Failure::Other(why)) = failure;
    bounded(size_of(why))
}

pub(super) fn bounded_problems(problems: &[ConfigError]) -> Result<(), CallError> {
    let bytes = |problem: &ConfigError| problem.pointer.len() + size_of(&problem.diagnostic);
    bounded(problems.iter().map(bytes).sum())
}

pub(super) fn bounded_description(said: &Description) -> Result<(), CallError> {
    let texts = [
        &said.name,
        &said.version,
        &said.summary,
        &said.config_schema,
    ];
    bounded(texts.iter().map(|text| text.len()).sum())?;
    bounded(said.role.len() + said.recovery.len() + pairs(&said.details))
}

pub(super) fn size(text: &Option<String>) -> usize {
    text.as_ref().map_or(0, String::len)
}

pub(super) fn pairs(pairs: &[(String, String)]) -> usize {
    pairs.iter().map(|(a, b)| a.len() + b.len()).sum()
}
