//! What one answer, or none, means. Pure.

use deployhost_plugin::http::{Error, Response};
use deployhost_plugin::{Commit, Failure};

use crate::{Config, answer};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeOutcome {
    /// As expected; `verified`: and it carried the commit.
    Good { verified: bool },
    /// Worth another look: why.
    NotYet(String),
    /// Trying again would end the same.
    Hopeless(Failure),
}

/// Which commit the answer must carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitProof {
    /// There is no witness, or no commit to look for.
    None,
    Required(Commit),
    /// On the way back to what was found in place, which may never have carried its commit.
    Welcome(Commit),
}

pub fn judge(
    config: &Config,
    proof: &CommitProof,
    outcome: Result<&Response, &Error>,
) -> ProbeOutcome {
    let response = match outcome {
        Ok(response) => response,
        Err(error @ (Error::Denied(_) | Error::Invalid(_))) => {
            let failure = Failure::from(error.clone());
            return ProbeOutcome::Hopeless(failure.while_doing(format!("GET {}", config.url)));
        }
        Err(Error::Timeout(_)) => {
            return ProbeOutcome::NotYet(format!("no answer within {}", config.timeout));
        }
        Err(error) => {
            return ProbeOutcome::NotYet(answer::excerpt(&error.diagnostic().to_string()));
        }
    };
    if let Some(missing) = config.expect.missing(response) {
        return ProbeOutcome::NotYet(format!("{}; {missing}", answer::status(response)));
    }
    let Some(witness) = &config.witness else {
        return ProbeOutcome::Good { verified: false };
    };
    match proof {
        CommitProof::None => ProbeOutcome::Good { verified: false },
        CommitProof::Required(commit) => match witness.missing(response, commit) {
            None => ProbeOutcome::Good { verified: true },
            Some(missing) => {
                ProbeOutcome::NotYet(format!("{}; {missing}", answer::status(response)))
            }
        },
        CommitProof::Welcome(commit) => ProbeOutcome::Good {
            verified: witness.missing(response, commit).is_none(),
        },
    }
}
