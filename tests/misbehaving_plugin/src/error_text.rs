//! An error of a capability in one line, which names its case.

use deployhost_plugin::{containers, http};

/// `Error::Denied("GET http://… is not granted")`.
pub fn http_error(error: &http::Error) -> String {
    use http::Error;
    let case = match error {
        Error::Denied(_) => "Denied",
        Error::Invalid(_) => "Invalid",
        Error::Timeout(_) => "Timeout",
        Error::TooLarge(_) => "TooLarge",
        Error::Unreachable(_) => "Unreachable",
        Error::Interrupted(_) => "Interrupted",
        Error::Other(_) => "Other",
    };
    format!("Error::{case}({:?})", error.diagnostic().to_string())
}

/// `Ok(…)`, or `Err(Error::Denied("project … is not granted"))`.
pub fn containers_result<T: std::fmt::Debug>(result: Result<T, containers::Error>) -> String {
    use containers::Error;
    let error = match result {
        Ok(value) => return format!("Ok({value:?})"),
        Err(error) => error,
    };
    let case = match &error {
        Error::Denied(_) => "Denied",
        Error::NotFound(_) => "NotFound",
        Error::Unreachable(_) => "Unreachable",
        Error::Other(_) => "Other",
    };
    format!("Err(Error::{case}({:?}))", error.diagnostic().to_string())
}
