//! Text that others wrote, as one line that hides nothing from whoever reads it. Pure.

/// White space as single blanks, none in front; no control characters, nothing that turns text
/// around or stands in it unseen. Reads no further than it is asked to.
pub fn visible(text: &str) -> impl Iterator<Item = char> + '_ {
    let mut blank = true;
    text.chars().filter_map(move |c| {
        if c.is_whitespace() {
            let doubled = std::mem::replace(&mut blank, true);
            return (!doubled).then_some(' ');
        }
        let hidden = c.is_control() || is_invisible(c);
        blank &= hidden;
        (!hidden).then_some(c)
    })
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}
