//! Parse, run, exit code.

use std::process::ExitCode;

use clap::Parser;
use deployhost::command::Cli;

fn main() -> ExitCode {
    Cli::parse().run()
}
