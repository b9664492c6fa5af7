//! What one answer, or none, means. Pure.

use deployhost_plugin::http::{Error, Response};
use deployhost_plugin::{Commit, Failure};

use crate::{Config, answer};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As expected; `verified`: and it carried the commit.
    Good { verified: bool },
    /// Worth another look: why.
    NotYet(String),
    /// Asking again would end the same.
    Hopeless(Failure),
}

/// Which commit the answer must carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// There is no witness, or no commit to look for.
    None,
    Required(Commit),
    /// On the way back to what was found in place, which may never have carried its commit.
    Welcome(Commit),
}

pub fn of(config: &Config, proof: &Proof, outcome: Result<&Response, &Error>) -> Verdict {
    let response = match outcome {
        Ok(response) => response,
        Err(error @ (Error::Denied(_) | Error::Invalid(_))) => {
            let failure = Failure::from(error.clone());
            return Verdict::Hopeless(failure.while_doing(format!("GET {}", config.url)));
        }
        Err(Error::Timeout(_)) => {
            return Verdict::NotYet(format!("no answer within {}", config.timeout));
        }
        Err(error) => return Verdict::NotYet(answer::excerpt(error.message())),
    };
    if let Some(missing) = config.expect.missing(response) {
        return Verdict::NotYet(format!("{}; {missing}", answer::status(response)));
    }
    let Some(witness) = &config.witness else {
        return Verdict::Good { verified: false };
    };
    match proof {
        Proof::None => Verdict::Good { verified: false },
        Proof::Required(commit) => match witness.missing(response, commit) {
            None => Verdict::Good { verified: true },
            Some(missing) => Verdict::NotYet(format!("{}; {missing}", answer::status(response))),
        },
        Proof::Welcome(commit) => Verdict::Good {
            verified: witness.missing(response, commit).is_none(),
        },
    }
}
