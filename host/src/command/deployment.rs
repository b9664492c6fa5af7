//! What `run` and `rollback` do alike: the run, what looks on, and the last paragraph.

use std::path::Path;

use super::confirm::Asker;
use super::github::{self, ReportSlot};
use super::json::JsonPrinter;
use super::screen::{self, Screen};
use super::{PluginPathArgs, StateArgs, output, wait};
use crate::command_error::{CommandError, Result};
use crate::environment::{Deployer, Deployment, Ended, Environment, SubscriberFactory, Wanted};
use deployhost_plan::Plan;
use deployhost_policy::Location;

/// Carries out what is wanted of a plan's target; the exit code.
pub fn deploy(
    wanted: Wanted,
    file: &Path,
    confirm: Option<String>,
    json: bool,
    state: &StateArgs,
    plugins: &PluginPathArgs,
) -> Result<u8> {
    let kept = ReportSlot::default();
    let ended = Plan::load(file)
        .map_err(CommandError::from)
        .and_then(|plan| {
            let deployment = Deployment {
                plan_file: file.to_owned(),
                wanted,
                confirm: Box::new(ask(&plan, confirm)?),
                watch: watch(json, &kept),
                warn: |warning| output::error_line(format!("warning: {warning}")),
                signals: super::signal::caught,
            };
            wait(async {
                let mask = match (github::here(), json) {
                    (false, _) => |_: &str| {},
                    (true, true) => github::mask_aside,
                    (true, false) => github::mask,
                };
                let environment = Environment::masking(state.state.as_deref(), mask)?;
                for warning in environment.warnings() {
                    github::warn(&warning.to_string());
                }
                let deployer = Deployer::new(environment);
                deployer
                    .run(&plan, &plugins.plugin_path(), deployment)
                    .await
            })
        });
    github::told(ended.map(|ended| close(&ended, json, &kept)))
}

fn ask(plan: &Plan, confirm: Option<String>) -> Result<Asker> {
    if confirm.is_some() && plan.confirm.is_none() {
        return Err(CommandError::refused(
            "confirmation.not-wanted",
            "this plan wants no confirmation",
        )
        .at(Location::argument("--confirm"))
        .help("leave it out, or write confirm = \"…\" into the plan"));
    }
    Ok(Asker::new(plan.confirm.clone(), confirm))
}

/// Makes what looks on.
fn watch(json: bool, kept: &ReportSlot) -> Box<SubscriberFactory> {
    let kept = kept.clone();
    Box::new(move |target, steps| {
        let screen = || Screen::new(target.to_owned(), steps.iter().map(String::as_str));
        match (github::here(), json) {
            (false, true) => Box::new(JsonPrinter),
            (false, false) => Box::new(screen()),
            (true, true) => github::beside(target, Box::new(JsonPrinter), kept.clone()),
            (true, false) => github::watching(target, screen(), kept.clone()),
        }
    })
}

/// The last paragraph, and the exit code.
fn close(ended: &Ended, json: bool, kept: &ReportSlot) -> u8 {
    if let (Some(summary), false) = (&ended.summary, json) {
        screen::paragraph(summary);
    }
    if ended.untold > 0 {
        output::error_line(format!(
            "warning: {} not yet delivered; the next run here sends what is left, or now: {}",
            match ended.untold {
                1 => "1 notice is".to_owned(),
                many => format!("{many} notices are"),
            },
            ended.flush
        ));
    }
    if github::here() {
        github::ended(ended, kept);
    }
    ended.code
}
