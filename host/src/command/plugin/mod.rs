//! `plugin`: what is about plugins rather than deployments.

pub mod build;
