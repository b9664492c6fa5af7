//! Lines for people, in the run's log. The host cuts lines at 8 KiB and drops what is over 1 MiB a
//! call, with a notice. Natively nothing is written.

pub fn error(line: &str) {
    write("error", line);
}

pub fn warn(line: &str) {
    write("warn", line);
}

pub fn info(line: &str) {
    write("info", line);
}

pub fn debug(line: &str) {
    write("debug", line);
}

#[cfg(target_family = "wasm")]
fn write(level: &str, line: &str) {
    crate::bindings::step_world::deployhost::plugin::log::write(level, line);
}

#[cfg(not(target_family = "wasm"))]
fn write(_: &str, _: &str) {}
