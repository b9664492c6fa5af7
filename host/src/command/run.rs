//! `run`: carries out a plan.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::confirm::Asker;
use super::github::{self, ReportSlot};
use super::json::JsonPrinter;
use super::screen::{self, Screen};
use super::{PluginPathArgs, StateArgs, output, wait};
use crate::command_error::{CommandError, Result};
use crate::environment::{Deployment, Ended, Environment};
use crate::event_log::EventSubscriber;
use deployhost_plan::Plan;
use deployhost_policy::Location;

/// Carry out a plan
///
/// Asks every step what it would do, shows it, asks for the confirmation where the plan wants one,
/// applies the steps in order, and goes back by itself where one fails.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The plan
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// The word that the plan wants typed
    #[arg(long, value_name = "WORD")]
    confirm: Option<String>,
    /// Stop after planning: nothing outside the state folder is touched
    #[arg(long)]
    dry_run: bool,
    /// Override a config value: step.key=value; can be repeated
    #[arg(long, value_name = "STEP.KEY=VALUE")]
    set: Vec<String>,
    /// One JSON event a line instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    plugins: PluginPathArgs,
}

pub fn run(args: &RunArgs) -> Result<u8> {
    github::told(carry_out(args))
}

fn carry_out(args: &RunArgs) -> Result<u8> {
    let plan = Plan::load(&args.plan)?;
    let kept = ReportSlot::default();
    let confirm = args.confirm.clone();
    let deployment = asked(&plan, &args.plan, confirm, args.json, "run", &kept)?;
    let deployment = Deployment {
        dry_run: args.dry_run,
        sets: args.set.clone(),
        ..deployment
    };
    let plugin_path = args.plugins.plugin_path();
    let ended = wait(async {
        let environment = environment(args.state.state.as_deref(), args.json)?;
        environment.deploy(plan, &plugin_path, deployment).await
    })?;
    Ok(close(&ended, args.json, &kept))
}

/// What `run` and `rollback` ask for alike.
pub(super) fn asked(
    plan: &Plan,
    file: &Path,
    confirm: Option<String>,
    json: bool,
    command: &'static str,
    kept: &ReportSlot,
) -> Result<Deployment> {
    if confirm.is_some() && plan.confirm.is_none() {
        return Err(CommandError::refused(
            "confirmation.not-wanted",
            "this plan wants no confirmation",
        )
        .at(Location::argument("--confirm"))
        .help("leave it out, or write confirm = \"…\" into the plan"));
    }
    let kept = kept.clone();
    Ok(Deployment {
        plan_file: file.to_owned(),
        confirmed: plan.confirm.is_some(),
        confirm: Box::new(Asker::new(plan.confirm.clone(), confirm)),
        dry_run: false,
        sets: Vec::new(),
        command,
        watch: Box::new(move |target, steps| -> Box<dyn EventSubscriber> {
            let screen = || Screen::new(target.to_owned(), steps.iter().map(String::as_str));
            match (github::here(), json) {
                (false, true) => Box::new(JsonPrinter),
                (false, false) => Box::new(screen()),
                (true, true) => github::beside(target, Box::new(JsonPrinter), kept.clone()),
                (true, false) => github::watching(target, screen(), kept.clone()),
            }
        }),
        warn: |warning| output::error_line(format!("warning: {warning}")),
        signals: super::signal::caught,
    })
}

/// The environment that `run` and `rollback` deploy with.
pub(super) fn environment(state: Option<&Path>, json: bool) -> Result<Arc<Environment>> {
    let environment = match (github::here(), json) {
        (false, _) => Environment::open(state)?,
        (true, true) => Environment::masking(state, github::mask_aside)?,
        (true, false) => Environment::masking(state, github::mask)?,
    };
    for warning in environment.warnings() {
        github::warn(&warning.to_string());
    }
    Ok(environment)
}

/// The last paragraph, and the exit code.
pub(super) fn close(ended: &Ended, json: bool, kept: &ReportSlot) -> u8 {
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
