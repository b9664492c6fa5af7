//! A step that does whatever its config says, in whichever call: the guest that the sandbox must
//! hold. What its `describe` does is written into its bytes, where tests write something else.

// Natively nothing calls the exports.
#![cfg_attr(not(target_family = "wasm"), allow(dead_code))]

mod describe;
mod described_request;
mod error_text;
mod parrot;
mod trick;

use deployhost_plugin::prelude::*;

use described_request::DescribedRequest;
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
    request: DescribedRequest,
    /// Addresses, and what is sent along to each.
    #[serde(default)]
    to: Vec<String>,
    #[serde(default)]
    with: Vec<String>,
}

pub struct MisbehavingPlugin;

impl Step for MisbehavingPlugin {
    type Config = Config;
    const ROLE: Role = Role::Change;
    const RECOVERY: Recovery = Recovery::Pin;

    /// Says what came of the trick as a problem, if anything.
    fn check(config: &Config) -> Vec<ConfigError> {
        // It would only repeat that it may not ask.
        if let Trick::Parrot = config.trick {
            return Vec::new();
        }
        let said = match config.trick.early(config) {
            Ok(did) => did.summary,
            Err(failure) => failure.diagnostic().to_string(),
        };
        match said.as_str() {
            "" => Vec::new(),
            _ => vec![ConfigError::at("/do", said).code("")],
        }
    }

    fn plan(_: &Context, config: &Config, _: Option<&str>) -> Result<Proposal, Failure> {
        let did = match config.trick {
            Trick::Parrot => parrot::perform(config, "GET")?,
            trick => trick.early(config)?,
        };
        let proposal = match config.trick {
            Trick::Request => Proposal::nothing(),
            _ => Proposal::nothing().action(did.summary, did.evidence),
        };
        Ok(Proposal {
            outputs: did.outputs,
            next: did.pin,
            by_hand: did.by_hand,
            ..proposal
        })
    }

    fn apply(_: &Context, config: &Config, _: Option<&str>) -> Result<Receipt, Failure> {
        let Did {
            summary,
            pin,
            outputs,
            evidence,
            ..
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

deployhost_plugin::named!(MisbehavingPlugin);

/// What `step!` writes, but for `describe`.
#[cfg(target_family = "wasm")]
mod exports {
    use super::{MisbehavingPlugin, describe};
    use deployhost_plugin::{
        ConfigError, Context, Description, Failure, Proposal, Receipt, export,
    };

    struct Exported;

    impl export::StepGuest for Exported {
        fn describe() -> Description {
            export::report_panics();
            describe::describe::<MisbehavingPlugin>()
        }
        fn check(config: String) -> Vec<ConfigError> {
            export::report_panics();
            export::step_check::<MisbehavingPlugin>(&config)
        }
        fn plan(
            context: Context,
            config: String,
            pin: Option<String>,
        ) -> Result<Proposal, Failure> {
            export::report_panics();
            export::plan::<MisbehavingPlugin>(&context, &config, pin.as_deref())
        }
        fn apply(
            context: Context,
            config: String,
            pin: Option<String>,
        ) -> Result<Receipt, Failure> {
            export::report_panics();
            export::apply::<MisbehavingPlugin>(&context, &config, pin.as_deref())
        }
        fn undo(context: Context, config: String, receipt: Option<Receipt>) -> Result<(), Failure> {
            export::report_panics();
            export::undo::<MisbehavingPlugin>(&context, &config, receipt.as_ref())
        }
    }

    export::step_world::export_step!(Exported);
}
