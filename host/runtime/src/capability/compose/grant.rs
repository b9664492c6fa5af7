//! Which files and services an entry of the plan may use.

use std::fmt;
use std::path::{Path, PathBuf};

use deployhost_policy::Diagnostic;
use deployhost_policy::config_fault::ConfigFault;

use super::super::grant::{GrantScope, GrantTable, Marked, fault, named_twice};
use super::{ComposeFile, GuestProject, ProjectName, ServiceName};

/// One set of Compose files, taken together as `-f A -f B` does, and services of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposeGrant {
    /// In Compose's order of precedence; at least one.
    pub files: Vec<ComposeFile>,
    pub project: ProjectName,
    /// None: every service of the files.
    pub services: Option<Vec<ServiceName>>,
}

pub(super) const KEYS: &[&str] = &["files", "project", "services"];
pub(super) const MARKERS: &[&str] = &["compose-file", "compose-project", "compose-service"];

impl ComposeGrant {
    /// As written under `grant.compose`.
    pub(super) fn read(
        table: &GrantTable<'_>,
        scope: &GrantScope<'_>,
    ) -> Result<Self, ConfigFault> {
        let paths: Vec<PathBuf> = table
            .parsed("files", scope.path)?
            .ok_or_else(|| table.missing("files", "[\"docker-compose.yml\"]"))?;
        let named = table.text("project")?;
        let named = named.map(|text| text.parse(ProjectName::new)).transpose()?;
        let services = table.parsed("services", ServiceName::new)?;
        let under = |why| fault(&table.pointer("files"), why);
        let project = match named {
            Some(project) => project,
            None => (scope.project)(&paths).map_err(under)?,
        };
        Ok(Self {
            files: compose_files(&paths).map_err(under)?,
            project,
            services,
        })
    }

    /// Does a guest ask for just this? Another order or a part of the files is another project.
    pub(super) fn holds(&self, asked: &GuestProject) -> bool {
        let files = self.files.iter().map(ComposeFile::path);
        let name = asked.name.is_empty() || asked.name == self.project.as_str();
        !self.files.is_empty() && name && files.eq(asked.files.iter().map(Path::new))
    }
}

/// As `check` prints it.
impl fmt::Display for ComposeGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = scope_of(self.services.as_deref(), &self.project);
        write!(f, "pull, build and up {scope}")
    }
}

/// What a config's values say of one project: what both Compose and its containers are granted by.
pub struct MarkedProject {
    pub files: Vec<ComposeFile>,
    pub project: ProjectName,
    pub services: Option<Vec<ServiceName>>,
}

impl MarkedProject {
    /// None: the config names no project.
    pub fn read(marked: &[Marked], scope: &GrantScope<'_>) -> Result<Option<Self>, ConfigFault> {
        let texts = |word| marked.iter().filter(move |it| it.marker == word);
        let under = |at: &Marked| {
            let pointer = at.pointer.clone();
            move |why: Diagnostic| ConfigFault::at_value(pointer, why)
        };
        let mut paths = Vec::new();
        for file in texts("compose-file") {
            paths.push((scope.path)(&file.text).map_err(under(file))?);
        }
        let mut services = Vec::new();
        for service in texts("compose-service") {
            services.push(ServiceName::new(&service.text).map_err(under(service))?);
        }
        let mut projects = texts("compose-project");
        let (project, second) = (projects.next(), projects.next());
        if let Some(second) = second {
            return Err(named_twice("project", second));
        }
        let project = match (project, texts("compose-file").next()) {
            (Some(project), _) => ProjectName::new(&project.text).map_err(under(project))?,
            (None, Some(file)) => (scope.project)(&paths).map_err(under(file))?,
            (None, None) => {
                return texts("compose-service").next().map_or(Ok(None), |service| {
                    let message = "there is no project that this could be of";
                    let why = Diagnostic::new("grant.no-project", message);
                    Err(under(service)(why.help("name the Compose file too")))
                });
            }
        };
        let files = match texts("compose-file").next() {
            Some(file) => compose_files(&paths).map_err(under(file))?,
            None => Vec::new(),
        };
        Ok(Some(Self {
            files,
            project,
            services: (!services.is_empty()).then_some(services),
        }))
    }
}

/// "web, worker of project shop"
pub fn scope_of(services: Option<&[ServiceName]>, project: &ProjectName) -> String {
    let services = match services {
        None => "every service".to_owned(),
        Some(names) => {
            let names: Vec<&str> = names.iter().map(ServiceName::as_str).collect();
            names.join(", ")
        }
    };
    format!("{services} of project {project}")
}

fn compose_files(paths: &[PathBuf]) -> Result<Vec<ComposeFile>, Diagnostic> {
    let files = paths
        .iter()
        .map(|path| ComposeFile::new(&path.to_string_lossy()));
    files.collect()
}
