//! A step: what an author implements, and what stands between that and the component's exports.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::{ConfigError, Context, Failure, Named, Proposal, Receipt, Recovery, Role, config};

/// One step of a plan.
///
/// Correctness rests on two promises: `plan` changes nothing, and `apply` twice with the same pin
/// changes nothing the second time. Whether something changed is never the plugin's word: the host
/// knows which changing calls it carried out.
pub trait Step: Named {
    /// The entry's `config` table. Say `deny_unknown_fields`, so that a misspelt key is found.
    type Config: DeserializeOwned + JsonSchema;
    const ROLE: Role;
    const RECOVERY: Recovery;

    /// What a schema cannot say. The config was readable; nothing is granted here.
    fn check(_config: &Self::Config) -> Vec<ConfigError> {
        Vec::new()
    }

    /// What `apply` would do now. With a pin: what it would do to bring exactly that back.
    /// Never called for [`Role::Verify`], where [`Proposal::nothing`] will do.
    fn plan(
        context: &Context,
        config: &Self::Config,
        pin: Option<&str>,
    ) -> Result<Proposal, Failure>;

    /// Do it. The pin is the one that `plan` answered with as `next`, or a release's.
    fn apply(
        context: &Context,
        config: &Self::Config,
        pin: Option<&str>,
    ) -> Result<Receipt, Failure>;

    /// Take it back; nothing may have been done. There is no default: a step with nothing to undo
    /// says so.
    fn undo(
        context: &Context,
        config: &Self::Config,
        receipt: Option<&Receipt>,
    ) -> Result<(), Failure>;
}

impl Receipt {
    /// One line for people, and nothing else.
    pub fn with_summary(summary: impl Into<String>) -> Self {
        Self {
            summary: summary.into(),
            ..Self::default()
        }
    }
}

#[doc(hidden)]
pub fn check<S: Step>(config: &str) -> Vec<ConfigError> {
    config::check::<S::Config>(config, S::check)
}

#[doc(hidden)]
pub fn plan<S: Step>(
    context: &Context,
    config: &str,
    pin: Option<&str>,
) -> Result<Proposal, Failure> {
    S::plan(context, &config::parse(config)?, pin)
}

#[doc(hidden)]
pub fn apply<S: Step>(
    context: &Context,
    config: &str,
    pin: Option<&str>,
) -> Result<Receipt, Failure> {
    S::apply(context, &config::parse(config)?, pin)
}

#[doc(hidden)]
pub fn undo<S: Step>(
    context: &Context,
    config: &str,
    receipt: Option<&Receipt>,
) -> Result<(), Failure> {
    S::undo(context, &config::parse(config)?, receipt)
}

/// Makes a type that implements [`Step`] the plugin of this crate.
#[macro_export]
macro_rules! step {
    ($step:ty) => {
        $crate::named!($step);

        #[cfg(target_family = "wasm")]
        mod deployhost_exports {
            use super::*;
            use $crate::{ConfigError, Context, Description, Failure, Proposal, Receipt, export};

            struct ExportedStep;

            impl export::StepGuest for ExportedStep {
                fn describe() -> Description {
                    export::report_panics();
                    $crate::describe_step::<$step>()
                }
                fn check(config: String) -> Vec<ConfigError> {
                    export::report_panics();
                    export::step_check::<$step>(&config)
                }
                fn plan(
                    context: Context,
                    config: String,
                    pin: Option<String>,
                ) -> Result<Proposal, Failure> {
                    export::report_panics();
                    export::plan::<$step>(&context, &config, pin.as_deref())
                }
                fn apply(
                    context: Context,
                    config: String,
                    pin: Option<String>,
                ) -> Result<Receipt, Failure> {
                    export::report_panics();
                    export::apply::<$step>(&context, &config, pin.as_deref())
                }
                fn undo(
                    context: Context,
                    config: String,
                    receipt: Option<Receipt>,
                ) -> Result<(), Failure> {
                    export::report_panics();
                    export::undo::<$step>(&context, &config, receipt.as_ref())
                }
            }

            export::step_world::export_step!(ExportedStep);
        }
    };
}
