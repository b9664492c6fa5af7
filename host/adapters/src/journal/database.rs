//! The SQLite file of the journal: whose it is, how it is made, how it is opened.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use rustix::fs::{Access, AtFlags, FileType, FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use url::Url;

use super::{JournalCause, JournalError};
use crate::state::{self, StateFolder, durable_write};

const FILE: &str = "journal.db";
const LOG: &str = "journal.db-wal";
/// Where a new journal is put together: the file appears whole or not at all.
const DRAFT: &str = "journal.draft";
/// Says that there has been a journal here: one that is missing is then lost, not new.
const BEGUN: &str = "journal.begun";
/// In the header of every journal: "dply".
const APPLICATION: i64 = 0x6470_6c79;
/// In the header, too; grows with the shape of the tables.
const VERSION: i64 = 1;
/// No SQLite file is smaller, in bytes.
const SMALLEST: i64 = 512;
/// How long another process may hold the journal. It does so for the length of one `append`.
const BUSY: Duration = Duration::from_secs(5);

const TABLES: &str = "
CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    target TEXT NOT NULL,
    run TEXT NOT NULL,
    at INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX event_of_target ON event (target);
CREATE TABLE head (
    target TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;
";

/// For writing; made where there never was one.
pub fn open(folder: &StateFolder) -> Result<Connection, JournalError> {
    if !present(folder)? {
        create(folder)?;
    }
    recognise(folder)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let connection = Connection::open_with_flags(path(folder), flags | plain())?;
    prepare(&connection, folder)?;
    // Each commit is flushed before it is acknowledged; WAL alone would not.
    connection.pragma_update(None, "synchronous", "FULL")?;
    if !there(folder, BEGUN)? {
        durable_write(folder.dir(), BEGUN, b"").map_err(written)?;
    }
    Ok(connection)
}

/// For reading; none where there never was one.
pub fn open_read(folder: &StateFolder) -> Result<Option<Connection>, JournalError> {
    if !present(folder)? {
        return Ok(None);
    }
    recognise(folder)?;
    // Readers share memory with the writer, in a file. Where that cannot be made, there is no
    // writer either, unless it left its log: then SQLite finds out what it can do.
    let access = rustix::fs::accessat(folder.dir(), ".", Access::WRITE_OK, AtFlags::EACCESS);
    let connection = if access.is_err() && !there(folder, LOG)? {
        unchanging(folder)?
    } else {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        Connection::open_with_flags(path(folder), flags | plain())?
    };
    prepare(&connection, folder)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(Some(connection))
}

fn path(folder: &StateFolder) -> PathBuf {
    folder.path().join(FILE)
}

/// One thread at a time has a connection, and no symlink leads to it.
fn plain() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW
}

/// What every connection is told, for files that may be damaged or made by others.
fn prepare(connection: &Connection, folder: &StateFolder) -> Result<(), JournalError> {
    connection.busy_timeout(BUSY)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    identity(connection, folder)?;
    let tables: i64 = connection.query_row(
        "SELECT count(*) FROM sqlite_schema WHERE name IN ('event', 'head', 'event_of_target')",
        [],
        |row| row.get(0),
    )?;
    if tables != 3 {
        return Err(JournalError::damaged("a table is missing"));
    }
    Ok(())
}

/// Is there a journal? A file of the wrong kind, another's or an empty one is refused, and so is
/// a missing one where there has been one.
///
/// Looks without opening: closing any descriptor of the file would drop the locks that SQLite
/// holds on it elsewhere in this process.
fn present(folder: &StateFolder) -> Result<bool, JournalError> {
    let path = path(folder);
    // Asked first: another process may be making the journal, and this mark comes after it.
    let begun = there(folder, BEGUN)?;
    let stat = match rustix::fs::statat(folder.dir(), FILE, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => stat,
        Err(Errno::NOENT) if begun => return Err(JournalError::Missing { path }),
        Err(Errno::NOENT) => return Ok(false),
        Err(errno) => return Err(written(errno.into())),
    };
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(JournalError::NotAFile { path });
    }
    state::ours(&stat, &path)?;
    match stat.st_size {
        0 => Err(JournalError::Empty { path }),
        // SQLite would take the missing part of its header for zeros.
        1..SMALLEST => Err(JournalError::NotADatabase { path }),
        _ => Ok(true),
    }
}

fn there(folder: &StateFolder, name: &str) -> Result<bool, JournalError> {
    match rustix::fs::statat(folder.dir(), name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(_) => Ok(true),
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(written(errno.into())),
    }
}

/// Refuses what is no journal before SQLite opens it for good: another program's database stays
/// untouched, and nothing is made beside it.
///
/// Another process may be moving its log into the file meanwhile, which then looks cut short from
/// here: that is for the true opening to judge.
fn recognise(folder: &StateFolder) -> Result<(), JournalError> {
    match identity(&unchanging(folder)?, folder) {
        Err(JournalError::Damaged { .. }) => Ok(()),
        known => known,
    }
}

/// Is it a journal, and one that we know?
fn identity(database: &Connection, folder: &StateFolder) -> Result<(), JournalError> {
    let path = path(folder);
    let number = |name| database.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let application = match number("application_id") {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            return Err(JournalError::NotADatabase { path });
        }
        application => application?,
    };
    if application != APPLICATION {
        return Err(JournalError::Foreign { path });
    }
    match number("user_version")? {
        VERSION => Ok(()),
        version if version > VERSION => Err(JournalError::Newer {
            path,
            version,
            ours: VERSION,
        }),
        version => Err(JournalError::damaged(format!("its version is {version}"))),
    }
}

/// The file as it lies there: no locks, no log, nothing written.
fn unchanging(folder: &StateFolder) -> Result<Connection, JournalError> {
    let path = path(folder);
    let mut url = Url::from_file_path(&path).map_err(|()| JournalError::NotAFile { path })?;
    url.set_query(Some("immutable=1"));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    Ok(Connection::open_with_flags(url.as_str(), flags | plain())?)
}

/// Puts a journal together beside its place, then moves it there.
fn create(folder: &StateFolder) -> Result<(), JournalError> {
    // Two first runs at once: one makes it, the other waits for the moment that this takes. A
    // descriptor of its own, since a lock belongs to what was opened, not to who asks.
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let turn = rustix::fs::openat(folder.dir(), ".", flags, Mode::empty())
        .map_err(|errno| written(errno.into()))?;
    rustix::fs::flock(&turn, FlockOperation::LockExclusive)
        .map_err(|errno| written(errno.into()))?;
    let made = present(folder).and_then(|present| if present { Ok(()) } else { draft(folder) });
    let unlocked = rustix::fs::flock(&turn, FlockOperation::Unlock);
    made.and(unlocked.map_err(|errno| written(errno.into())))
}

fn draft(folder: &StateFolder) -> Result<(), JournalError> {
    let dir = folder.dir();
    // What a killed first run left, and the log of a journal that was taken away: SQLite would
    // carry it into the new one.
    let draft = [DRAFT, "journal.draft-wal", "journal.draft-shm"];
    for left in draft.into_iter().chain([LOG, "journal.db-shm"]) {
        match rustix::fs::unlinkat(dir, left, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(errno) => return Err(written(errno.into())),
        }
    }
    // Made by us, not by SQLite, for the mode: SQLite gives its own files the same.
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    rustix::fs::openat(dir, DRAFT, flags, state::FILE)
        .and_then(|fd| rustix::fs::fchmod(fd, state::FILE))
        .map_err(|errno| written(errno.into()))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | plain();
    let draft = Connection::open_with_flags(folder.path().join(DRAFT), flags)?;
    draft.pragma_update(None, "application_id", APPLICATION)?;
    draft.pragma_update(None, "user_version", VERSION)?;
    draft.execute_batch(TABLES)?;
    let mode: String =
        draft.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        return Err(JournalError::Io {
            source: JournalCause::Shape(format!(
                "this file system does not carry a write-ahead log ({mode})"
            )),
        });
    }
    draft.close().map_err(|(_, error)| error)?;
    let publish = || -> io::Result<()> {
        let file = rustix::fs::openat(dir, DRAFT, OFlags::RDWR | OFlags::CLOEXEC, state::FILE)?;
        rustix::fs::fsync(file)?;
        rustix::fs::renameat(dir, DRAFT, dir, FILE)?;
        Ok(rustix::fs::fsync(dir)?)
    };
    publish().map_err(written)
}

fn written(error: io::Error) -> JournalError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => JournalError::Full,
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            JournalError::ReadOnly
        }
        _ => JournalError::Io {
            source: error.into(),
        },
    }
}
