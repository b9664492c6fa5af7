//! How a plugin call ended when it did not return.

use std::fmt;
use std::time::Duration;

use deployhost_policy::Diagnostic;
use wasmtime::Trap;

/// The plugin broke a limit or itself. Always the plugin's fault, never the host's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// Computed for longer than allowed.
    Cpu(Duration),
    /// Took longer in all than allowed.
    Wall(Duration),
    /// The run is being stopped, and the call did not end by itself.
    Stopped,
    /// Wanted more memory or table than allowed, and gave up.
    Memory(String),
    /// Returned or passed more than a host call carries.
    TooMuch(String),
    /// A trap, by wasmtime's name for it.
    Trap(String),
    /// Its functions take or give other types than the host's.
    Mismatch(String),
}

/// What wasmtime says of a function that has other types than its name promises.
#[derive(Debug)]
pub(super) struct Mismatch(String);

impl Mismatch {
    pub(super) fn of(error: wasmtime::Error) -> wasmtime::Error {
        wasmtime::Error::new(Self(first_line(&format!("{error:#}"))))
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mismatch {}

impl CallError {
    /// Names what wasmtime reports; `refused` is what the limiter last said no to.
    pub(super) fn name(error: &wasmtime::Error, cpu: Duration, refused: Option<String>) -> Self {
        if let Some(Mismatch(what)) = error.downcast_ref() {
            return Self::Mismatch(what.clone());
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => Self::Cpu(cpu),
            Some(trap) => match refused {
                // A guest that is refused memory aborts: say the cause rather than the symptom.
                Some(refused) => Self::Memory(refused),
                None => Self::Trap(trap.to_string()),
            },
            None => match refused {
                Some(refused) => Self::Memory(refused),
                None => Self::TooMuch(first_line(&format!("{error:#}"))),
            },
        }
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// A limit as people write it. What was left of a longer one is rounded.
fn time(limit: Duration) -> String {
    match limit.as_secs() {
        0 => format!("{} ms", limit.as_millis()),
        seconds => format!("{seconds} s"),
    }
}

impl From<CallError> for Diagnostic {
    fn from(error: CallError) -> Self {
        let code = match &error {
            CallError::Cpu(_) => "plugin.cpu-limit",
            CallError::Wall(_) => "plugin.timeout",
            CallError::Stopped => "plugin.did-not-stop",
            CallError::Memory(_) => "plugin.memory-limit",
            CallError::TooMuch(_) => "plugin.size-limit",
            CallError::Trap(_) => "plugin.crashed",
            CallError::Mismatch(_) => "plugin.incompatible",
        };
        Self::new(code, error.to_string()).sanitized()
    }
}

impl std::error::Error for CallError {}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu(limit) => write!(f, "it computed for over {} and was stopped", time(*limit)),
            Self::Wall(limit) => {
                write!(f, "it did not end within {} and was stopped", time(*limit))
            }
            Self::Stopped => f.write_str("it did not end within 5 s of the signal"),
            Self::Memory(what) => write!(f, "it {what}, which is over its limit"),
            Self::TooMuch(what) => write!(f, "the sandbox ended it: {what}"),
            Self::Trap(what) => write!(f, "it crashed: {what}"),
            Self::Mismatch(what) => write!(f, "it does not fit this host: {what}"),
        }
    }
}
