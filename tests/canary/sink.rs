//! Where secrets are searched for, and the search.

use std::collections::BTreeSet;
use std::path::Path;

use aho_corasick::AhoCorasick;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use super::echo_fixture::EchoFixture;
use super::encoding::ENCODINGS;
use super::secret::CanarySecret;

/// Something of a run that others read: where a secret could come out.
pub struct Sink {
    name: &'static str,
    text: Vec<u8>,
    /// What must be in it, or it was not looked at closely.
    beacon: &'static str,
    /// Everything that a server says comes here, if nobody takes care.
    open: bool,
}

fn sink(name: &'static str, text: impl Into<Vec<u8>>, beacon: &'static str) -> Sink {
    Sink {
        name,
        text: text.into(),
        beacon,
        open: true,
    }
}

/// Where little or nothing of it comes, whoever takes care.
fn narrow(name: &'static str, text: impl Into<Vec<u8>>, beacon: &'static str) -> Sink {
    Sink {
        open: false,
        ..sink(name, text, beacon)
    }
}

impl Sink {
    /// Every sink where something of a fixture can be read: one line each.
    pub fn all(echo: &EchoFixture) -> Vec<Self> {
        let output = |kind: &str| echo.output.get(kind).map_or("", String::as_str);
        let state = echo.fixture.state();
        vec![
            sink(
                "standard output",
                output("standard output"),
                "what a server says",
            ),
            narrow("standard error", output("standard error"), "error: "),
            sink("--json", output("--json"), "what a server says"),
            sink("show --logs", output("show --logs"), "what a server says"),
            sink(
                "show --logs --json",
                output("show --logs --json"),
                "what a server says",
            ),
            sink("job's log", output("job's log"), "what a server says"),
            narrow("job's page", output("job's page"), "what a server says"),
            narrow("job's outputs", output("job's outputs"), "outcome<<"),
            narrow("state folder", files(&state), "SQLite format 3"),
            sink("journal", rows(&state), "what a server says"),
            narrow("Discord", notices(echo), "what a server says"),
            narrow(
                "arguments and environments",
                echo.started.as_str(),
                "GIT_CONFIG_COUNT",
            ),
        ]
    }
}

/// Which secrets were found in which sink, in which spelling.
pub struct Search<'a> {
    secrets: &'a [CanarySecret],
    needles: Vec<(usize, &'static str, String)>,
    search: AhoCorasick,
}

impl<'a> Search<'a> {
    pub fn for_all(secrets: &'a [CanarySecret]) -> Self {
        let mut needles = Vec::new();
        for (index, secret) in secrets.iter().enumerate() {
            let spelled = secret.needles().into_iter();
            needles.extend(spelled.map(|(name, needle)| (index, name, needle)));
        }
        let search = AhoCorasick::new(needles.iter().map(|(_, _, needle)| needle)).unwrap();
        Self {
            secrets,
            needles,
            search,
        }
    }

    /// Nothing of any secret, in a sink that was looked at; bytes searched.
    pub fn finds_nothing(&self, sink: &Sink) -> usize {
        let shown = String::from_utf8_lossy(&sink.text);
        assert!(
            shown.contains(sink.beacon),
            "{} is not what it should be: {shown}",
            sink.name
        );
        let found: Vec<String> = self
            .found(&sink.text)
            .map(|(at, index, name)| {
                let around = &sink.text[at.saturating_sub(80)..sink.text.len().min(at + 80)];
                let around = String::from_utf8_lossy(around);
                format!("{}, {name}: …{around}…", self.secrets[index].name)
            })
            .collect();
        let (count, some) = (found.len(), &found[..found.len().min(12)]);
        assert!(
            found.is_empty(),
            "{count} in {}:\n{}",
            sink.name,
            some.join("\n")
        );
        self.finds_what_is_put_there(sink);
        sink.text.len()
    }

    /// The same search finds every spelling of every secret there, where it is.
    fn finds_what_is_put_there(&self, sink: &Sink) {
        let (before, after) = sink.text.split_at(sink.text.len().min(5_000));
        let mut planted = before.to_vec();
        for (_, _, needle) in &self.needles {
            planted.extend_from_slice(needle.as_bytes());
            planted.push(b'\n');
        }
        planted.extend_from_slice(&after[..after.len().min(5_000)]);
        let found: BTreeSet<(usize, &str)> = self
            .found(&planted)
            .map(|(_, index, name)| (index, name))
            .collect();
        for (index, name, _) in &self.needles {
            assert!(found.contains(&(*index, name)), "{name} in {}", sink.name);
        }
    }

    /// In a sink where nobody took care, every spelling of some secret.
    pub fn finds_every_spelling(&self, sink: &Sink) {
        if !sink.open {
            return;
        }
        let found: BTreeSet<&str> = self.found(&sink.text).map(|(_, _, name)| name).collect();
        let all: BTreeSet<&str> = ENCODINGS.iter().map(|encoding| encoding.name).collect();
        assert_eq!(found, all, "in {}", sink.name);
    }

    /// Where, whose, how.
    fn found<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = (usize, usize, &'static str)> {
        self.search.find_overlapping_iter(text).map(|found| {
            let (index, name, _) = &self.needles[found.pattern()];
            (found.start(), *index, *name)
        })
    }
}

/// Every file of a folder, one after the other, with its name.
fn files(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all.extend_from_slice(path.to_string_lossy().as_bytes());
        match path.is_dir() {
            true => all.extend(files(&path)),
            // A socket or a pipe holds nothing.
            false => all.extend(std::fs::read(&path).unwrap_or_default()),
        }
    }
    all
}

/// Every row of every database: a text that spans pages is in one piece in its row only.
fn rows(state: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(state).unwrap() {
        let path = entry.unwrap().path();
        let head = std::fs::read(&path).unwrap_or_default();
        if !head.starts_with(b"SQLite format 3") {
            continue;
        }
        let database =
            Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let mut tables = database
            .prepare("select name from sqlite_schema where type = 'table'")
            .unwrap();
        let tables: Vec<String> = tables
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        for table in tables {
            let mut select = database
                .prepare(&format!("select * from \"{table}\""))
                .unwrap();
            let columns = select.column_count();
            let mut found = select.query([]).unwrap();
            while let Some(row) = found.next().unwrap() {
                for column in 0..columns {
                    if let ValueRef::Text(bytes) | ValueRef::Blob(bytes) =
                        row.get_ref(column).unwrap()
                    {
                        all.extend_from_slice(bytes);
                        all.push(b'\n');
                    }
                }
            }
        }
    }
    all
}

/// What the channel was told; that it was told at all is what its address is for.
fn notices(echo: &EchoFixture) -> String {
    let messages = echo.discord.messages();
    messages
        .iter()
        .map(|message| message.body.to_string() + "\n")
        .collect()
}
