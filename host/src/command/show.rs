//! `show`: everything that is known of one run.

use clap::Args;
use deployhost_engine::Event;

use super::{State, json, output, screen, when};
use crate::ending::Ending;
use crate::error::Result;
use crate::notices::Meant;
use crate::scribe::Watch;
use crate::typed::Typed;
use crate::wiring;

/// Show one run: what was planned, what happened, how it ended
#[derive(Debug, Args)]
pub struct Show {
    /// The run's id, as `history` names it, or its beginning
    run: String,
    /// With the lines that steps and containers logged
    #[arg(long)]
    logs: bool,
    /// One JSON event a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    state: State,
}

pub fn run(args: &Show) -> Result<u8> {
    let (target, past) = wiring::past_run(args.state.state.as_deref(), &args.run)?;
    let shown = |event: &Event| args.logs || !matches!(event, Event::Log { .. });
    if args.json {
        for entry in past.entries.iter().filter(|entry| shown(&entry.event)) {
            output::data(&json::line(past.id(), entry.at_unix_ms, &entry.event));
        }
        return Ok(0);
    }
    let steps = &past.run.opening().steps;
    let mut screen = screen::Screen::told(target, steps.iter().map(|step| step.name.as_str()));
    output::line(format!("began {}", when::local(past.began_at())));
    for entry in past.entries.iter().filter(|entry| shown(&entry.event)) {
        screen.at(entry.at_unix_ms);
        screen.event(&entry.event, &past.run);
    }
    let plan = Meant::read(&past.run.opening().plan);
    let typed = Typed {
        plan: &plan.file,
        state: args.state.state.as_deref(),
    };
    if let Some(ending) = Ending::of(&past.run, &plan.about(), &typed, None) {
        screen::paragraph(&ending);
    }
    Ok(0)
}
