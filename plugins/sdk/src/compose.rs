//! Granted services of granted Compose files. [`use_image`] and [`up`] change something; the rest
//! reads or prepares.

pub use crate::bindings::step_world::deployhost::plugin::compose::{
    Error, Project, Service, Source, build, has_image, inputs, keep, pull, services, up, use_image,
};
