//! An answer in one line, for people.

use deployhost_plugin::http::Response;
use deployhost_plugin::line::visible;

/// Characters shown of what a stranger wrote.
const SHOWN: usize = 80;
/// No more of a long body can matter, in bytes.
const LOOKED_AT: usize = 16 * 1024;

/// `status 502`; where a redirect leads belongs to it.
pub fn status(response: &Response) -> String {
    let status = response.status;
    match (status, response.header("location")) {
        (300..=399, Some(to)) => format!("status {status}, a redirect to {}", excerpt(to)),
        _ => format!("status {status}"),
    }
}

/// `status 502: <html>Bad gateway`.
pub fn line(response: &Response) -> String {
    let status = status(response);
    match excerpt(&response.text()).as_str() {
        "" => format!("{status}, an empty body"),
        text => format!("{status}: {text}"),
    }
}

/// The first printable characters, on one line.
pub fn excerpt(text: &str) -> String {
    let mut rest = visible(&text[..text.floor_char_boundary(LOOKED_AT)]);
    let mut shown: String = rest.by_ref().take(SHOWN).collect();
    shown.truncate(shown.trim_end().len());
    if rest.next().is_some() {
        shown.push('…');
    }
    shown
}
