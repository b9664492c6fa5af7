//! One trick a call.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use deployhost_plugin::http::{Request, send};
use deployhost_plugin::prelude::*;
use deployhost_plugin::{clock, containers, log};

use crate::{Config, described_request, error_text, parrot};

static CALLS: AtomicU64 = AtomicU64::new(0);

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(crate = "deployhost_plugin::serde", rename_all = "kebab-case")]
#[schemars(crate = "deployhost_plugin::schemars")]
pub enum Trick {
    Nothing,
    Loop,
    /// Until wasm's own stack ends.
    Recurse,
    /// Until the stack in its memory ends.
    RecurseWide,
    /// Until the allocator gives up.
    Grow,
    /// `n` MiB at once, and says whether it got them.
    Ask,
    Trap,
    /// `n` lines of 1 KiB with their ends.
    FloodLog,
    /// A line of `n` bytes.
    LongLine,
    HugeSummary,
    HugePin,
    HugeOutput,
    HugeEvidence,
    HugeFailure,
    NoJson,
    BadEvidence,
    /// Once, `n` ms.
    Sleep,
    /// `n` times 10 ms.
    ManySleeps,
    /// Sleeps on, whatever it is answered.
    Deaf,
    /// How often this instance was called.
    Count,
    /// `text` is a URL.
    Get,
    Post,
    /// The one that `request` describes, when it is applied and not before.
    Request,
    /// The time of day in the zone `text`; empty: the host's own.
    Local,
    /// `text` is a project.
    List,
    /// `text` is a container.
    Restart,
    /// See [`parrot`].
    Parrot,
    /// Summary and failure in `text`.
    Say,
    Fail,
}

#[derive(Default)]
pub struct Did {
    pub summary: String,
    pub pin: Option<String>,
    pub outputs: Vec<(String, String)>,
    pub by_hand: Vec<String>,
    pub evidence: String,
}

impl Did {
    fn saying(summary: impl Into<String>) -> Self {
        Self {
            summary: summary.into(),
            ..Self::default()
        }
    }
}

impl Trick {
    /// As far as it is done before anything may change.
    pub fn early(self, config: &Config) -> Result<Did, Failure> {
        match self {
            Self::Request => Ok(Did::default()),
            _ => self.perform(config),
        }
    }

    pub fn perform(self, config: &Config) -> Result<Did, Failure> {
        let (n, text) = (config.n as usize, config.text.as_str());
        let many = || "x".repeat(n);
        Ok(match self {
            Self::Nothing => Did::default(),
            Self::Loop => forever(),
            Self::Recurse => Did::saying(deeper(1).to_string()),
            Self::RecurseWide => Did::saying(wider(1).to_string()),
            Self::Grow => grow(),
            Self::Ask => {
                let mut bytes = Vec::<u8>::new();
                Did::saying(match bytes.try_reserve_exact(n << 20) {
                    Ok(()) => "granted",
                    Err(_) => "refused",
                })
            }
            Self::Trap => panic!("the cage is open"),
            Self::FloodLog => {
                let line = "x".repeat(1023);
                (0..n).for_each(|_| log::info(&line));
                Did::default()
            }
            Self::LongLine => {
                log::warn(&many());
                Did::default()
            }
            Self::HugeSummary => Did::saying(many()),
            Self::HugePin => Did {
                pin: Some(many()),
                ..Did::default()
            },
            Self::HugeOutput => Did {
                outputs: vec![("tree".into(), format!("\"{}\"", many()))],
                ..Did::default()
            },
            Self::HugeEvidence => Did {
                evidence: many(),
                ..Did::default()
            },
            Self::HugeFailure => return Err(huge_failure(n)),
            Self::NoJson => Did {
                outputs: vec![("tree".into(), "{".into())],
                ..Did::default()
            },
            Self::BadEvidence => Did {
                evidence: "certain".into(),
                ..Did::default()
            },
            Self::Sleep => {
                clock::wait(Duration::from_millis(config.n))?;
                Did::saying("slept")
            }
            Self::ManySleeps => {
                for _ in 0..n {
                    clock::wait(Duration::from_millis(10))?;
                }
                Did::saying("slept")
            }
            Self::Deaf => loop {
                // Its answer is what it does not want to hear.
                let _ = clock::sleep(Duration::from_millis(20));
            },
            Self::Count => Did::saying(CALLS.fetch_add(1, Ordering::Relaxed).to_string()),
            Self::Get => http("GET", text),
            Self::Post => http("POST", text),
            Self::Request => Did::saying(described_request::send_it(&config.request)),
            Self::Local => Did::saying(local(text)),
            Self::List => Did::saying(error_text::containers_result(containers::list(text))),
            Self::Restart => {
                Did::saying(error_text::containers_result(containers::restart(text, 0)))
            }
            Self::Parrot => return parrot::perform(config, "POST"),
            Self::Say => Did::saying(text),
            Self::Fail => return Err(failure(text)),
        })
    }
}

fn local(zone: &str) -> String {
    let zone = Some(zone).filter(|zone| !zone.is_empty());
    match clock::local(None, zone) {
        Ok(time) => format!("{time} in {}", time.zone),
        Err(error) => error.diagnostic().to_string(),
    }
}

fn http(method: &str, url: &str) -> Did {
    Did::saying(match send(&Request::new(method, url)) {
        Ok(response) => format!("answered {}", response.status),
        Err(error) => error_text::http_error(&error),
    })
}

/// The first line is the message, the others are notes.
fn failure(text: &str) -> Failure {
    let mut lines = text.lines();
    let message = lines.next().unwrap_or_default();
    lines.fold(
        Failure::permanent("misbehaving.failed", message),
        Failure::note,
    )
}

/// One of `bytes` in all.
fn huge_failure(bytes: usize) -> Failure {
    let code = "misbehaving.huge";
    Failure::permanent(code, "x".repeat(bytes.saturating_sub(code.len())))
}

pub fn forever() -> ! {
    loop {
        black_box(());
    }
}

pub fn grow() -> ! {
    let mut kept = Vec::new();
    loop {
        kept.push(black_box(vec![1u8; 1 << 20]));
    }
}

fn deeper(depth: u64) -> u64 {
    // Reading it afterwards keeps this from becoming a loop.
    CALLS.fetch_add(depth, Ordering::Relaxed);
    if depth == u64::MAX {
        return depth;
    }
    deeper(depth + 1).wrapping_mul(3) ^ CALLS.load(Ordering::Relaxed)
}

fn wider(depth: u64) -> u64 {
    if depth == u64::MAX {
        return depth;
    }
    let room = black_box([depth; 16]);
    wider(black_box(depth + 1)) + room[3]
}
