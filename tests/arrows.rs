//! The arrows of the house, as far as no compiler keeps them: what a crate may depend on, where a
//! word may stand, and what belongs together. Reads manifests and sources as text; `host/README.md`
//! has the drawing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crates of the program, and which of each other they may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("policy", &[]),
    ("engine", &["policy"]),
    ("plan", &["policy"]),
    ("runtime", &["policy"]),
    ("adapters", &["policy", "runtime"]),
];

/// Crates that hold rules, and what none of them may depend on, however far down.
const LIGHT: &[&str] = &["policy", "plan", "engine"];
const HEAVY: &[&str] = &["wasmtime", "tokio", "rusqlite", "bollard", "reqwest"];

/// A path as code names it, in which of the sources it is looked for, and where it may stand there.
const PATHS: &[(&str, &str, &[&str])] = &[
    (
        "deployhost_adapters",
        "host/src/",
        &["host/src/environment/"],
    ),
    ("clap", "host/", &["host/src/main.rs", "host/src/command/"]),
    ("bollard", "host/", &["host/adapters/src/docker/"]),
    (
        "reqwest",
        "host/",
        &["host/adapters/src/http.rs", "host/adapters/src/http/"],
    ),
    (
        "rusqlite",
        "host/",
        &["host/adapters/src/journal.rs", "host/adapters/src/journal/"],
    ),
    (
        "cap_std",
        "host/",
        &[
            "host/adapters/src/state.rs",
            "host/adapters/src/state/",
            "host/adapters/src/store.rs",
        ],
    ),
];

/// The same for a word that is no path.
const WORDS: &[(&str, &[&str])] = &[
    ("println!", &["host/src/command/"]),
    ("print!", &["host/src/command/"]),
    ("eprintln!", &["host/src/command/"]),
    ("eprint!", &["host/src/command/"]),
    ("unsafe {", &["host/runtime/src/sandbox/cache.rs"]),
];

/// What carries out, records and tells a run, and what it must not know.
const INNER: &[&str] = &[
    "host/src/executor",
    "host/src/event_log",
    "host/src/notify/",
];
const ABOVE: &[&str] = &[
    "deployhost_adapters",
    "deployhost_plan",
    "crate::command",
    "crate::environment",
];

/// What the adapters may know of the runtime: what is asked of them, and what keeps secrets out.
const PORTS: &[&str] = &["capability", "redaction_scope"];

/// Longest source file, tests aside, and longest `main.rs`.
const LINES: usize = 400;
const MAIN: usize = 40;

/// What no file is called, since it says nothing of what is in it.
const NO_NOUNS: &[&str] = &[
    "util", "utils", "common", "helper", "helpers", "manager", "managers",
];

/// Interfaces that plugins export, or that hold types for others.
const NO_CAPABILITY: &[&str] = &["run", "step", "notifier"];
/// Modules beside the capabilities that all of them share.
const NO_INTERFACE: &[&str] = &["mod", "call", "error", "run", "grant", "observations"];
/// Capabilities that every plugin has, without a feature.
const ALWAYS: &[&str] = &["log", "progress", "clock"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// What a rule has found; nothing is what it should find.
struct Findings(&'static str, Vec<String>);

impl Findings {
    fn rule(rule: &'static str) -> Self {
        Self(rule, Vec::new())
    }

    fn at(&mut self, file: &str, what: impl std::fmt::Display) {
        self.1.push(format!("  {file}: {what}"));
    }

    fn none(self) {
        assert!(self.1.is_empty(), "{}:\n{}", self.0, self.1.join("\n"));
    }
}

struct Source {
    /// From the root of the repository.
    file: String,
    /// As written.
    text: String,
    /// Without comments, and without what is there for tests only.
    code: String,
}

/// Every Rust file of the `src` folders below a folder, those that hold only tests left out.
fn sources(folder: &str) -> Vec<Source> {
    let sources = all_sources(folder);
    let tests: BTreeSet<String> = sources.iter().flat_map(test_modules).collect();
    let found: Vec<Source> = sources
        .into_iter()
        .filter(|source| !tests.iter().any(|test| is_in(&source.file, test)))
        .collect();
    assert!(!found.is_empty(), "no sources below {folder}");
    found
}

/// Whether a file is a module's, given as a path without `.rs`, or one below it.
fn is_in(file: &str, module: &str) -> bool {
    file.strip_prefix(module)
        .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

fn all_sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap_or_else(|e| panic!("{}: {e}", next.display())) {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap();
            let aside = ["/tests", "/target", "/tests.rs", "/cases.rs"];
            if aside.iter().any(|aside| name.ends_with(aside)) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".rs") && name.contains("/src/") {
                let text = fs::read_to_string(&path).unwrap();
                let code = without_tests(&text);
                let file = name.to_owned();
                found.push(Source { file, text, code });
            }
        }
    }
    found.sort_by(|one, other| one.file.cmp(&other.file));
    found
}

/// The modules that a file declares for tests only, as paths without `.rs`.
fn test_modules(source: &Source) -> Vec<String> {
    let stem = source.file.trim_end_matches(".rs");
    let folder = ["/mod", "/lib", "/main"]
        .iter()
        .find_map(|end| stem.strip_suffix(end))
        .unwrap_or(stem);
    for_tests(&source.text)
        .filter_map(|item| item.strip_prefix("mod ")?.strip_suffix(';'))
        .map(|module| format!("{folder}/{module}"))
        .collect()
}

/// First lines of the items that are there for tests only.
fn for_tests(text: &str) -> impl Iterator<Item = &str> {
    text.split("#[cfg(test)]\n").skip(1).filter_map(|after| {
        let mut lines = after.lines().map(str::trim);
        lines.find(|line| !line.starts_with("#["))
    })
}

/// Code without comments and without items for tests. Relies on rustfmt: an item ends with the first
/// line that is indented as its first one is and ends as items end.
fn without_tests(text: &str) -> String {
    let mut code = Vec::new();
    let mut aside: Option<usize> = None;
    for line in text.lines() {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        if bare.starts_with("//") {
            continue;
        }
        if bare == "#[cfg(test)]" {
            aside = Some(indent);
        } else if let Some(outer) = aside {
            let ends = [";", "}", ","].iter().any(|end| bare.ends_with(end));
            if indent == outer && ends && !bare.starts_with("#[") {
                aside = None;
            }
        } else {
            code.push(line.split(" // ").next().unwrap_or_default());
        }
    }
    code.join("\n")
}

/// Places of a word that is not the end of a longer one.
fn places<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let named = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| !code[..*at].ends_with(named))
}

/// Every path in the code that begins with this crate, without the crate: `a::b` and `a::c` for
/// `use krate::a::{b, c};`.
fn paths(code: &str, krate: &str) -> Vec<String> {
    let mut found = Vec::new();
    let start = format!("{krate}::");
    for at in places(code, &start) {
        // `module::krate::…` is another path.
        if !code[..at].trim_end_matches("r#").ends_with("::") {
            tree("", &code[at + start.len()..], &mut found);
        }
    }
    found
}

/// One branch of a `use` tree, with the path that leads to it.
fn tree(before: &str, rest: &str, found: &mut Vec<String>) {
    let rest = rest.trim_start();
    let Some(group) = rest.strip_prefix('{') else {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
        let path = format!("{before}{name}");
        match after.strip_prefix("::") {
            Some(after) => tree(&format!("{path}::"), after, found),
            None => found.push(path),
        }
        return;
    };
    let (mut depth, mut start) = (0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                if !group[start..at].trim().is_empty() {
                    tree(before, &group[start..at], found);
                }
                start = at + 1;
                if c == '}' {
                    return;
                }
            }
            _ => {}
        }
    }
}

/// Whether code names a crate, or a path of one such as `std::fs`.
fn knows(code: &str, path: &str) -> bool {
    let Some((krate, inner)) = path.split_once("::") else {
        let whole = [";", " as "].iter().any(|end| {
            let import = format!("use {path}{end}");
            code.contains(&import)
        });
        return whole || !paths(code, path).is_empty();
    };
    paths(code, krate)
        .iter()
        .any(|found| found == inner || found.starts_with(&format!("{inner}::")))
}

fn stands_in(file: &str, places: &[&str]) -> bool {
    places.iter().any(|place| match place.ends_with('/') {
        true => file.starts_with(place),
        false => file == *place,
    })
}

/// The keys of a section of a manifest.
fn keys(manifest: &str, section: &str) -> Vec<String> {
    let text = text(manifest);
    let (_, after) = text
        .split_once(&format!("\n[{section}]\n"))
        .unwrap_or_else(|| panic!("{manifest}: no [{section}]"));
    let section = after.split("\n[").next().unwrap_or_default();
    section
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn crates_depend_on_what_lies_further_in() {
    let mut findings =
        Findings::rule("a crate of the program depends only on what lies further in");
    for (krate, inner) in ARROWS {
        let manifest = format!("host/{krate}/Cargo.toml");
        for key in keys(&manifest, "dependencies") {
            let ours = key.strip_prefix("deployhost-").unwrap_or(&key);
            let other = ARROWS.iter().any(|(other, _)| *other == ours);
            if (other || key.starts_with("deployhost")) && !inner.contains(&ours) {
                findings.at(&manifest, format!("depends on {key}"));
            }
        }
    }
    findings.none();
}

#[test]
fn the_engine_depends_on_serde_and_the_rules() {
    let mut findings = Findings::rule("the engine depends on serde and deployhost-policy alone");
    let manifest = "host/engine/Cargo.toml";
    for key in keys(manifest, "dependencies") {
        if !["serde", "deployhost-policy"].contains(&key.as_str()) {
            findings.at(manifest, format!("depends on {key}"));
        }
    }
    findings.none();
}

#[test]
fn rules_depend_on_nothing_heavy_however_far_down() {
    let mut findings = Findings::rule("crates of rules depend on no runtime, client or database");
    for krate in LIGHT {
        let package = format!("deployhost-{krate}");
        let tree = Command::new(env!("CARGO"))
            .args(["tree", "-e", "normal", "--offline", "--locked"])
            .args(["--prefix", "none", "--format", "{p}", "-p", &package])
            .current_dir(root())
            .output()
            .unwrap();
        let (out, errors) = (
            String::from_utf8_lossy(&tree.stdout),
            String::from_utf8_lossy(&tree.stderr),
        );
        assert!(tree.status.success(), "cargo tree -p {package}: {errors}");
        assert!(out.starts_with(&package), "cargo tree -p {package}: {out}");
        let names: BTreeSet<&str> = out
            .lines()
            .filter_map(|line| line.split(' ').next())
            .collect();
        for heavy in HEAVY.iter().filter(|heavy| names.contains(**heavy)) {
            findings.at(
                &format!("host/{krate}/Cargo.toml"),
                format!("leads to {heavy}"),
            );
        }
    }
    findings.none();
}

#[test]
fn each_path_is_known_in_one_place() {
    let mut findings = Findings::rule("a crate or part is named only where it belongs");
    for Source { file, code, .. } in sources("host") {
        for (path, where_looked, places) in PATHS {
            let asked = file.starts_with(where_looked) && !stands_in(&file, places);
            if asked && knows(&code, path) {
                findings.at(
                    &file,
                    format!("knows {path}, which belongs to {}", places.join(", ")),
                );
            }
        }
    }
    findings.none();
}

#[test]
fn each_word_stands_in_one_place() {
    let mut findings = Findings::rule("a word stands only where it belongs");
    for Source { file, code, .. } in sources("host") {
        for (word, allowed) in WORDS {
            if !stands_in(&file, allowed) && places(&code, word).next().is_some() {
                findings.at(
                    &file,
                    format!("has `{word}`, which belongs to {}", allowed.join(", ")),
                );
            }
        }
    }
    findings.none();
}

#[test]
fn adapters_know_only_the_ports_of_the_runtime() {
    let mut findings =
        Findings::rule("an adapter knows of the runtime what it implements, no more");
    for Source { file, code, .. } in sources("host/adapters") {
        for path in paths(&code, "deployhost_runtime") {
            let part = path.split("::").next().unwrap_or_default();
            if !PORTS.contains(&part) {
                findings.at(&file, format!("knows deployhost_runtime::{path}"));
            }
        }
    }
    findings.none();
}

#[test]
fn what_runs_a_plan_knows_neither_its_file_nor_the_world() {
    let mut findings =
        Findings::rule("what carries out, records and tells a run knows nothing above it");
    for Source { file, code, .. } in sources("host/src") {
        let inner = INNER.iter().any(|part| file.starts_with(part));
        for stranger in ABOVE.iter().filter(|path| inner && knows(&code, path)) {
            findings.at(&file, format!("knows {stranger}"));
        }
    }
    findings.none();
}

#[test]
fn engine_and_policy_are_pure() {
    let mut findings =
        Findings::rule("the engine and the rules are pure: no input, output, clock, thread");
    let addresses = [
        "IpAddr",
        "Ipv4Addr",
        "Ipv6Addr",
        "SocketAddr",
        "SocketAddrV4",
        "SocketAddrV6",
    ];
    for folder in ["host/engine", "host/policy"] {
        for Source { file, code, .. } in sources(folder) {
            for path in ["std::fs", "std::process", "std::thread", "tokio"] {
                if knows(&code, path) {
                    findings.at(&file, format!("knows {path}"));
                }
            }
            for word in ["Instant", "SystemTime", "async ", "async_trait"] {
                if places(&code, word).next().is_some() {
                    findings.at(&file, format!("has {word}"));
                }
            }
            for path in paths(&code, "std") {
                let Some(inner) = path.strip_prefix("net") else {
                    continue;
                };
                let mut names = inner.split("::").filter(|name| !name.is_empty());
                let address = names.next().is_some_and(|name| addresses.contains(&name));
                if !(address && folder == "host/policy") {
                    findings.at(&file, format!("knows std::{path}"));
                }
            }
        }
    }
    findings.none();
}

#[test]
fn tests_stand_in_files_of_their_own() {
    let mut findings = Findings::rule("tests stand in a file of their own: `mod tests;`");
    for folder in ["host", "plugins", "examples"] {
        for Source { file, text, .. } in sources(folder) {
            let inline = text
                .lines()
                .map(str::trim)
                .chain(for_tests(&text))
                .filter(|line| line.starts_with("mod ") && line.ends_with('{'))
                .find(|line| {
                    line.starts_with("mod tests") || for_tests(&text).any(|it| it == *line)
                });
            if let Some(line) = inline {
                findings.at(&file, format!("has `{line}`"));
            }
        }
    }
    findings.none();
}

#[test]
fn a_file_is_one_noun() {
    let mut findings = Findings::rule("a file is one noun, of 400 lines of code at most");
    for folder in ["host", "plugins", "examples"] {
        for Source { file, code, .. } in sources(folder) {
            let lines = code.lines().count();
            if lines > LINES {
                findings.at(&file, format!("has {lines} lines of code"));
            }
            let mut nouns = file.trim_end_matches(".rs").split('/');
            if let Some(noun) = nouns.find(|noun| NO_NOUNS.contains(noun)) {
                findings.at(&file, format!("what noun is {noun}?"));
            }
        }
    }
    let main = "host/src/main.rs";
    let lines = text(main).lines().count();
    if lines >= MAIN {
        findings.at(
            main,
            format!("only starts the program, and has {lines} lines"),
        );
    }
    findings.none();
}

/// The names of the files and folders of a folder, without what follows the dot.
fn stems(folder: &str) -> BTreeSet<String> {
    fs::read_dir(root().join(folder))
        .unwrap_or_else(|error| panic!("{folder}: {error}"))
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

/// The interfaces in `wit/` that plugins may ask for.
fn interfaces() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for stem in stems("wit") {
        let file = format!("wit/{stem}.wit");
        for line in text(&file).lines() {
            let Some(name) = line.strip_prefix("interface ") else {
                continue;
            };
            let name = name.trim_end_matches(['{', ' ']).to_owned();
            assert_eq!(name, stem, "{file}: an interface is called as its file is");
            found.insert(name);
        }
    }
    found.retain(|name| !NO_CAPABILITY.contains(&name.as_str()));
    assert!(found.len() > ALWAYS.len(), "no interfaces in wit/");
    found
}

/// What a world of `wit/world.wit` imports, with what it includes.
fn imports(world: &str) -> BTreeSet<String> {
    let text = text("wit/world.wit");
    let (_, body) = text
        .split_once(&format!("\nworld {world} {{"))
        .unwrap_or_else(|| panic!("wit/world.wit: no world {world}"));
    let mut found = BTreeSet::new();
    for line in body.split("\n}").next().unwrap_or_default().lines() {
        let line = line.trim().trim_end_matches(';');
        if let Some(name) = line.strip_prefix("import ") {
            found.insert(name.to_owned());
        } else if let Some(other) = line.strip_prefix("include ") {
            found.extend(imports(other));
        }
    }
    found
}

/// The SDK checks `x-grant` while a plugin is written, the host when it is loaded.
#[test]
fn the_sdk_and_the_host_know_the_same_grant_words() {
    let sdk = BTreeSet::from(deployhost_plugin::schema::GRANTS);
    let host = BTreeSet::from_iter(deployhost_runtime::capabilities::markers());
    assert_eq!(
        sdk, host,
        "plugins/sdk/src/schema.rs against the MARKERS of capabilities"
    );
}

#[test]
fn every_interface_is_offered_and_can_be_asked_for() {
    let mut findings =
        Findings::rule("an interface of wit/ is a capability, in the SDK and in a world");
    let interfaces = interfaces();
    let capabilities = stems("host/runtime/src/capability");
    let (sdk, features) = (
        stems("plugins/sdk/src"),
        keys("plugins/sdk/Cargo.toml", "features"),
    );
    let imported = imports("step-all");
    for name in &interfaces {
        let file = format!("wit/{name}.wit");
        if !capabilities.contains(name) {
            findings.at(
                &file,
                format!("no module {name} in host/runtime/src/capability/"),
            );
        }
        if !sdk.contains(name) {
            findings.at(&file, format!("no module {name} in plugins/sdk/src/"));
        }
        let always = ALWAYS.contains(&name.as_str());
        if !always && !features.contains(name) {
            findings.at(
                &file,
                format!("no feature {name} in plugins/sdk/Cargo.toml"),
            );
        }
        if !imported.contains(name) {
            findings.at(&file, "world step-all in wit/world.wit does not import it");
        }
    }
    for name in &capabilities {
        if !NO_INTERFACE.contains(&name.as_str()) && !interfaces.contains(name) {
            let file = format!("host/runtime/src/capability/{name}");
            findings.at(&file, "no interface of this name in wit/");
        }
    }
    findings.none();
}
