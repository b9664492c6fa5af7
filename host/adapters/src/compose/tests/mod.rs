//! With a real engine and a real Compose: nothing of what is measured here can be told from docs.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod acting;
mod early;
mod granted;
mod looking;
mod scene;
