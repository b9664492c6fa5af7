//! `show`: everything that is known of one run.

use clap::Args;
use deployhost_engine::Event;

use super::{StateArgs, json, output, screen, time};
use crate::command_error::Result;
use crate::command_hint::CommandHint;
use crate::environment;
use crate::event_log::EventSubscriber;
use crate::notify::PlanSnapshot;
use crate::run_summary::RunSummary;

/// Show one run: what was planned, what happened, how it ended
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The run's id, as `history` names it, or its beginning
    run: String,
    /// With the lines that steps and containers logged
    #[arg(long)]
    logs: bool,
    /// One JSON event a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    state: StateArgs,
}

pub fn run(args: &ShowArgs) -> Result<u8> {
    let (target, past) = environment::read_run(args.state.state.as_deref(), &args.run)?;
    let shown = |event: &Event| args.logs || !matches!(event, Event::Log { .. });
    if args.json {
        for entry in past.entries.iter().filter(|entry| shown(&entry.event)) {
            output::data(&json::line(past.id(), entry.at_unix_ms, &entry.event));
        }
        return Ok(0);
    }
    let steps = &past.run.spec().steps;
    let mut screen = screen::Screen::told(target, steps.iter().map(|step| step.name.as_str()));
    output::line(format!("began {}", time::local(past.began_at())));
    for entry in past.entries.iter().filter(|entry| shown(&entry.event)) {
        screen.at(entry.at_unix_ms);
        screen.event(&entry.event, &past.run);
    }
    let plan = PlanSnapshot::read(&past.run.spec().plan);
    let typed = CommandHint {
        plan: &plan.file,
        state: args.state.state.as_deref(),
    };
    if let Some(summary) = RunSummary::of(&past.run, &plan.about(), &typed, None) {
        screen::paragraph(&summary);
    }
    Ok(0)
}
