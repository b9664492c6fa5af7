//! The containers of granted Compose services. [`restart`], [`stop`] and [`start`] change something.

pub use crate::bindings::step_world::deployhost::plugin::containers::{
    Container, Error, inspect, list, logs, restart, start, stop,
};
