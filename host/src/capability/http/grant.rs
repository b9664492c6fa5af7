//! What one entry of the plan may ask of the network.

use std::fmt;

use super::address::AddressPolicy;
use super::origin::Origin;

/// Granted methods of an origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Methods {
    /// GET and HEAD.
    Read,
    /// Just these; made by [`Methods::only`].
    Only(Vec<String>),
    Any,
}

/// A word that is no method which can be granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadMethod;

impl fmt::Display for BadMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the method is none of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, or of your own in 1 to 20 capitals — write it in capitals (CONNECT and TRACE are never sent)")
    }
}

impl std::error::Error for BadMethod {}

/// CONNECT would open a tunnel past every rule here; TRACE sends back the secrets of a request.
pub fn check_method(method: &str) -> Result<(), BadMethod> {
    let shaped = (1..=20).contains(&method.len()) && method.bytes().all(|b| b.is_ascii_uppercase());
    if shaped && method != "CONNECT" && method != "TRACE" {
        Ok(())
    } else {
        Err(BadMethod)
    }
}

/// Does the method promise to change nothing?
pub fn is_read(method: &str) -> bool {
    method == "GET" || method == "HEAD"
}

impl Methods {
    pub fn only(methods: &[impl AsRef<str>]) -> Result<Self, BadMethod> {
        let methods = methods
            .iter()
            .map(|method| check_method(method.as_ref()).map(|()| method.as_ref().to_owned()));
        Ok(Self::Only(methods.collect::<Result<_, _>>()?))
    }

    fn permit(&self, method: &str) -> bool {
        match self {
            Self::Read => is_read(method),
            Self::Only(methods) => methods.iter().any(|granted| granted == method),
            Self::Any => true,
        }
    }
}

impl fmt::Display for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read => f.write_str("GET, HEAD"),
            Self::Only(methods) => f.write_str(&methods.join(", ")),
            Self::Any => f.write_str("any method"),
        }
    }
}

/// One origin, and what may be asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub origin: Origin,
    pub methods: Methods,
    /// The origin's name may lead to this machine or a private network.
    pub private: bool,
}

/// As `check` prints it.
impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let private = if self.private {
            ", in private networks too"
        } else {
            ""
        };
        write!(f, "{}: {}{private}", self.origin, self.methods)
    }
}

/// The addresses that this request may connect to, where any grant covers it.
pub fn find_policy(grants: &[Grant], method: &str, origin: &Origin) -> Option<AddressPolicy> {
    let mut covering = grants
        .iter()
        .filter(|grant| grant.origin == *origin && grant.methods.permit(method))
        .peekable();
    covering.peek()?;
    Some(origin.policy(covering.any(|grant| grant.private)))
}

#[cfg(test)]
mod tests;
