//! A notifier: what an author implements, and what stands between that and the component's exports.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::{ConfigError, Event, Failure, Named, config};

/// Reports what happens in a run. Its failures never change the run's outcome.
pub trait Notifier: Named {
    /// The entry's `config` table. Say `deny_unknown_fields`, so that a misspelt key is found.
    type Config: DeserializeOwned + JsonSchema;

    /// What a schema cannot say. The config was readable; nothing is granted here.
    fn check(_config: &Self::Config) -> Vec<ConfigError> {
        Vec::new()
    }

    /// Report it. `memory` is what this returned for the run's previous event: the id of a message
    /// to edit, say. Kinds are an open set: one that is not known is reported in general words.
    fn notify(
        event: &Event,
        config: &Self::Config,
        memory: Option<&str>,
    ) -> Result<Option<String>, Failure>;
}

#[doc(hidden)]
pub fn check<N: Notifier>(config: &str) -> Vec<ConfigError> {
    config::check::<N::Config>(config, N::check)
}

#[doc(hidden)]
pub fn notify<N: Notifier>(
    event: &Event,
    config: &str,
    memory: Option<&str>,
) -> Result<Option<String>, Failure> {
    N::notify(event, &config::parse(config)?, memory)
}

/// Makes a type that implements [`Notifier`] the plugin of this crate.
#[macro_export]
macro_rules! notifier {
    ($notifier:ty) => {
        $crate::named!($notifier);

        #[cfg(target_family = "wasm")]
        mod deployhost_exports {
            use super::*;
            use $crate::{ConfigError, Description, Event, Failure, export};

            struct ExportedNotifier;

            impl export::NotifierGuest for ExportedNotifier {
                fn describe() -> Description {
                    export::report_panics();
                    $crate::describe_notifier::<$notifier>()
                }
                fn check(config: String) -> Vec<ConfigError> {
                    export::report_panics();
                    export::notifier_check::<$notifier>(&config)
                }
                fn notify(
                    event: Event,
                    config: String,
                    memory: Option<String>,
                ) -> Result<Option<String>, Failure> {
                    export::report_panics();
                    export::notify::<$notifier>(&event, &config, memory.as_deref())
                }
            }

            export::notifier_world::export_notifier!(ExportedNotifier);
        }
    };
}
