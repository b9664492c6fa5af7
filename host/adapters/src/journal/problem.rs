//! Why a journal is not read or written.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::state::StateError;
use deployhost_policy::{Diagnostic, Location};

/// A journal that cannot be used. Nothing is deployed without one.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// There was one, and the file is gone.
    Missing {
        path: PathBuf,
    },
    /// A symlink, a folder, a pipe.
    NotAFile {
        path: PathBuf,
    },
    /// Another's, or one that others may read.
    NotOurs(#[from] StateError),
    Empty {
        path: PathBuf,
    },
    /// Not SQLite at all.
    NotADatabase {
        path: PathBuf,
    },
    /// Another program's SQLite.
    Foreign {
        path: PathBuf,
    },
    /// Written by a deployhost that knows more.
    Newer {
        path: PathBuf,
        version: i64,
        ours: i64,
    },
    /// SQLite itself says that the file is damaged.
    Damaged {
        source: JournalCause,
    },
    /// Rows were changed, lost or added other than by deployhost, at `seq` or just before it.
    Broken {
        target: String,
        seq: i64,
        why: &'static str,
    },
    /// Another process held it for over five seconds.
    Busy,
    Full,
    ReadOnly,
    /// Reading, writing or flushing failed.
    Io {
        source: JournalCause,
    },
    /// A flush failed before; this process writes no more.
    Stopped,
    TooLarge {
        what: &'static str,
        most: usize,
    },
    NoRun {
        prefix: String,
    },
    /// `some` are the first few of them.
    ManyRuns {
        prefix: String,
        some: Vec<String>,
    },
}

/// What a journal was found to suffer from.
#[derive(Debug, thiserror::Error)]
pub enum JournalCause {
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What it has or lacks.
    #[error("{0}")]
    Shape(String),
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly,
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::OutOfMemory) => {
                Self::Io {
                    source: error.into(),
                }
            }
            // Our statements are right for our tables: anything else is not our tables any more.
            _ => Self::Damaged {
                source: error.into(),
            },
        }
    }
}

impl JournalError {
    pub(super) fn damaged(shape: impl Into<String>) -> Self {
        Self::Damaged {
            source: JournalCause::Shape(shape.into()),
        }
    }

    /// What people read.
    pub fn diagnostic(&self) -> Diagnostic {
        const AWAY: &str = "put it back from a backup, or move it away to begin anew";
        const DISK: &str = "see to the disk, then run again";
        let at = |code: &'static str, message: &str, path: &Path| {
            Diagnostic::new(code, message)
                .at(path)
                .parameter("path", path.display().to_string())
        };
        let of_file = |code: &'static str, message: String, help: String| {
            Diagnostic::new(code, message)
                .at(Location::named("journal.db"))
                .help(help)
        };
        match self {
            Self::Missing { path } => at(
                "journal.missing",
                "the journal is gone, and what is deployed with it",
                path,
            )
            .help(format!(
                "put it back from a backup, or, to begin anew, delete {}",
                path.with_extension("begun").display()
            )),
            Self::NotAFile { path } => at(
                "journal.not-a-file",
                "the journal is not a plain file",
                path,
            )
            .help(AWAY),
            Self::NotOurs(problem) => problem.diagnostic(),
            Self::Empty { path } => {
                at("journal.empty", "the journal is an empty file", path).help(AWAY)
            }
            Self::NotADatabase { path } => at(
                "journal.not-a-database",
                "the journal is not a database",
                path,
            )
            .help(AWAY),
            Self::Foreign { path } => at(
                "journal.foreign",
                "this database is another program's",
                path,
            )
            .help("give another folder with --state"),
            Self::Newer {
                path,
                version,
                ours,
            } => {
                let message = format!(
                    "a newer deployhost wrote this journal (version {version}, this one knows {ours})"
                );
                at("journal.newer", &message, path)
                    .help("use that deployhost")
                    .parameter("version", version.to_string())
            }
            Self::Damaged { source } => of_file(
                "journal.damaged",
                format!("the journal is damaged: {source}"),
                AWAY.into(),
            ),
            Self::Broken { target, seq, why } => {
                let message = format!("the journal of {target} was changed: {why}");
                Diagnostic::new("journal.changed", message)
                    .at(Location::named(format!("event {seq}")))
                    .help(format!(
                        "put journal.db back from a backup; until then nothing is deployed for {target}"
                    ))
                    .parameter("target", target.as_str())
                    .parameter("event", seq.to_string())
            }
            Self::Busy => of_file(
                "journal.busy",
                "the journal is being written by another process for over 5 s".into(),
                "try again".into(),
            ),
            Self::Full => of_file(
                "journal.full",
                "no space left to write the journal".into(),
                "free some space and run again".into(),
            ),
            Self::ReadOnly => of_file(
                "journal.read-only",
                "the journal cannot be written".into(),
                "make its file system and file writable".into(),
            ),
            Self::Io { source } => of_file(
                "journal.unusable",
                format!("the journal could not be read or written: {source}"),
                DISK.into(),
            ),
            Self::Stopped => of_file(
                "journal.stopped",
                "the journal is not written any more, since a write failed".into(),
                DISK.into(),
            ),
            Self::TooLarge { what, most } => of_file(
                "journal.bound",
                format!("{what} is empty or over its bound"),
                format!("at most {most}"),
            )
            .parameter("most", most.to_string()),
            Self::NoRun { prefix } => of_file(
                "journal.no-run",
                format!("no run begins with {prefix}"),
                "deployhost history lists them".into(),
            )
            .parameter("run", prefix.as_str()),
            Self::ManyRuns { prefix, some } => Diagnostic::new(
                "journal.several-runs",
                format!("several runs begin with {prefix}"),
            )
            .at(Location::named(some.join(", ")))
            .help("write more of the one you mean")
            .parameter("run", prefix.as_str())
            .parameter("runs", some.join(", ")),
        }
    }
}

deployhost_policy::print_as_diagnostic!(JournalError);
