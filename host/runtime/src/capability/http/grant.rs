//! What one entry of the plan may ask of the network.

use std::fmt;

use deployhost_policy::Diagnostic;
use deployhost_policy::config_fault::ConfigFault;
use deployhost_policy::http::{
    AddressPolicy, BadMethod, Origin, WrittenOrigin, check_method, is_read,
};

use super::super::grant::{GrantScope, GrantTable, Marked, SecretReference};

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

/// As `check` prints them.
impl fmt::Display for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read => f.write_str("GET and HEAD"),
            Self::Only(methods) => f.write_str(&methods.join(", ")),
            Self::Any => f.write_str("any request"),
        }
    }
}

/// One origin, and what may be asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpGrant {
    pub origin: Origin,
    pub methods: Methods,
    /// The origin's name may lead to this machine or a private network.
    pub private: bool,
}

/// As `check` prints it.
impl fmt::Display for HttpGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.methods, self.origin)
    }
}

pub(super) const KEYS: &[&str] = &["origin", "methods", "private"];
pub(super) const MARKERS: &[&str] = &["http-read", "http-write"];

impl HttpGrant {
    /// As written under `grant.http`.
    pub(super) fn read(table: &GrantTable<'_>) -> Result<Self, ConfigFault> {
        let origin = table
            .text("origin")?
            .ok_or_else(|| table.missing("origin", "\"https://example.com\""))?
            .parse(WrittenOrigin::parse)?;
        let methods = table.parsed("methods", method)?;
        let private = table.flag("private")?.unwrap_or(origin.private);
        Ok(Self {
            origin: origin.origin,
            methods: methods.map_or(Methods::Read, Methods::Only),
            private,
        })
    }

    /// By a config value that says `http-read` or `http-write`.
    pub(super) fn of_marked(marked: &Marked, scope: &GrantScope<'_>) -> Result<Self, ConfigFault> {
        let origin = match (scope.secret)(&marked.text) {
            SecretReference::None => WrittenOrigin::of_url(&marked.text),
            SecretReference::Origin(origin) => Ok(origin),
            SecretReference::Unfit(why) => Err(why),
        };
        let origin = origin.map_err(|why| ConfigFault::at_value(marked.pointer.as_str(), why))?;
        Ok(Self {
            origin: origin.origin,
            methods: match marked.marker {
                "http-read" => Methods::Read,
                _ => Methods::Any,
            },
            private: origin.private,
        })
    }
}

fn method(text: &str) -> Result<String, Diagnostic> {
    if text.len() > 16 || !text.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(
            Diagnostic::new("grant.http-method", "wanted a method in capitals")
                .help("write \"GET\" or \"POST\""),
        );
    }
    check_method(text)
        .map_err(|_| Diagnostic::new("grant.http-method", format!("no methods: {text}")))?;
    Ok(text.to_owned())
}

/// The addresses that this request may connect to, where any grant covers it.
pub fn find_policy(grants: &[HttpGrant], method: &str, origin: &Origin) -> Option<AddressPolicy> {
    let mut covering = grants
        .iter()
        .filter(|grant| grant.origin == *origin && grant.methods.permit(method))
        .peekable();
    covering.peek()?;
    Some(origin.policy(covering.any(|grant| grant.private)))
}

#[cfg(test)]
mod tests;
