//! One HTTP request at a time, to granted origins, with granted methods.
//!
//! Owns what may be asked ([`Origin`], [`HttpGrant`], headers, [`AddressPolicy`]), the limits, and the port that
//! sends what was allowed; the connection is the adapter's. Redirects are answers like any other.

mod grant;
mod guest;
mod signing;

use std::time::Duration;

use async_trait::async_trait;

use super::error::CapabilityError;

pub use deployhost_policy::http::{AddressKind, AddressPolicy, Origin, OriginError, Target};
pub use grant::{HttpGrant, Methods, find_policy};
pub(crate) use guest::add_to_linker;
pub use guest::{GuestRequest, Http, Signing, Writes};

/// Largest body of a request and of its answer, in bytes.
pub const LARGEST_BODY: usize = 1 << 20;
/// For a request that asks for none.
pub const TIMEOUT: Duration = Duration::from_secs(10);
/// For a request that asks for more.
pub const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a request may take that asks for so many milliseconds.
fn timeout(ms: u32) -> Duration {
    match ms {
        0 => TIMEOUT,
        ms => Duration::from_millis(ms.into()).min(LONGEST_TIMEOUT),
    }
}

/// A request that every rule has passed, secrets filled in: it has no `Debug`.
pub struct Request {
    /// In capitals.
    pub method: String,
    pub url: url::Url,
    /// Names and values of visible ASCII.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// From the first look-up to the last byte of the answer.
    pub timeout: Duration,
    /// The addresses that it may connect to.
    pub policy: AddressPolicy,
    /// Most bytes of the answer's body.
    pub most: usize,
}

/// An answer, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// As they came; what is no text in them is replaced.
    pub headers: Vec<(String, String)>,
    /// As it came, compressed where the sender compressed it.
    pub body: Vec<u8>,
}

/// Sends requests.
#[async_trait]
pub trait Port: Send + Sync {
    /// Resolves, asks [`Request::policy`] about every address, connects to one of those very addresses,
    /// sends once, follows nothing.
    async fn send(&self, request: Request) -> Result<Response, CapabilityError>;
}
