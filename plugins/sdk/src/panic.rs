//! A guest that panics traps, and a trap has no text: the hook says what happened before.

use std::sync::Once;

/// Has panics written to the run's log. Every export calls it first; only the first call counts.
pub fn report() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            let text = info.payload_as_str().unwrap_or("without a text");
            let place = match info.location() {
                Some(place) => format!(" at {place}"),
                None => String::new(),
            };
            crate::log::error(&format!("the plugin panicked{place}: {text}"));
        }));
    });
}
