//! Compose files as written: read within limits before any program gets them.
//!
//! Owns what is refused at sight, and which files beside them decide what the services are. What
//! they mean together is Compose's to say.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_yaml_ng::Value;

use super::COMMIT;
use super::file_view::FileView;
use super::named_files::NamedFiles;
use super::sensitive_values::SensitiveValues;
use super::variables::Variables;
use crate::bounded_file::BoundedFileError;
use deployhost_policy::Diagnostic;
use deployhost_policy::text::sanitize;
use deployhost_runtime::capability::compose::{ComposeFile, ProfileName, Project, ProjectName};
use deployhost_runtime::capability::error::{CapabilityError, OfKind};

/// Largest Compose file, and largest file beside it, in bytes.
const LARGEST: usize = 1024 * 1024;

/// Where Compose finds values of variables, beside the first file.
pub const VARIABLES: &str = ".env";

/// By path: what it holds, as a digest; None: nothing was there to read.
pub type ReadFiles = BTreeMap<PathBuf, Option<blake3::Hash>>;

/// The files of a project, read.
pub struct ComposeSources {
    services: BTreeSet<String>,
    /// Files beside the Compose files: absolute, and there.
    pub inputs: Vec<PathBuf>,
    /// What gives `${NAME}` its value, as lines of `.env` have it.
    pub variables: Vec<u8>,
    /// Values that nothing may tell.
    pub sensitive: SensitiveValues,
    /// Words of the files that may be told: keys and paths.
    pub words: BTreeSet<String>,
    /// All that was read, the Compose files included.
    pub files: ReadFiles,
    /// `DEPLOYHOST_COMMIT` may be in what they mean.
    pub show_commit: bool,
    /// Services may come from other files.
    open: bool,
}

impl ComposeSources {
    /// Reads all files of a project.
    pub fn read(project: &Project, view: &FileView) -> Result<Self, CapabilityError> {
        let (files, settings) = (&project.files, &project.settings);
        let folder = files.first().map_or(Path::new("/"), ComposeFile::folder);
        let mut sources = Self {
            services: BTreeSet::new(),
            inputs: Vec::new(),
            variables: Vec::new(),
            sensitive: SensitiveValues::default(),
            words: BTreeSet::new(),
            files: ReadFiles::new(),
            show_commit: false,
            open: false,
        };
        let env_files = variable_files(folder, &settings.env_files);
        let mut env = Vec::new();
        for path in &env_files {
            env.extend(view.read(path, LARGEST).unwrap_or_default());
            env.push(b'\n');
        }
        for variable in &settings.variables {
            env.extend(format!("{}={}\n", variable.name(), variable.value()).bytes());
        }
        let variables = Variables::read(&String::from_utf8_lossy(&env));
        let allowed = settings.read.iter().chain(&settings.env_files);
        let mut checked = NamedFiles::below(folder, view).and(allowed);
        for path in &settings.env_files {
            checked.paths.insert(path.clone());
            refuse_missing(path, view)?;
        }
        for file in files {
            let link = checked.check_link(file.path());
            link.map_err(CapabilityError::invalid)?;
            let (text, documents) = parsed(file.path(), view).map_err(CapabilityError::invalid)?;
            let allowed = checked.check(file.path(), &documents, &variables);
            allowed.map_err(CapabilityError::invalid)?;
            let digest = Some(blake3::hash(&text));
            sources.files.insert(file.path().to_owned(), digest);
            sources.show_commit |= names_commit(&text);
            for tree in &documents {
                sources.sensitive.add_values(tree);
                sources.open |= tree.get("include").is_some();
                let services = tree.get("services").and_then(Value::as_mapping);
                let names = services.into_iter().flatten().map(|(name, _)| name);
                sources
                    .services
                    .extend(names.filter_map(Value::as_str).map(str::to_owned));
            }
        }
        for path in &checked.paths {
            // One that is not there may come later; Compose says whether it had to be.
            let text = view.read(path, LARGEST).ok();
            let digest = text.as_deref().map(blake3::hash);
            sources.files.insert(path.clone(), digest);
            if let Some(text) = text {
                sources.show_commit |= names_commit(&text);
                sources
                    .sensitive
                    .add_variables(&String::from_utf8_lossy(&text));
                sources.inputs.push(path.clone());
            }
        }
        sources.variables = env;
        sources.words = checked.words;
        Ok(sources)
    }

    /// Is one of these profiles on? A service without any is always on. `named`: by the plan, instead
    /// of those that a file of variables names.
    pub fn has_profile(&self, profiles: &[String], named: &[ProfileName]) -> bool {
        let text = String::from_utf8_lossy(&self.variables);
        let on: Vec<&str> = match named {
            [] => value_of(&text, "COMPOSE_PROFILES")
                .unwrap_or_default()
                .split(',')
                .map(str::trim)
                .collect(),
            named => named.iter().map(ProfileName::as_str).collect(),
        };
        profiles.is_empty() || profiles.iter().any(|it| on.contains(&it.as_str()))
    }

    /// Do the files have this service, or may they, by way of files that they include?
    pub fn has(&self, service: &str) -> bool {
        self.open || self.services.contains(service)
    }
}

/// Where Compose reads values of variables: `named`, or the `.env` in the first file's folder.
fn variable_files(folder: &Path, named: &[PathBuf]) -> Vec<PathBuf> {
    match named {
        [] => vec![folder.join(VARIABLES)],
        named => named.to_vec(),
    }
}

/// A file of variables that the plan names is there; the `.env` beside a Compose file need not be.
fn refuse_missing(path: &Path, view: &FileView) -> Result<(), CapabilityError> {
    if view.metadata(path).is_ok_and(|it| it.is_file()) {
        return Ok(());
    }
    let message = "the file of variables is not there";
    Err(Diagnostic::new("compose.env-file-missing", message)
        .at(path)
        .help("name one that is there in `env_file`")
        .parameter("path", path.display().to_string())
        .invalid())
}

/// What the files of variables say of a variable.
fn variable_of(file: &ComposeFile, env_files: &[PathBuf], name: &str) -> Option<String> {
    let view = FileView::default();
    let files = variable_files(file.folder(), env_files);
    files.iter().rev().find_map(|path| {
        let text = view.read(path, LARGEST).unwrap_or_default();
        value_of(&String::from_utf8_lossy(&text), name).map(str::to_owned)
    })
}

/// The Compose files that `COMPOSE_FILE` names to Compose alone. The plan's own are used instead.
pub fn ignored_file_variable(file: &ComposeFile, env_files: &[PathBuf]) -> Option<String> {
    variable_of(file, env_files, "COMPOSE_FILE")
}

/// The file that Compose alone would read besides, where only the first one is typed or found.
pub fn unused_override(files: &[ComposeFile]) -> Option<PathBuf> {
    let [file] = files else { return None };
    let name = file.path().file_name()?.to_str()?;
    let stem = ["compose", "docker-compose"].into_iter().find(|stem| {
        [".yml", ".yaml"]
            .iter()
            .any(|it| name == format!("{stem}{it}"))
    })?;
    let beside = [".override.yml", ".override.yaml"];
    let mut beside = beside
        .iter()
        .map(|it| file.folder().join(format!("{stem}{it}")));
    beside.find(|it| it.is_file())
}

/// What Compose calls the project of a file that is run without `-p`: `COMPOSE_PROJECT_NAME` of
/// `env_files`, or of the `.env` beside it, its own `name:`, else its folder's. The variable of a
/// shell plays no part: a plan's meaning does not hang on who runs it.
pub fn default_project(
    file: &ComposeFile,
    env_files: &[PathBuf],
) -> Result<ProjectName, Diagnostic> {
    let (_, documents) = parsed(file.path(), &FileView::default())?;
    if let Some(name) = variable_of(file, env_files, "COMPOSE_PROJECT_NAME") {
        return ProjectName::new(&name);
    }
    // Later documents have the last word.
    let mut names = documents.iter().rev().filter_map(|tree| tree.get("name"));
    match names.find_map(Value::as_str) {
        Some(name) => ProjectName::new(name),
        None => ProjectName::of_folder(file.folder()),
    }
}

/// The last value that `.env` gives a variable, without quotes; none where it is empty.
fn value_of<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut values = text.lines().rev().filter_map(|line| {
        let rest = line.trim().strip_prefix(name)?.trim_start();
        Some(rest.strip_prefix('=')?.trim().trim_matches(['"', '\'']))
    });
    values.next().filter(|value| !value.is_empty())
}

/// A Compose file's documents, each with its merges made. Compose 2 merges them; Compose 1 refuses
/// more than one.
pub fn parsed(path: &Path, view: &FileView) -> Result<(Vec<u8>, Vec<Value>), Diagnostic> {
    let refused = |code: &'static str, message: String, help: &str| {
        Diagnostic::new(code, message)
            .at(path)
            .help(help)
            .parameter("path", path.display().to_string())
    };
    let bytes = view.read(path, LARGEST).map_err(|error| {
        let (code, message, help) = unread(&error);
        refused(code, message, help)
    })?;
    let text = std::str::from_utf8(&bytes).map_err(|_| {
        let message = "the Compose file is not UTF-8".into();
        refused("compose.file-not-utf8", message, "save it as UTF-8")
    })?;
    let mut documents = Vec::new();
    for document in serde_yaml_ng::Deserializer::from_str(text) {
        let mut tree = Value::deserialize(document).map_err(|error| {
            let message = format!(
                "the Compose file is no YAML: {}",
                sanitize(&error.to_string())
            );
            refused("compose.file-not-yaml", message, "correct it")
        })?;
        tree.apply_merge().map_err(|_| {
            let message = "a merge (`<<`) in the Compose file merges no mapping".into();
            refused("compose.file-merge", message, "correct it")
        })?;
        documents.push(tree);
    }
    if documents.is_empty() || !documents.iter().all(Value::is_mapping) {
        let message = "this is no Compose file".into();
        let help = "name one, with `services` in it";
        return Err(refused("compose.file-without-services", message, help));
    }
    Ok((bytes, documents))
}

/// Code, what is wrong, and what to do.
fn unread(error: &BoundedFileError) -> (&'static str, String, &'static str) {
    match error {
        BoundedFileError::Symlink | BoundedFileError::NotAFile => (
            "compose.file-not-a-file",
            "this is no file".into(),
            "name one",
        ),
        BoundedFileError::TooLarge { .. } => (
            "compose.file-too-large",
            "the file is over 1 MiB".into(),
            "name another: a Compose file is a few kilobytes",
        ),
        BoundedFileError::Io(error) => match error.kind() {
            io::ErrorKind::NotFound => (
                "compose.file-missing",
                "there is no such file".into(),
                "name one that is there",
            ),
            io::ErrorKind::PermissionDenied => (
                "compose.file-unreadable",
                "this user may not read the file".into(),
                "let it",
            ),
            _ => (
                "compose.file-unreadable",
                format!("the file cannot be read ({error})"),
                "see to it",
            ),
        },
    }
}

fn names_commit(text: &[u8]) -> bool {
    let name = COMMIT.as_bytes();
    text.windows(name.len()).any(|window| window == name)
}

#[cfg(test)]
mod tests;
