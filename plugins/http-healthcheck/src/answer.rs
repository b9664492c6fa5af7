//! An answer in one line, for people.

use deployhost_plugin::http::Response;

/// Characters shown of what a stranger wrote.
const SHOWN: usize = 80;

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
    let mut shown = String::new();
    let mut count = 0;
    // No more of a long body than can matter.
    for c in text.chars().take(4 * 1024) {
        let c = if c.is_whitespace() { ' ' } else { c };
        if c.is_control()
            || is_invisible(c)
            || (c == ' ' && (shown.is_empty() || shown.ends_with(' ')))
        {
            continue;
        }
        if count == SHOWN {
            shown.truncate(shown.trim_end().len());
            shown.push('…');
            return shown;
        }
        shown.push(c);
        count += 1;
    }
    shown.truncate(shown.trim_end().len());
    shown
}

/// Turns the direction of text around, or joins it, unseen.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
