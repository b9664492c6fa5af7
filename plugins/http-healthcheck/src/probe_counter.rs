//! When to look again, and when enough was seen. Pure: the time is given to it.

use deployhost_plugin::Duration;

use crate::Config;

/// Counts good answers in a row, and bad ones that count.
#[derive(Debug, Clone)]
pub struct ProbeCounter {
    start_period: Duration,
    interval: Duration,
    attempts: u32,
    consecutive: u32,
    good: u32,
    bad: u32,
    sent: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeDecision {
    Again { after: Duration },
    Passed,
    Failed,
}

/// After a good answer the next look is soon: it is only to make sure.
const SOON: Duration = Duration::from_secs(1);

impl ProbeCounter {
    pub fn new(config: &Config) -> Self {
        Self {
            start_period: config.start_period,
            interval: config.interval,
            attempts: config.attempts,
            consecutive: config.consecutive,
            good: 0,
            bad: 0,
            sent: 0,
        }
    }

    /// Takes the answer to a request that was sent this long after the beginning.
    ///
    /// Only bad answers use up attempts, so that one that comes late is still made sure of; each
    /// breaks the row of good ones, so that a service that flaps uses them up.
    pub fn record(&mut self, sent_at: Duration, good: bool) -> ProbeDecision {
        self.sent += 1;
        if good {
            self.good += 1;
            if self.good >= self.consecutive {
                return ProbeDecision::Passed;
            }
            return ProbeDecision::Again {
                after: self.interval.min(SOON),
            };
        }
        self.good = 0;
        if sent_at >= self.start_period {
            self.bad += 1;
        }
        if self.bad >= self.attempts {
            return ProbeDecision::Failed;
        }
        ProbeDecision::Again {
            after: self.interval,
        }
    }

    /// Bad answers that counted.
    pub fn bad(&self) -> u32 {
        self.bad
    }

    /// Good answers in a row.
    pub fn good(&self) -> u32 {
        self.good
    }

    /// Requests so far.
    pub fn sent(&self) -> u32 {
        self.sent
    }
}
