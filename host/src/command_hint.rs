//! Our own commands as they are to be typed: on this plan, with this state folder, whole.

use std::path::Path;

/// What the commands of an advice have in common.
#[derive(Debug, Clone, Copy)]
pub struct CommandHint<'a> {
    /// The plan's file.
    pub plan: &'a str,
    /// The state folder, where one was named; else it is found again by itself.
    pub state: Option<&'a Path>,
}

impl CommandHint<'_> {
    pub fn run(&self) -> String {
        self.on_plan("run")
    }

    pub fn rollback(&self) -> String {
        self.on_plan("rollback")
    }

    /// Back to the release that a run made: the beginning of its id.
    pub fn rollback_to(&self, run: &str) -> String {
        format!("{} --to {run}", self.rollback())
    }

    /// `run`: the beginning of its id.
    pub fn show(&self, run: &str) -> String {
        format!("deployhost show {run} --logs{}", named(self.state))
    }

    fn on_plan(&self, command: &str) -> String {
        let plan = quoted(self.plan);
        format!("deployhost {command} --plan {plan}{}", named(self.state))
    }
}

/// Delivers the notifications that are still pending.
pub fn flush(state: Option<&Path>) -> String {
    format!("deployhost notify --flush{}", named(state))
}

/// Of git, in a work tree.
pub fn git<'a>(tree: &Path, words: impl IntoIterator<Item = &'a str>) -> String {
    let tree = quoted(&tree.to_string_lossy());
    let words = words.into_iter().map(quoted).collect::<Vec<_>>();
    format!("git -C {tree} {}", words.join(" "))
}

fn named(state: Option<&Path>) -> String {
    state.map_or(String::new(), |state| {
        format!(" --state {}", quoted(&state.to_string_lossy()))
    })
}

/// A word as it can be typed into a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@%,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests;
