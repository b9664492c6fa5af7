//! One row: both ways in turn, each with a project of its own.

use std::fmt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::fixture::{Fixture, trace};
use super::{Row, by_hand, file, path};
use crate::compose_version::ComposeVersion;

/// Pairs of runs.
pub const PAIRS: usize = 9;

/// Most that a row may cost.
#[derive(Debug, Clone, Copy)]
pub struct Goals {
    /// Times as long as by hand.
    pub ratio: Option<f64>,
    /// Programs that are started.
    pub programs: Option<usize>,
}

impl Goals {
    pub const NONE: Self = Self {
        ratio: None,
        programs: None,
    };
}

pub struct Measured {
    what: &'static str,
    /// Medians.
    ours: Duration,
    by_hand: Duration,
    /// Of the run that is not timed.
    programs: Vec<String>,
    goals: Goals,
}

pub fn measure(row: &Row, compose: &ComposeVersion) -> Measured {
    let (ours, theirs) = (started(compose, "ours"), started(compose, "hand"));
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    for pair in 0..PAIRS {
        (row.change)(&ours, pair);
        our_times.push(timed(ours.command(&ours.plan, "run", &[])));
        (row.change)(&theirs, pair);
        their_times.push(timed(by_hand(&theirs, row.by_hand, compose)));
    }
    (row.change)(&ours, PAIRS);
    let lines = ours.path("starts");
    let command = ours.command(&ours.plan, "run", &[]);
    timed(trace::starts(&command, &lines));
    Measured {
        what: row.what,
        ours: median(our_times),
        by_hand: median(their_times),
        programs: trace::programs(&lines),
        goals: row.goals,
    }
}

/// A deployed project.
fn started(compose: &ComposeVersion, word: &str) -> Fixture {
    let mut fixture = Fixture::new(word);
    fixture.environment.push(("PATH", path(compose)));
    fixture.plan.without("health");
    fixture.commit(
        "First",
        &[("compose.yml", &file("hello")), ("pages/one", "one\n")],
    );
    fixture.run().exits(0);
    fixture
}

fn timed(mut command: Command) -> Duration {
    let since = Instant::now();
    let output = command.stdin(Stdio::null()).output().unwrap();
    let took = since.elapsed();
    assert!(output.status.success(), "{command:?}: {output:?}");
    took
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

impl Measured {
    pub const HEAD: &str = "\
        | | deployhost | by hand | ratio | goal | programs | goal |\n\
        | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n";

    fn ratio(&self) -> f64 {
        self.ours.as_secs_f64() / self.by_hand.as_secs_f64()
    }

    pub fn is_good(&self) -> bool {
        let ratio = self.goals.ratio.is_none_or(|most| self.ratio() <= most);
        let programs = self.goals.programs;
        ratio && programs.is_none_or(|most| self.programs.len() <= most)
    }
}

/// A line of the table.
impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let goal = |most: Option<String>| most.map_or_else(String::new, |most| format!("≤ {most}"));
        writeln!(
            f,
            "| {} | {} ms | {} ms | {:.2} | {} | {} | {} |",
            self.what,
            self.ours.as_millis(),
            self.by_hand.as_millis(),
            self.ratio(),
            goal(self.goals.ratio.map(|most| most.to_string())),
            self.programs.len(),
            goal(self.goals.programs.map(|most| most.to_string())),
        )
    }
}
