//! What the plugin says of itself, honest or not.

use std::hint::black_box;

use deployhost_plugin::http::{Request, send};
use deployhost_plugin::{Description, Step, describe_step};

use crate::{error_text, trick};

/// Read at run time, so that another manner of the same length can be written over it.
static MANNER: [u8; 27] = *b"plugin describes: honest   ";

pub fn describe<S: Step>() -> Description {
    let mut said = describe_step::<S>();
    let manner = black_box(&MANNER);
    match manner[18..].trim_ascii() {
        b"loops" => trick::forever(),
        b"traps" => panic!("described to death"),
        b"grows" => trick::grow(),
        b"role" => said.role = "emperor".into(),
        b"recovery" => said.recovery = "prayer".into(),
        b"noschema" => said.config_schema = "no schema".into(),
        b"escapes" => said.summary = "\u{1b}[2Jclean".into(),
        b"huge" => said.summary = "x".repeat(512 * 1024),
        b"asks" => {
            said.summary = match send(&Request::new("GET", "http://127.0.0.1:9/")) {
                Ok(_) => "answered".into(),
                Err(error) => error_text::http_error(&error),
            }
        }
        _ => {}
    }
    said
}
