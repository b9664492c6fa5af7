//! The files that a Compose file has Compose open while it renders: found, and refused where they lie
//! outside of what the plan means, before Compose is started.
//!
//! Whoever pushes writes these paths, and Compose quotes what it cannot read: a path to a file of the
//! machine would have its lines told. What a container mounts (`configs`, `secrets`, `volumes`) is
//! not opened by Compose and not this module's.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_yaml_ng::Value;

use super::file_view::FileView;
use super::sources::{VARIABLES, parsed};
use super::variables::Variables;
use deployhost_policy::Diagnostic;
use deployhost_policy::lexical_path::lexical_path;

/// Most files that one project is made of.
const MOST: usize = 64;

/// What all Compose files together name.
pub struct NamedFiles<'v> {
    view: &'v FileView,
    folders: Vec<PathBuf>,
    /// Compose's working folder for the project.
    project: PathBuf,
    /// Compose files that were followed.
    read: BTreeSet<PathBuf>,
    /// All that was named and may be read, there or not: absolute.
    pub paths: BTreeSet<PathBuf>,
    /// Words of the files themselves: keys, and paths as they are written.
    pub words: BTreeSet<String>,
}

/// A path, as a file has it.
struct NamedFile {
    kind: Kind,
    written: String,
    /// Where an `include` says that its own paths begin.
    project: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Read for its own sake.
    Plain,
    /// A Compose file, which names more.
    Compose,
}

impl<'v> NamedFiles<'v> {
    /// `folder` is the first Compose file's. What may be read is what lies there or in the work tree
    /// around it.
    pub fn below(folder: &Path, view: &'v FileView) -> Self {
        let real = view.resolve(folder);
        let tree = real.ancestors().find(|it| it.join(".git").exists());
        let mut folders: Vec<PathBuf> = tree.map(Path::to_owned).into_iter().collect();
        folders.push(real);
        Self {
            view,
            folders,
            project: folder.to_owned(),
            read: BTreeSet::new(),
            paths: BTreeSet::new(),
            words: BTreeSet::new(),
        }
    }

    /// What may be read elsewhere, too.
    pub fn and<'p>(mut self, more: impl Iterator<Item = &'p PathBuf>) -> Self {
        self.folders
            .extend(more.map(|path| self.view.resolve(path)));
        self
    }

    /// Refuses a Compose file of the plan that is a link out of the work tree.
    pub fn check_link(&mut self, file: &Path) -> Result<(), Diagnostic> {
        let folder = self.view.resolve(file.parent().unwrap_or(Path::new("/")));
        let own = file.file_name().map(|name| folder.join(name));
        match self.view.canonicalize(file) {
            Ok(real) if own.as_ref() != Some(&real) => {
                self.refuse_outside(file, file, &file.display().to_string())
            }
            _ => Ok(()),
        }
    }

    /// Checks `.env` and all that a Compose file names, and what those name.
    pub fn check(
        &mut self,
        file: &Path,
        documents: &[Value],
        variables: &Variables,
    ) -> Result<(), Diagnostic> {
        let project = self.project.clone();
        self.check_documents(file, file, documents, &project, variables)
    }

    /// `by` is the file to blame for where the project is.
    fn check_documents(
        &mut self,
        by: &Path,
        file: &Path,
        documents: &[Value],
        project: &Path,
        variables: &Variables,
    ) -> Result<(), Diagnostic> {
        self.refuse_outside(by, &project.join(VARIABLES), VARIABLES)?;
        documents
            .iter()
            .try_for_each(|tree| self.check_tree(file, tree, project, variables))
    }

    fn check_tree(
        &mut self,
        file: &Path,
        tree: &Value,
        project: &Path,
        variables: &Variables,
    ) -> Result<(), Diagnostic> {
        self.collect_words(tree);
        let own = file.parent().unwrap_or(Path::new("/")).to_owned();
        let real = self.view.canonicalize(file).ok();
        let real = real.and_then(|it| it.parent().map(Path::to_owned));
        for named in named(tree) {
            self.words.insert(named.written.clone());
            let path = variables.filled(&named.written).ok_or_else(|| {
                let message = "a variable in the name of a file that Compose reads has no plain value in `.env`";
                refusal("compose.path-variable", message, file, &named.written)
                    .help("write the path in full")
            })?;
            if named.kind == Kind::Compose && is_remote(&path) {
                let message = "a Compose file from elsewhere is not fetched";
                return Err(
                    refusal("compose.remote-file", message, file, &named.written)
                        .help("keep a copy of it in the work tree"),
                );
            }
            let inner = named.project.as_ref().and_then(|it| variables.filled(it));
            // Which folder a path begins in differs by key and by Compose: it is checked in each.
            let mut bases = vec![own.clone(), project.to_owned()];
            bases.extend(real.iter().filter(|it| **it != own).cloned());
            bases.extend(inner.iter().map(|it| project.join(it)));
            for base in bases {
                let candidate = base.join(&path);
                self.refuse_outside(file, &candidate, &named.written)?;
                if named.kind == Kind::Compose {
                    let inner = inner.as_ref().map(|it| project.join(it));
                    self.follow(file, &candidate, inner, variables)?;
                }
            }
        }
        Ok(())
    }

    fn follow(
        &mut self,
        by: &Path,
        file: &Path,
        project: Option<PathBuf>,
        variables: &Variables,
    ) -> Result<(), Diagnostic> {
        let Ok(real) = self.view.canonicalize(file) else {
            // Compose says that it is missing.
            return Ok(());
        };
        if !self.read.insert(real.clone()) {
            return Ok(());
        }
        if self.read.len() > MOST {
            let message = format!("the project is made of more than {MOST} files");
            return Err(Diagnostic::new("compose.too-many-files", message)
                .at(by)
                .help("put some of them together"));
        }
        let (_, documents) = parsed(&real, self.view)?;
        let folder = file.parent().unwrap_or(Path::new("/"));
        let project = project.unwrap_or_else(|| folder.to_owned());
        self.check_documents(by, file, &documents, &project, variables)
    }

    /// Refuses a path that leads to something outside. One that leads nowhere is Compose's to miss.
    fn refuse_outside(&mut self, by: &Path, path: &Path, written: &str) -> Result<(), Diagnostic> {
        self.paths.insert(lexical_path(path));
        let Ok(real) = self.view.canonicalize(path) else {
            return Ok(());
        };
        // What a link leads to changes without the link.
        self.paths.insert(real.clone());
        if self.folders.iter().any(|folder| real.starts_with(folder)) {
            return Ok(());
        }
        let message = "a file that Compose reads lies outside of the work tree";
        Err(refusal("compose.file-outside", message, by, written)
            .help("keep it in the work tree or beside the Compose file, or name it in the plan: read = [\"…\"]"))
    }

    fn collect_words(&mut self, tree: &Value) {
        match tree {
            Value::Mapping(map) => {
                for (key, value) in map {
                    self.words.extend(key.as_str().map(str::to_owned));
                    self.collect_words(value);
                }
            }
            Value::Sequence(list) => list.iter().for_each(|it| self.collect_words(it)),
            Value::Tagged(it) => self.collect_words(&it.value),
            _ => {}
        }
    }
}

fn refusal(code: &'static str, message: &str, file: &Path, written: &str) -> Diagnostic {
    Diagnostic::new(code, format!("{message}: {}", written.escape_debug()))
        .at(file)
        .parameter("path", file.display().to_string())
        .parameter("named", written)
}

/// By every form that some Compose takes for a repository or a registry.
fn is_remote(path: &str) -> bool {
    let name = path.split('#').next().unwrap_or_default();
    path.contains("://")
        || path.starts_with("git@")
        || path.starts_with("github.com/")
        || path.starts_with("oci:")
        || name.ends_with(".git")
}

fn named(tree: &Value) -> Vec<NamedFile> {
    let mut found = Vec::new();
    let mut add = |kind, value: Option<&Value>, project: Option<&str>| {
        found.extend(paths(value).into_iter().map(|written| NamedFile {
            kind,
            written,
            project: project.map(str::to_owned),
        }));
    };
    let includes = untagged(tree.get("include")).and_then(Value::as_sequence);
    for include in includes.into_iter().flatten() {
        let include = untagged(Some(include)).unwrap_or(include);
        let key = |name| untagged(include.get(name));
        let project = key("project_directory").and_then(Value::as_str);
        match include.as_str() {
            Some(_) => add(Kind::Compose, Some(include), None),
            None => add(Kind::Compose, key("path"), project),
        }
        add(Kind::Plain, key("env_file"), project);
    }
    let services = untagged(tree.get("services")).and_then(Value::as_mapping);
    for service in services.into_iter().flatten().map(|(_, service)| service) {
        let key = |name| untagged(untagged(Some(service))?.get(name));
        add(
            Kind::Compose,
            key("extends").and_then(|it| it.get("file")),
            None,
        );
        add(Kind::Plain, key("env_file"), None);
        add(Kind::Plain, key("label_file"), None);
    }
    found
}

/// `a.env`, `[a.env, b.env]`, `[{ path: a.env }]`.
fn paths(value: Option<&Value>) -> Vec<String> {
    match untagged(value) {
        Some(Value::String(path)) => vec![path.clone()],
        Some(Value::Sequence(list)) => list.iter().flat_map(|it| paths(Some(it))).collect(),
        Some(value) => value
            .get("path")
            .map_or_else(Vec::new, |path| paths(Some(path))),
        None => Vec::new(),
    }
}

/// Compose's own tags (`!override`) change how files are put together, not what they name.
fn untagged(value: Option<&Value>) -> Option<&Value> {
    match value? {
        Value::Tagged(it) => untagged(Some(&it.value)),
        value => Some(value),
    }
}

#[cfg(test)]
mod tests;
