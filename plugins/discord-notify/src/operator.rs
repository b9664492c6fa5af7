//! The commands that a `needs-operator` message ends with. Pure.

use deployhost_plugin::Event;

use crate::text::{LONGEST, block_line, length};

const FIRST: &str = "deployhost rollback";
/// The fences, their line ends, and the line about what was left out.
const AROUND: usize = 120;

/// One command, and below it the ones that do without deployhost. Only whole lines are shown: half a
/// command is worse than none.
pub fn with_commands(told: &str, event: &Event) -> String {
    let given = event.by_hand.iter().map(|line| block_line(line));
    let mut commands: Vec<String> = given.filter(|line| !line.is_empty()).collect();
    if !commands.first().is_some_and(|line| line.starts_with(FIRST)) {
        commands.insert(0, FIRST.to_owned());
    }
    let mut room = LONGEST.saturating_sub(length(told) + AROUND);
    let mut block = String::new();
    let mut shown = 0;
    for command in &commands {
        let size = length(command) + 1;
        if size > room {
            break;
        }
        room -= size;
        block.push_str(command);
        block.push('\n');
        shown += 1;
        if shown == 1 && commands.len() > 1 {
            block.push_str("# or by hand:\n");
        }
    }
    let rest = match commands.len() - shown {
        0 => String::new(),
        left => format!("\n{left} more: `deployhost show {}`", run(event)),
    };
    format!("{told}\n```sh\n{block}```{rest}")
}

fn run(event: &Event) -> String {
    let word = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    event.context.run.chars().filter(word).take(40).collect()
}
