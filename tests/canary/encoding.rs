//! The spellings that secrets are searched in, by encoders of their own: the program's are on trial.

use std::fmt::Write;

use base64::engine::general_purpose::{STANDARD, URL_SAFE};

type Encode = fn(&str) -> String;

pub struct Encoding {
    pub name: &'static str,
    /// What of a text in this spelling is the text's alone.
    pub alone: Encode,
    /// The text as somebody writes it who spells so; none: nobody does.
    pub echoed: Option<Encode>,
}

const fn says(name: &'static str, encode: Encode) -> Encoding {
    Encoding {
        name,
        alone: encode,
        echoed: Some(encode),
    }
}

const fn base64(name: &'static str, alone: Encode, echoed: Encode) -> Encoding {
    Encoding {
        name,
        alone,
        echoed: Some(echoed),
    }
}

/// What a cut leaves. Whoever says it has cut it himself.
const fn left(name: &'static str, alone: Encode) -> Encoding {
    Encoding {
        name,
        alone,
        echoed: None,
    }
}

/// Base64 has three spellings of a text, by where it begins in something longer.
pub const ENCODINGS: &[Encoding] = &[
    says("plain", |text| text.to_owned()),
    base64(
        "base64 at 0",
        |it| alone(&STANDARD, it, 0),
        |it| inside(&STANDARD, it, 0),
    ),
    base64(
        "base64 at 1",
        |it| alone(&STANDARD, it, 1),
        |it| inside(&STANDARD, it, 1),
    ),
    base64(
        "base64 at 2",
        |it| alone(&STANDARD, it, 2),
        |it| inside(&STANDARD, it, 2),
    ),
    base64(
        "base64url at 0",
        |it| alone(&URL_SAFE, it, 0),
        |it| inside(&URL_SAFE, it, 0),
    ),
    base64(
        "base64url at 1",
        |it| alone(&URL_SAFE, it, 1),
        |it| inside(&URL_SAFE, it, 1),
    ),
    base64(
        "base64url at 2",
        |it| alone(&URL_SAFE, it, 2),
        |it| inside(&URL_SAFE, it, 2),
    ),
    says("percent", |text| percent(text, false)),
    says("percent in lower case", |text| percent(text, true)),
    says("form", |text| {
        url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
    }),
    says("hex", |text| hex(text, false)),
    says("hex in upper case", |text| hex(text, true)),
    says("JSON", json),
    says("JSON in ASCII", json_ascii),
    says("HTML", html),
    says("reversed", |text| text.chars().rev().collect()),
    left("first half", |text| half(text).0.to_owned()),
    left("second half", |text| half(text).1.to_owned()),
];

/// A shorter one is not told from other texts, and not searched for.
pub const SHORTEST: usize = 8;

const BEFORE: &str = "...";

fn alone(engine: &impl base64::Engine, text: &str, at: usize) -> String {
    let bytes = [&BEFORE[..at], text].concat();
    // Six bits a character: those that hold a bit of a neighbour are not the text's alone.
    let first = (at * 8).div_ceil(6);
    engine.encode(&bytes)[first..bytes.len() * 8 / 6].to_owned()
}

fn inside(engine: &impl base64::Engine, text: &str, at: usize) -> String {
    engine.encode([&BEFORE[..at], text, "; and more of it"].concat())
}

fn percent(text: &str, lower: bool) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ if lower => write!(out, "%{byte:02x}").unwrap(),
            _ => write!(out, "%{byte:02X}").unwrap(),
        }
    }
    out
}

fn hex(text: &str, upper: bool) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match upper {
            true => write!(out, "{byte:02X}").unwrap(),
            false => write!(out, "{byte:02x}").unwrap(),
        }
    }
    out
}

fn json(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap();
    quoted[1..quoted.len() - 1].to_owned()
}

fn json_ascii(text: &str) -> String {
    let mut out = String::new();
    for c in json(text).chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}").unwrap();
            }
        }
    }
    out
}

fn html(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let text = text.replace('>', "&gt;").replace('"', "&quot;");
    text.replace('\'', "&#x27;")
}

fn half(text: &str) -> (&str, &str) {
    text.split_at(text.floor_char_boundary(text.len() / 2))
}

#[test]
fn the_encoders_are_those_of_others() {
    // By Python: base64, urllib.parse, json, html.
    let text = "é+/ \"<&'=\u{1f424}kanarie";
    let table = [
        ("plain", text),
        ("base64 at 0", "w6krLyAiPCYnPfCfkKRrYW5hcmll"),
        ("base64 at 1", "OpKy8gIjwmJz3wn5Cka2FuYXJpZ"),
        ("base64url at 0", "w6krLyAiPCYnPfCfkKRrYW5hcmll"),
        (
            "percent",
            "%C3%A9%2B%2F%20%22%3C%26%27%3D%F0%9F%90%A4kanarie",
        ),
        ("form", "%C3%A9%2B%2F+%22%3C%26%27%3D%F0%9F%90%A4kanarie"),
        ("hex", "c3a92b2f20223c26273df09f90a46b616e61726965"),
        ("JSON", "é+/ \\\"<&'=\u{1f424}kanarie"),
        ("JSON in ASCII", "\\u00e9+/ \\\"<&'=\\ud83d\\udc24kanarie"),
        ("HTML", "é+/ &quot;&lt;&amp;&#x27;=\u{1f424}kanarie"),
        ("reversed", "eiranak\u{1f424}='&<\" /+é"),
    ];
    for (name, wanted) in table {
        let encoding = ENCODINGS.iter().find(|known| known.name == name).unwrap();
        assert_eq!((encoding.alone)(text), wanted, "{name}");
    }
}
