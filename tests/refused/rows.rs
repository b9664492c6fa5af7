//! The list of what can be wrong, and what it gets. Every row of it has cases; every case has a row.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// A file beside the folders of cases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    row: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The folder of its cases.
    pub id: String,
    #[expect(dead_code, reason = "for who reads the list")]
    input: String,
    #[expect(dead_code, reason = "for who reads the list")]
    result: String,
    /// How the names of its cases among `plans/invalid` begin.
    #[serde(default)]
    plans: Vec<String>,
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/refusals")
}

pub fn all() -> Vec<Row> {
    let mut rows = Vec::new();
    for (_, file) in entries(&folder()).into_iter().filter(|it| it.1.is_file()) {
        let text = std::fs::read_to_string(&file).unwrap();
        let table = toml::from_str::<Table>(&text);
        rows.extend(
            table
                .unwrap_or_else(|why| panic!("{}: {why}", file.display()))
                .row,
        );
    }
    let names: BTreeSet<_> = rows.iter().map(|row| &row.id).collect();
    assert_eq!(names.len(), rows.len(), "two rows of one name");
    rows
}

/// The case files of each row; whatever else lies beside them would never be run.
pub fn cases(rows: &[Row]) -> BTreeMap<String, Vec<PathBuf>> {
    let ids = rows.iter().map(|row| (row.id.clone(), Vec::new()));
    let mut cases: BTreeMap<String, Vec<PathBuf>> = ids.collect();
    for (name, path) in entries(&folder()).into_iter().filter(|it| it.1.is_dir()) {
        let row = cases.get_mut(&name);
        let row = row.unwrap_or_else(|| panic!("{}: no row has that name", path.display()));
        for (name, file) in entries(&path) {
            assert!(name.ends_with(".toml"), "{}: no case", file.display());
            row.push(file);
        }
    }
    cases
}

/// How many plans of `plans/invalid` there are. Each is of the row with the longest beginning of its
/// name.
pub fn plans(rows: &[Row]) -> usize {
    let mut used = BTreeSet::new();
    let mut count = 0;
    for (name, path) in entries(&folder().join("../plans/invalid")) {
        let Some(name) = name.strip_suffix(".toml") else {
            continue;
        };
        let beginnings = rows.iter().flat_map(|row| &row.plans);
        let longest = beginnings
            .filter(|it| name.starts_with(*it))
            .max_by_key(|it| it.len());
        let longest = longest.unwrap_or_else(|| panic!("{}: of no row", path.display()));
        used.insert(longest);
        count += 1;
    }
    let written: Vec<_> = rows.iter().flat_map(|row| &row.plans).collect();
    let unused: Vec<_> = written.iter().filter(|it| !used.contains(**it)).collect();
    assert!(unused.is_empty(), "no plan begins with: {unused:?}");
    assert_eq!(written.len(), used.len(), "a beginning is in two rows");
    count
}

fn entries(folder: &Path) -> BTreeMap<String, PathBuf> {
    let entry = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), entry.path())
    };
    let entries = std::fs::read_dir(folder).unwrap_or_else(|why| panic!("{folder:?}: {why}"));
    entries.map(entry).collect()
}
