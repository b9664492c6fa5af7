//! What one entry of the plan may ask of the network.

use std::fmt;

use deployhost_policy::http::{AddressPolicy, BadMethod, Origin, check_method, is_read};

/// Granted methods of an origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Methods {
    /// GET and HEAD.
    Read,
    /// Just these; made by [`Methods::only`].
    Only(Vec<String>),
    Any,
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
