//! What clap says of a command line, as this program says things: `what — where — what to do`, and
//! how the command is used below. Nothing that was typed is repeated raw or at length.

use std::ffi::OsString;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::output;
use crate::command_error::{CommandError, Result};
use deployhost_plan::is_webhook;
use deployhost_policy::Location;
use deployhost_policy::display::display;
use deployhost_policy::suggest::nearest;

/// No word was typed where one of several commands has to be.
const NOTHING: ErrorKind = ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;

/// Refuses a secret that is seen to be one. Everybody on a machine can read what a program was
/// started with, so it must not even be repeated by an error about something else.
pub fn without_webhook(arguments: &[OsString]) -> Result<()> {
    let seen = arguments
        .iter()
        .any(|argument| is_webhook(&argument.to_string_lossy()));
    if !seen {
        return Ok(());
    }
    Err(CommandError::refused(
        "secret.in-argument",
        "a webhook's address is a secret, and this one is in an argument",
    )
    .at(Location::named(
        "the command line, which everybody on this machine can read",
    ))
    .help(
        "put it into the environment or a file and name that under [secrets] of the plan; \
                 then make a new webhook, since this one was seen",
    ))
}

/// Help that was asked for is printed: none is left to be said. All else is an error.
pub fn said(error: &clap::Error, mut program: Command, arguments: &[OsString]) -> Result<()> {
    if let ErrorKind::DisplayHelp | ErrorKind::DisplayVersion = error.kind() {
        let text = error.render();
        output::raw(&match output::colour() {
            true => text.ansi().to_string(),
            false => text.to_string(),
        });
        return Ok(());
    }
    program.build();
    let (place, mut command) = meant(program, arguments);
    let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    let (message, help) = wrong(error, &names);
    let help = help.unwrap_or_else(|| format!("see {place} --help"));
    let told = CommandError::refused("usage", message)
        .at(Location::named(place))
        .help(help);
    let below = match error.kind() {
        NOTHING | ErrorKind::MissingSubcommand => command.render_help(),
        _ => command.render_usage(),
    };
    Err(below
        .to_string()
        .trim_end()
        .lines()
        .fold(told, CommandError::note))
}

/// The command that the words lead to, and how it is called.
fn meant(program: Command, arguments: &[OsString]) -> (String, Command) {
    let mut place = program.get_name().to_owned();
    let mut command = program;
    for word in arguments.iter().skip(1).filter_map(|word| word.to_str()) {
        let Some(found) = command.find_subcommand(word).cloned() else {
            break;
        };
        place = format!("{place} {word}");
        command = found;
    }
    (place, command)
}

/// What is wrong, and what to do where more than reading the help can be said.
fn wrong(error: &clap::Error, commands: &[&str]) -> (String, Option<String>) {
    let get = |kind| text(error, kind);
    let argument = get(ContextKind::InvalidArg).unwrap_or_default();
    let near = |kind| get(kind).map(|near| format!("did you mean {near}?"));
    match error.kind() {
        NOTHING | ErrorKind::MissingSubcommand => (
            "there is no command".to_owned(),
            Some("choose one of these".to_owned()),
        ),
        ErrorKind::UnknownArgument => (
            format!("unexpected argument {argument}"),
            near(ContextKind::SuggestedArg).or_else(|| near(ContextKind::SuggestedSubcommand)),
        ),
        ErrorKind::InvalidSubcommand => {
            let word = get(ContextKind::InvalidSubcommand).unwrap_or_default();
            let help = match nearest(&word, commands.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("it can be {}", commands.join(", ")),
            };
            (format!("there is no command {word}"), Some(help))
        }
        ErrorKind::ArgumentConflict => match get(ContextKind::PriorArg) {
            Some(prior) if prior != argument => {
                (format!("{argument} does not go with {prior}"), None)
            }
            _ => (
                format!("{argument} is given twice"),
                Some("give it once".to_owned()),
            ),
        },
        ErrorKind::MissingRequiredArgument => {
            (format!("{argument} is missing"), Some("add it".to_owned()))
        }
        ErrorKind::InvalidValue if get(ContextKind::InvalidValue).is_none() => {
            (format!("{argument} has no value"), None)
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = get(ContextKind::InvalidValue).unwrap_or_default();
            let help = get(ContextKind::ValidValue).map(|valid| format!("it can be {valid}"));
            (format!("{argument} cannot be {value}"), help)
        }
        ErrorKind::InvalidUtf8 => (
            "an argument is not UTF-8".to_owned(),
            Some("only paths may be anything else".to_owned()),
        ),
        _ => ("this cannot be understood".to_owned(), None),
    }
}

/// A piece of what clap knows, on one line; none: it does not, or it is empty.
fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    let text = match error.get(kind)? {
        ContextValue::String(text) => display(text),
        ContextValue::Strings(texts) => {
            let texts: Vec<String> = texts.iter().map(|text| display(text)).collect();
            texts.join(", ")
        }
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}
