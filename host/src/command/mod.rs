//! One file per subcommand; the doc comment of its arguments is its help. Only here is anything
//! printed.

pub mod output;
pub mod paint;
pub mod plugin;
pub mod screen;
