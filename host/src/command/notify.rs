//! `notify`: shows what notifiers make of an event, and delivers what is pending.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{PluginPathArgs, StateArgs, output, time};
use crate::command_error::{CommandError, Result};
use crate::environment::{
    self, DeliveryResult, DrainReport, Environment, NotificationService, Outbox,
};
use crate::notify::{KINDS, MOST_RUNS};
use deployhost_plan::Plan;
use deployhost_policy::Location;
use deployhost_policy::suggest::nearest;
use deployhost_runtime::capability::clock::now_unix_ms;

/// Tell a plan's notifiers a made-up event, or deliver what is owed
///
/// With --event, the notifiers of the plan are told an event that did not happen, marked as a test.
/// With --flush, every notice of how a run ended that has not arrived yet is delivered, marked as
/// late, of the newest 100 runs of each target in the state folder; `run` and `rollback` do that,
/// too. Exit code: 0 if nothing is left undelivered, else 1.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["event", "flush"]))]
pub struct NotifyArgs {
    /// The plan whose notifiers are told
    #[arg(
        long,
        value_name = "FILE",
        requires = "event",
        conflicts_with = "flush"
    )]
    plan: Option<PathBuf>,
    /// started, progress, succeeded, unchanged, refused, failed, rolled-back, needs-operator,
    /// cancelled or interrupted
    #[arg(long, value_name = "KIND", requires = "plan")]
    event: Option<String>,
    /// Deliver what earlier runs could not
    #[arg(long)]
    flush: bool,
    /// As one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    plugins: PluginPathArgs,
}

pub fn run(args: &NotifyArgs) -> Result<u8> {
    match (&args.plan, &args.event) {
        (Some(plan), Some(kind)) => send_test_event(args, &Plan::load(plan)?, known(kind)?),
        _ => flush(args),
    }
}

fn known(kind: &str) -> Result<&'static str> {
    if let Some(known) = KINDS.into_iter().find(|known| *known == kind) {
        return Ok(known);
    }
    let what = format!("no event is called {}", crate::convert::sanitize(kind));
    let error = CommandError::refused("event.unknown", what).at(Location::argument("--event"));
    Err(match nearest(kind, KINDS) {
        Some(near) => error.help(format!("did you mean {near}?")),
        None => error.help(format!("it can be {}", KINDS.join(", "))),
    })
}

fn send_test_event(args: &NotifyArgs, plan: &Plan, kind: &str) -> Result<u8> {
    if plan.notifiers.is_empty() {
        return Err(
            CommandError::refused("notifier.none", "this plan tells nobody")
                .at(plan.file.as_path())
                .help("add a notifier under [[notify]]"),
        );
    }
    let names: Vec<_> = plan
        .notifiers
        .iter()
        .map(|entry| entry.name.as_str())
        .collect();
    if !args.json {
        output::line(format!(
            "{} ({}): a made-up {kind}, to {}",
            plan.name,
            plan.environment,
            names.join(", ")
        ));
    }
    let plugin_path = args.plugins.plugin_path();
    let told = super::wait(async {
        let environment = Environment::open(args.state.state.as_deref())?;
        let service = NotificationService::new(&environment);
        Ok(environment::send_test_event(service, plan, &plugin_path, kind).await)
    })?;
    if args.json {
        let told: Vec<_> = told
            .iter()
            .map(|(name, why)| json!({ "notifier": name, "delivered": why.is_none(), "problem": why }))
            .collect();
        let said = json!({ "v": 1, "event": kind, "test": true, "told": told });
        output::data(&said.to_string());
    } else {
        for (name, why) in &told {
            match why {
                None => output::line(format!("{name}: delivered")),
                Some(why) => output::line(format!("{name}: not delivered: {why}")),
            }
        }
    }
    Ok(u8::from(told.iter().any(|(_, why)| why.is_some())))
}

fn flush(args: &NotifyArgs) -> Result<u8> {
    let state = args.state.state.as_deref();
    // Where nothing was ever run, nothing is made to look into.
    let flushed = match environment::has_run(state)? {
        true => super::wait(async { Outbox::new(&*Environment::open(state)?).flush().await })?,
        false => DrainReport::default(),
    };
    let DrainReport {
        delivered,
        given_up,
        left,
    } = &flushed;
    if args.json {
        let all = |told: &[DeliveryResult]| told.iter().map(line).collect::<Vec<_>>();
        let said = json!({
            "v": 1,
            "at": time::rfc3339(now_unix_ms()),
            "delivered": all(delivered),
            "given-up": all(given_up),
            "left": all(left),
        });
        output::data(&said.to_string());
        return Ok(u8::from(!left.is_empty()));
    }
    if delivered.is_empty() && given_up.is_empty() && left.is_empty() {
        output::line(format!(
            "nothing is owed: how the newest {MOST_RUNS} runs of each target ended has been told"
        ));
        return Ok(0);
    }
    for (word, told) in [
        ("delivered", delivered),
        ("given up", given_up),
        ("left", left),
    ] {
        for told in told {
            output::line(format!("{word}: {told}"));
        }
    }
    output::line(format!(
        "{} delivered, {} left",
        delivered.len(),
        left.len()
    ));
    Ok(u8::from(!left.is_empty()))
}

fn line(told: &DeliveryResult) -> serde_json::Value {
    json!({
        "target": told.target,
        "run": told.run,
        "outcome": told.kind,
        "notifier": told.notifier,
        "problem": told.why,
    })
}
