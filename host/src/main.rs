//! Parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    deployhost::command::main(std::env::args_os().collect())
}
