//! One file per subcommand; the doc comment of its arguments is its help. Only here is anything
//! printed.

mod check;
mod confirm;
mod deployment;
mod diagnostics;
mod github;
mod history;
mod json;
mod notify;
pub mod output;
mod panic_hook;
mod plugin;
mod rollback;
mod run;
mod screen;
mod show;
mod signal;
mod status;
mod status_line;
mod style;
mod time;
mod usage;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::command_error::{CommandError, Result};
use crate::environment::{Overlay, PluginPath};

/// Deploys by running a plan: sandboxed steps that say what they will do, do it, and prove it
///
/// A run ends in one of: succeeded, unchanged (exit 0), refused (2), failed with nothing changed
/// (3), rolled-back (4), needs-operator (5), cancelled (6), locked (75).
#[derive(Debug, Parser)]
#[command(
    version,
    bin_name = "deployhost",
    max_term_width = 100,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::RunArgs),
    Check(check::CheckArgs),
    Rollback(rollback::RollbackArgs),
    Status(status::StatusArgs),
    History(history::HistoryArgs),
    Show(show::ShowArgs),
    Notify(notify::NotifyArgs),
    Plugin(plugin::PluginArgs),
}

/// Where runs are journaled.
#[derive(Debug, Args)]
struct StateArgs {
    /// State folder [default: $STATE_DIRECTORY, /var/lib/deployhost for root, else below ~/.local/state]
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
}

/// Where plugins are looked up.
#[derive(Debug, Default, Args)]
struct PluginPathArgs {
    /// Folder of plugins, looked in before the ones that belong to the program; can be repeated
    #[arg(long, value_name = "FOLDER")]
    plugin_path: Vec<PathBuf>,
}

impl PluginPathArgs {
    fn plugin_path(&self) -> PluginPath {
        let mut folders = self.plugin_path.clone();
        if let Ok(program) = std::env::current_exe()
            && let Some(bin) = program.parent()
        {
            // Installed: PREFIX/bin and PREFIX/lib; built: target/release and target/plugins.
            folders.push(bin.join("../lib/deployhost/plugins"));
            folders.push(bin.join("../plugins"));
        }
        PluginPath::new(folders)
    }
}

/// Carries out a command line. Never panics on what it is given.
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    panic_hook::install();
    match Overlay::enter_by(&arguments) {
        None => {}
        Some(Ok(())) => return ExitCode::SUCCESS,
        Some(Err(error)) => {
            output::error_line(error.to_string());
            return ExitCode::FAILURE;
        }
    }
    diagnostics::on();
    let code = match Cli::read(arguments) {
        Ok(Some(cli)) => cli.run(),
        Ok(None) => 0,
        Err(error) => complain(&error),
    };
    // A deployment that ended well but could not say so did not end well for who asked.
    match code {
        0 if output::lost() => ExitCode::from(1),
        code => ExitCode::from(code),
    }
}

impl Cli {
    /// None: help was asked for, and is given.
    fn read(arguments: Vec<OsString>) -> Result<Option<Self>> {
        usage::without_webhook(&arguments)?;
        match Self::try_parse_from(&arguments) {
            Ok(cli) => Ok(Some(cli)),
            Err(error) => usage::said(&error, Self::command(), &arguments).map(|()| None),
        }
    }

    fn run(self) -> u8 {
        let result = match &self.command {
            Command::Run(args) => run::run(args),
            Command::Check(args) => check::run(args),
            Command::Rollback(args) => rollback::run(args),
            Command::Status(args) => status::run(args),
            Command::History(args) => history::run(args),
            Command::Show(args) => show::run(args),
            Command::Notify(args) => notify::run(args),
            Command::Plugin(args) => plugin::run(args),
        };
        result.unwrap_or_else(|error| complain(&error))
    }
}

/// Says what went wrong; the exit code.
fn complain(error: &CommandError) -> u8 {
    let style = style::Style::of_errors();
    output::error_line(format!("{} {error}", style.bad("error:")));
    for note in &error.diagnostic.notes {
        let line = format!("  {}", style.dim(note));
        output::error_line(line.trim_end());
    }
    error.exit_code()
}

/// The runtime of the commands that deploy.
fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| CommandError::host("runtime.unavailable", format!("no runtime: {error}")))
}

/// Waits for what tells notifiers. What it leaves unfinished ends with the process: a name server
/// that does not answer must not hold it.
fn wait<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = runtime()?;
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    done
}
