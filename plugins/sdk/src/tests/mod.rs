//! What authors rely on, natively.

mod config;
mod context;
mod diagnostic;
mod duration;
mod event;
mod failure;
mod line;
mod local_time;
mod schema;
mod shell;
#[cfg(feature = "http")]
mod signing;
