//! The port to the world: time, and one request at a time.

use deployhost_plugin::http::{self, Error, Request, Response};
use deployhost_plugin::{Duration, Stopped, clock};

/// What a probe needs.
pub trait ProbeHost {
    fn now_unix_ms(&self) -> u64;
    fn sleep(&self, time: Duration) -> Result<(), Stopped>;
    fn send(&self, request: &Request) -> Result<Response, Error>;
}

/// The granted one, through the host.
pub struct HostHttp;

impl ProbeHost for HostHttp {
    fn now_unix_ms(&self) -> u64 {
        clock::now_unix_ms()
    }

    fn sleep(&self, time: Duration) -> Result<(), Stopped> {
        clock::sleep(time)
    }

    fn send(&self, request: &Request) -> Result<Response, Error> {
        http::send(request)
    }
}
