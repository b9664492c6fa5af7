//! The ways in which a text may spell a secret.
//!
//! Best effort by nature: a program can always spell a value in a way that is not here. It is the
//! second wall; the first is that values reach nobody who writes texts.

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;
use url::Url;

use super::{SHORTEST, Secret};
use crate::text::{escape_controls, sanitize};

/// Every encoding of a secret, each at least [`SHORTEST`] bytes.
///
/// Letter case is the searcher's to ignore.
pub fn list_encodings(secret: &Secret) -> Vec<String> {
    let mut all = Vec::new();
    let parts = secret.url.iter().flat_map(secret_parts);
    for value in std::iter::once(secret.value.clone()).chain(parts) {
        spell(&value, &mut all);
        if value.contains('\n') {
            let lines = value.lines().map(str::trim);
            lines.for_each(|line| as_text(line, &mut all));
        }
    }
    all.retain(|encoding| encoding.len() >= SHORTEST);
    all.sort_unstable();
    all.dedup();
    all
}

/// What is secret in a URL, each part long enough to be a secret; nothing: it holds none.
///
/// The last and the longest segment of its path (a webhook's token, whatever follows it) and the
/// values of its query, as written and as servers read them; if there are any, the URL and its path
/// with them.
pub fn secret_parts(url: &Url) -> Vec<String> {
    let long = |part: &str| part.len() >= SHORTEST;
    let segments: Vec<&str> = url.path_segments().into_iter().flatten().collect();
    let segments = segments
        .iter()
        .copied()
        .filter(|segment| !segment.is_empty());
    let last = segments.clone().next_back();
    let longest = segments.max_by_key(|segment| segment.len());
    let of_path = last.into_iter().chain(longest).filter(|part| long(part));
    let read = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    let mut parts: Vec<String> = of_path
        .flat_map(|part| [part.to_owned(), read(part)])
        .collect();
    if !parts.is_empty() {
        parts.extend([url.path().to_owned(), read(url.path())]);
    }
    let written = url.query().unwrap_or_default().split('&');
    let written = written.filter_map(|pair| Some(pair.split_once('=')?.1.to_owned()));
    let values = url.query_pairs().map(|(_, value)| value.into_owned());
    parts.extend(written.chain(values).filter(|value| long(value)));
    if !parts.is_empty() {
        parts.push(url.to_string());
        parts.push(url[url::Position::BeforePath..].to_owned());
    }
    parts
}

fn spell(value: &str, all: &mut Vec<String>) {
    if value.len() < SHORTEST {
        return;
    }
    as_text(value, all);
    let bytes = value.as_bytes();
    all.push(value.chars().rev().collect());
    all.push(bytes.iter().map(|b| format!("{b:02x}")).collect());
    for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
        base64(bytes, engine, all);
    }
}

/// Plainly, and as texts quote a text.
fn as_text(value: &str, all: &mut Vec<String>) {
    let bytes = value.as_bytes();
    // As it is, and as every text becomes that is shown to people.
    all.extend([value.to_owned(), sanitize(value), escape_controls(value)]);
    // What URL encoders leave alone differs: RFC 3986, browsers' encodeURIComponent, forms.
    for kept in ["-._~", "-._~!'()*", "-._~/", "*-._"] {
        all.push(percent(bytes, kept));
    }
    all.push(percent(bytes, "*-._ ").replace(' ', "+"));
    json(value, all);
    html(value, all);
}

fn percent(bytes: &[u8], kept: &str) -> String {
    let mut out = String::with_capacity(bytes.len() * 3);
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// As a JSON string, and as one inside of a JSON text: what steps put out is JSON, and what programs
/// log. Encoders differ in what they write as `\u` without need, and in `\/`.
fn json(value: &str, all: &mut Vec<String>) {
    for ascii in [false, true] {
        for needless in ["", "<>&", "<>&'", "<>&'\""] {
            let text = json_string(value, |c| (ascii && !c.is_ascii()) || needless.contains(c));
            for text in [text.replace('/', "\\/"), text] {
                all.push(json_string(&text, |_| false));
                all.push(text);
            }
        }
    }
}

fn json_string(value: &str, as_unit: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            c if as_unit(c) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// Encoders differ in how they write quotes, and whether; some spare no sign that has a meaning, and
/// some write ASCII only.
fn html(value: &str, all: &mut Vec<String>) {
    let html = value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let more = html.replace('/', "&#x2F;");
    let most = more.replace('`', "&#x60;").replace('=', "&#x3D;");
    for html in [html, more, most] {
        for double in ["\"", "&quot;", "&#34;"] {
            for single in ["'", "&#39;", "&#x27;", "&apos;"] {
                let html = html.replace('"', double).replace('\'', single);
                all.push(in_ascii(&html));
                all.push(html);
            }
        }
    }
}

fn in_ascii(html: &str) -> String {
    let mut ascii = String::with_capacity(html.len());
    for c in html.chars() {
        match c.is_ascii() {
            true => ascii.push(c),
            false => ascii.push_str(&format!("&#{};", u32::from(c))),
        }
    }
    ascii
}

/// Whole, and as it reads inside something longer, where it begins at the first, second or third byte
/// of a group: without the characters that its neighbours share.
fn base64(bytes: &[u8], engine: &GeneralPurpose, all: &mut Vec<String>) {
    let whole = engine.encode(bytes);
    let padding = "=".repeat((4 - whole.len() % 4) % 4);
    all.push(format!("{whole}{padding}"));
    all.push(whole);
    for (shift, shared) in [(0, 0), (1, 2), (2, 3)] {
        let mut shifted = vec![0; shift];
        shifted.extend_from_slice(bytes);
        let mut text = engine.encode(&shifted);
        if shifted.len() % 3 != 0 {
            text.pop();
        }
        all.push(text.split_off(shared));
    }
}
