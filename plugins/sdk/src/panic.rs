//! A guest that panics traps, and a trap has no text: the hook says what happened before.

use std::sync::Once;

/// Has panics written to the run's log. Every export calls it first; only the first call counts.
pub fn report() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            crate::log::error(&format!("the plugin panicked: {info}"));
        }));
    });
}
