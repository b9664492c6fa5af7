//! When to look again, and when enough was seen. Pure: it is told what time it is.

use deployhost_plugin::Duration;

use crate::Config;

/// Counts good answers in a row, and bad ones that count.
#[derive(Debug, Clone)]
pub struct Probe {
    start_period: Duration,
    interval: Duration,
    attempts: u32,
    consecutive: u32,
    good: u32,
    bad: u32,
    asked: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Again { after: Duration },
    Passed,
    Failed,
}

/// After a good answer the next look is soon: it is only to make sure.
const SOON: Duration = Duration::from_secs(1);

impl Probe {
    pub fn new(config: &Config) -> Self {
        Self {
            start_period: config.start_period,
            interval: config.interval,
            attempts: config.attempts,
            consecutive: config.consecutive,
            good: 0,
            bad: 0,
            asked: 0,
        }
    }

    /// Takes the answer to a request that was sent this long after the beginning.
    ///
    /// Only bad answers use up attempts, so that one that comes late is still made sure of; each
    /// breaks the row of good ones, so that a service that flaps uses them up.
    pub fn record(&mut self, sent_at: Duration, good: bool) -> Next {
        self.asked += 1;
        if good {
            self.good += 1;
            if self.good >= self.consecutive {
                return Next::Passed;
            }
            return Next::Again {
                after: self.interval.min(SOON),
            };
        }
        self.good = 0;
        if sent_at >= self.start_period {
            self.bad += 1;
        }
        if self.bad >= self.attempts {
            return Next::Failed;
        }
        Next::Again {
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

    pub fn asked(&self) -> u32 {
        self.asked
    }
}
