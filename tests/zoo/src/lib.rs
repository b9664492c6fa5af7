//! A step that does whatever its config says, in whichever call: the guest that the sandbox must
//! hold. What its `describe` does is written into its bytes, where tests write something else.

// Off its own ground nothing calls the exports.
#![cfg_attr(not(target_family = "wasm"), allow(dead_code))]

mod asked;
mod describe;
mod trick;

use deployhost_plugin::prelude::*;

use asked::Asked;
use trick::{Did, Trick};

#[derive(Deserialize, JsonSchema)]
#[serde(crate = "deployhost_plugin::serde", deny_unknown_fields)]
#[schemars(crate = "deployhost_plugin::schemars")]
pub struct Config {
    #[serde(rename = "do")]
    trick: Trick,
    /// Bytes, lines, milliseconds, times: as the trick has it.
    #[serde(default)]
    n: u64,
    /// What the trick is about.
    #[serde(default)]
    text: String,
    #[serde(default)]
    request: Asked,
}

pub struct Zoo;

impl Step for Zoo {
    type Config = Config;
    const ROLE: Role = Role::Change;
    const RECOVERY: Recovery = Recovery::Pin;

    /// Says what came of the trick as a problem, if anything.
    fn check(config: &Config) -> Vec<Problem> {
        let said = match config.trick.early(config) {
            Ok(did) => did.summary,
            Err(failure) => failure.message().to_owned(),
        };
        match said.as_str() {
            "" => Vec::new(),
            _ => vec![Problem::at("/do", said)],
        }
    }

    fn plan(_: &Context, config: &Config, _: Option<&str>) -> Result<Proposal, Failure> {
        let did = config.trick.early(config)?;
        let proposal = match config.trick {
            Trick::Request => Proposal::nothing(),
            _ => Proposal::nothing().action(did.summary, did.evidence),
        };
        Ok(Proposal {
            outputs: did.outputs,
            next: did.pin,
            ..proposal
        })
    }

    fn apply(_: &Context, config: &Config, _: Option<&str>) -> Result<Receipt, Failure> {
        let Did {
            summary,
            pin,
            outputs,
            evidence,
        } = config.trick.perform(config)?;
        Ok(Receipt {
            summary,
            pin,
            outputs,
            evidence,
        })
    }

    fn undo(_: &Context, config: &Config, _: Option<&Receipt>) -> Result<(), Failure> {
        config.trick.perform(config).map(drop)
    }
}

deployhost_plugin::named!(Zoo);

/// What `step!` writes, but for `describe`.
#[cfg(target_family = "wasm")]
mod exports {
    use super::{Zoo, describe};
    use deployhost_plugin::{Context, Description, Failure, Problem, Proposal, Receipt, export};

    struct Exported;

    impl export::StepGuest for Exported {
        fn describe() -> Description {
            export::report_panics();
            describe::describe::<Zoo>()
        }
        fn check(config: String) -> Vec<Problem> {
            export::report_panics();
            export::step_check::<Zoo>(&config)
        }
        fn plan(
            context: Context,
            config: String,
            pin: Option<String>,
        ) -> Result<Proposal, Failure> {
            export::report_panics();
            export::plan::<Zoo>(&context, &config, pin.as_deref())
        }
        fn apply(
            context: Context,
            config: String,
            pin: Option<String>,
        ) -> Result<Receipt, Failure> {
            export::report_panics();
            export::apply::<Zoo>(&context, &config, pin.as_deref())
        }
        fn undo(context: Context, config: String, receipt: Option<Receipt>) -> Result<(), Failure> {
            export::report_panics();
            export::undo::<Zoo>(&context, &config, receipt.as_ref())
        }
    }

    export::step_world::export_step!(Exported);
}
