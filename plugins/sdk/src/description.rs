//! What a plugin says about itself: before any run, with nothing granted, cached by its digest.

use crate::{Description, Notifier, Step, schema};

/// What a step is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// May refuse the deployment; changes nothing.
    Gate,
    Change,
    /// Looks whether it worked.
    Verify,
}

/// How a step is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// `apply` with the pin of the release before.
    Pin,
    /// `undo`.
    Undo,
    /// There is nothing to take back.
    None,
}

impl Role {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Gate => "gate",
            Self::Change => "change",
            Self::Verify => "verify",
        }
    }

    /// None: another than this version knows.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Gate, Self::Change, Self::Verify]
            .into_iter()
            .find(|role| role.word() == word)
    }
}

impl Recovery {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pin => "pin",
            Self::Undo => "undo",
            Self::None => "none",
        }
    }
}

/// What the author's `Cargo.toml` says of the plugin. `step!` and `notifier!` implement it.
pub trait Named {
    const NAME: &'static str;
    const VERSION: &'static str;
    const SUMMARY: &'static str;
}

/// The description of a step, natively too: its schema can be tested and documented.
pub fn describe_step<S: Step>() -> Description {
    describe::<S>(
        schema::text::<S::Config>(),
        S::ROLE.word(),
        S::RECOVERY.word(),
    )
}

/// The description of a notifier, natively too.
pub fn describe_notifier<N: Notifier>() -> Description {
    describe::<N>(schema::text::<N::Config>(), "notify", Recovery::None.word())
}

fn describe<P: Named>(config_schema: String, role: &str, recovery: &str) -> Description {
    Description {
        name: P::NAME.to_owned(),
        version: P::VERSION.to_owned(),
        summary: P::SUMMARY.to_owned(),
        config_schema,
        role: role.to_owned(),
        recovery: recovery.to_owned(),
        details: Vec::new(),
    }
}

#[doc(hidden)]
#[macro_export]
macro_rules! named {
    ($plugin:ty) => {
        impl $crate::Named for $plugin {
            const NAME: &'static str = env!("CARGO_PKG_NAME");
            const VERSION: &'static str = env!("CARGO_PKG_VERSION");
            const SUMMARY: &'static str = env!("CARGO_PKG_DESCRIPTION");
        }
    };
}
