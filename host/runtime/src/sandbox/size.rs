//! How much a plugin may return: what is over it is the plugin's fault, and nobody reads it.

use super::call_error::CallError;
use super::limits::RESULT_BYTES;
use super::step::{Proposal, Receipt};
use crate::capability::run::{ConfigError, Description, Diagnostic, Failure};

/// What a plugin returns.
pub(super) trait Returned {
    /// The bytes of its texts.
    fn size(&self) -> usize;
}

/// Refuses what is too large.
pub(super) fn bounded<T: Returned>(returned: T) -> Result<T, CallError> {
    let bytes = returned.size();
    if bytes > RESULT_BYTES {
        return Err(CallError::TooMuch(format!(
            "it returned {bytes} bytes, {RESULT_BYTES} are allowed"
        )));
    }
    Ok(returned)
}

impl Returned for () {
    fn size(&self) -> usize {
        0
    }
}

impl Returned for String {
    fn size(&self) -> usize {
        self.len()
    }
}

impl Returned for (String, String) {
    fn size(&self) -> usize {
        self.0.len() + self.1.len()
    }
}

impl<T: Returned> Returned for Option<T> {
    fn size(&self) -> usize {
        self.as_ref().map_or(0, T::size)
    }
}

impl<T: Returned> Returned for Vec<T> {
    fn size(&self) -> usize {
        self.iter().map(T::size).sum()
    }
}

impl<T: Returned> Returned for Result<T, Failure> {
    fn size(&self) -> usize {
        match self {
            Ok(returned) => returned.size(),
            Err(
                Failure::Config(why)
                | Failure::Temporary(why)
                | Failure::Permanent(why)
                | Failure::Unavailable(why)
                | Failure::Other(why),
            ) => why.size(),
        }
    }
}

impl Returned for Proposal {
    fn size(&self) -> usize {
        let texts = self.now.size() + self.next.size() + self.by_hand.size();
        texts + self.outputs.size() + self.actions.size()
    }
}

impl Returned for Receipt {
    fn size(&self) -> usize {
        self.pin.size() + self.summary.len() + self.evidence.len() + self.outputs.size()
    }
}

impl Returned for Diagnostic {
    fn size(&self) -> usize {
        let texts = self.code.len() + self.message.len() + self.help.size();
        texts + self.parameters.size() + self.notes.size()
    }
}

impl Returned for ConfigError {
    fn size(&self) -> usize {
        self.pointer.len() + self.diagnostic.size()
    }
}

impl Returned for Description {
    fn size(&self) -> usize {
        let Self {
            name,
            version,
            summary,
            config_schema,
            role,
            recovery,
            details,
        } = self;
        let texts = [name, version, summary, config_schema, role, recovery];
        texts.iter().map(|text| text.len()).sum::<usize>() + details.size()
    }
}
