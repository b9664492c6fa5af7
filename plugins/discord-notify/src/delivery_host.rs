//! The port to the world: one request at a time, and waiting.

use deployhost_plugin::http::{self, Error, Request, Response};
use deployhost_plugin::{Duration, Stopped, clock};

/// What a delivery needs.
pub trait DeliveryHost {
    fn send(&self, request: &Request) -> Result<Response, Error>;
    fn sleep(&self, time: Duration) -> Result<(), Stopped>;
}

/// The granted one, through the host.
pub struct HostDelivery;

impl DeliveryHost for HostDelivery {
    fn send(&self, request: &Request) -> Result<Response, Error> {
        http::send(request)
    }

    fn sleep(&self, time: Duration) -> Result<(), Stopped> {
        clock::sleep(time)
    }
}
