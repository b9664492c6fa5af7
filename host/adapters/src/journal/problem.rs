//! Why a journal is not read or written, in words for people: `what — where — what to do`.

use std::fmt;
use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::state::StateError;

/// A journal that cannot be used. Nothing is deployed without one.
#[derive(Debug)]
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
    NotOurs(StateError),
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
        detail: String,
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
        detail: String,
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

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        let detail = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly,
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::OutOfMemory) => {
                Self::Io { detail }
            }
            // Our statements are right for our tables: anything else is not our tables any more.
            _ => Self::Damaged { detail },
        }
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const AWAY: &str = "put it back from a backup, or move it away to begin anew";
        match self {
            Self::Missing { path } => write!(
                f,
                "the journal is gone, and what is deployed with it — {0} — put it back from a backup, or, to begin anew, delete {1}",
                path.display(),
                path.with_extension("begun").display()
            ),
            Self::NotAFile { path } => {
                write!(f, "the journal is not a plain file — {} — {AWAY}", path.display())
            }
            Self::NotOurs(problem) => write!(f, "{problem}"),
            Self::Empty { path } => {
                write!(f, "the journal is an empty file — {} — {AWAY}", path.display())
            }
            Self::NotADatabase { path } => {
                write!(f, "the journal is not a database — {} — {AWAY}", path.display())
            }
            Self::Foreign { path } => write!(
                f,
                "this database is another program's — {} — give another folder with --state",
                path.display()
            ),
            Self::Newer { path, version, ours } => write!(
                f,
                "a newer deployhost wrote this journal (version {version}, this one knows {ours}) — {} — use that deployhost",
                path.display()
            ),
            Self::Damaged { detail } => write!(f, "the journal is damaged: {detail} — journal.db — {AWAY}"),
            Self::Broken { target, seq, why } => write!(
                f,
                "the journal of {target} was changed: {why} — event {seq} — put journal.db back from a backup; until then nothing is deployed for {target}"
            ),
            Self::Busy => f.write_str(
                "the journal is being written by another process for over 5 s — journal.db — try again",
            ),
            Self::Full => f.write_str(
                "no space left to write the journal — journal.db — free some space and run again",
            ),
            Self::ReadOnly => f.write_str(
                "the journal cannot be written — journal.db — make its file system and file writable",
            ),
            Self::Io { detail } => write!(
                f,
                "the journal could not be read or written: {detail} — journal.db — see to the disk, then run again"
            ),
            Self::Stopped => f.write_str(
                "the journal is not written any more, since a write failed — journal.db — see to the disk, then run again",
            ),
            Self::TooLarge { what, most } => {
                write!(f, "{what} is empty or over its bound — journal.db — at most {most}")
            }
            Self::NoRun { prefix } => write!(
                f,
                "no run begins with {prefix} — journal.db — deployhost history lists them"
            ),
            Self::ManyRuns { prefix, some } => write!(
                f,
                "several runs begin with {prefix} — {} — write more of the one you mean",
                some.join(", ")
            ),
        }
    }
}

impl std::error::Error for JournalError {}
