//! The case files, and the list of what can be wrong: every row of it has cases, every case has a row.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// A file beside the folders of cases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowFile {
    row: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// The folder of its cases.
    id: String,
    #[expect(dead_code, reason = "for who reads the list")]
    input: String,
    #[expect(dead_code, reason = "for who reads the list")]
    result: String,
    /// How the names of its cases among `plans/invalid` begin.
    #[serde(default)]
    plans: Vec<String>,
}

/// A case, by the name of its test.
pub struct CaseFile {
    pub name: String,
    pub path: PathBuf,
}

/// The cases of every folder below `tests/refusals`, whether a row has its name or not.
pub fn refusals() -> Vec<CaseFile> {
    let folders = entries(&folder("refusals"));
    let folders = folders.into_iter().filter(|it| it.1.is_dir());
    folders
        .flat_map(|(row, path)| cases(&format!("refusals::{row}"), &path))
        .collect()
}

pub fn grants() -> Vec<CaseFile> {
    cases("granted", &folder("granted"))
}

fn cases(prefix: &str, folder: &Path) -> Vec<CaseFile> {
    let files = entries(folder).into_iter();
    let case = |(name, path): (String, PathBuf)| {
        let name = format!("{prefix}::{}", name.strip_suffix(".toml")?);
        Some(CaseFile { name, path })
    };
    files.filter_map(case).collect()
}

/// How many rows there are; fails naming those without a case.
pub fn check_rows() -> usize {
    let rows = rows();
    let names: BTreeSet<_> = rows.iter().map(|row| &row.id).collect();
    assert_eq!(names.len(), rows.len(), "two rows of one name");
    let has_case = |row: &Row| {
        let path = folder("refusals").join(&row.id);
        path.is_dir() && !cases("", &path).is_empty()
    };
    let without: Vec<_> = rows.iter().filter(|row| !has_case(row)).collect();
    let without: Vec<_> = without.iter().map(|row| &row.id).collect();
    assert!(without.is_empty(), "rows without a case: {without:?}");
    rows.len()
}

/// Fails naming what would never be run: a folder that no row names, a file that is no case.
pub fn check_files() {
    let rows = rows();
    let mut stray = Vec::new();
    let is_case = |it: &(String, PathBuf)| it.0.ends_with(".toml") && it.1.is_file();
    for (name, path) in entries(&folder("refusals")) {
        if path.is_dir() {
            if !rows.iter().any(|row| row.id == name) {
                stray.push(path.clone());
            }
            let files = entries(&path).into_iter();
            stray.extend(files.filter(|it| !is_case(it)).map(|it| it.1));
        }
    }
    let files = entries(&folder("granted")).into_iter();
    stray.extend(files.filter(|it| !is_case(it)).map(|it| it.1));
    assert!(stray.is_empty(), "of no row, or no case: {stray:#?}");
}

/// How many plans of `plans/invalid` there are. Each is of the row with the longest beginning of its
/// name.
pub fn check_plans() -> usize {
    let rows = rows();
    let mut used = BTreeSet::new();
    let mut count = 0;
    for (name, path) in entries(&folder("plans/invalid")) {
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

fn rows() -> Vec<Row> {
    let files = entries(&folder("refusals")).into_values();
    let table = |file: PathBuf| {
        let text = std::fs::read_to_string(&file).unwrap();
        let table = toml::from_str::<RowFile>(&text);
        let table = table.unwrap_or_else(|why| panic!("{}: {why}", file.display()));
        table.row
    };
    files.filter(|it| it.is_file()).flat_map(table).collect()
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests")
        .join(name)
}

fn entries(folder: &Path) -> BTreeMap<String, PathBuf> {
    let entry = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), entry.path())
    };
    let entries = std::fs::read_dir(folder).unwrap_or_else(|why| panic!("{folder:?}: {why}"));
    entries.map(entry).collect()
}
