//! A request as a plan describes it, also one that no plan could write down: `{cr}`, `{lf}`, `{tab}`
//! and `{nul}` stand for what a plan may not hold.

use deployhost_plugin::http::{Error, Request, Response, Signing, send};
use deployhost_plugin::prelude::*;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(crate = "deployhost_plugin::serde", deny_unknown_fields, default)]
#[schemars(crate = "deployhost_plugin::schemars")]
pub struct DescribedRequest {
    method: String,
    url: String,
    headers: Vec<DescribedHeader>,
    body: String,
    timeout_ms: u32,
    /// How the host signs it.
    signing: Option<SigningConfig>,
}

/// A signature as the interface has it, word for word.
#[derive(Deserialize, JsonSchema)]
#[serde(crate = "deployhost_plugin::serde", deny_unknown_fields)]
#[schemars(crate = "deployhost_plugin::schemars")]
struct SigningConfig {
    key: String,
    algorithm: String,
    header: String,
    prefix: String,
    encoding: String,
    #[serde(default)]
    before: String,
}

impl From<&SigningConfig> for Signing {
    fn from(config: &SigningConfig) -> Self {
        Self {
            key: config.key.clone(),
            algorithm: config.algorithm.clone(),
            header: meant(&config.header),
            prefix: meant(&config.prefix),
            encoding: config.encoding.clone(),
            before: meant(&config.before).into_bytes(),
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(crate = "deployhost_plugin::serde", deny_unknown_fields)]
#[schemars(crate = "deployhost_plugin::schemars")]
struct DescribedHeader {
    name: String,
    value: String,
    /// How often the value is repeated in it.
    #[serde(default = "once")]
    long: usize,
    /// How often the header is sent.
    #[serde(default = "once")]
    times: usize,
}

fn once() -> usize {
    1
}

/// What came of it, in a line.
pub fn send_it(described: &DescribedRequest) -> String {
    let headers = described.headers.iter().flat_map(|header| {
        let pair = (
            meant(&header.name),
            meant(&header.value).repeat(header.long),
        );
        std::iter::repeat_n(pair, header.times)
    });
    let request = Request {
        method: meant(&described.method),
        url: meant(&described.url),
        headers: headers.collect(),
        body: meant(&described.body).into_bytes(),
        timeout_ms: described.timeout_ms,
        signing: described.signing.as_ref().map(Signing::from),
    };
    match send(&request) {
        Ok(response) => answered(&response),
        Err(error) => refused(&error),
    }
}

fn meant(text: &str) -> String {
    text.replace("{cr}", "\r")
        .replace("{lf}", "\n")
        .replace("{tab}", "\t")
        .replace("{nul}", "\0")
}

fn answered(response: &Response) -> String {
    let bytes = response.body.len();
    let text = match bytes {
        0..=40 => format!(": {}", response.text().trim_end()),
        _ => String::new(),
    };
    let to = match response.header("location") {
        Some(to) => format!(", leads to {to}"),
        None => String::new(),
    };
    format!("answered {}{to}, {bytes} bytes{text}", response.status)
}

fn refused(error: &Error) -> String {
    let kind = match error {
        Error::Denied(_) => "denied",
        Error::Invalid(_) => "invalid",
        Error::Timeout(_) => "timeout",
        Error::TooLarge(_) => "too-large",
        Error::Unreachable(_) => "unreachable",
        Error::Interrupted(_) => "interrupted",
        Error::Other(_) => "other",
    };
    format!("{kind}: {}", error.diagnostic())
}
