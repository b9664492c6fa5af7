//! "3 of 10, waiting for streamlit". Natively nothing is reported.

/// `total` 0: unknown.
#[cfg(target_family = "wasm")]
pub fn report(done: u32, total: u32, message: &str) {
    crate::bindings::step_world::deployhost::plugin::progress::report(done, total, message);
}

/// `total` 0: unknown.
#[cfg(not(target_family = "wasm"))]
pub fn report(_: u32, _: u32, _: &str) {}
