//! Which files and services an entry of the plan may use.

use std::fmt;
use std::path::{Path, PathBuf};

use deployhost_policy::Diagnostic;
use deployhost_policy::config_fault::ConfigFault;
use deployhost_policy::display::display_path;

use super::super::grant::{GrantScope, GrantTable, Marked, fault, named_twice};
use super::{
    ComposeFile, ComposeVariable, ContainerName, GuestProject, ProfileName, Project, ProjectName,
    ProjectSettings, ServiceName,
};

/// One set of Compose files, taken together as `-f A -f B` does, and services of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposeGrant {
    /// In Compose's order of precedence; at least one.
    pub files: Vec<ComposeFile>,
    pub project: ProjectName,
    /// None: every service of the files.
    pub services: Option<Vec<ServiceName>>,
    pub settings: ProjectSettings,
}

pub(super) const KEYS: &[&str] = &[
    "files",
    "project",
    "services",
    "env_files",
    "env",
    "profiles",
    "take_over",
    "read",
    "inputs",
];
pub(super) const MARKERS: &[&str] = &[
    "compose-file",
    "compose-project",
    "compose-service",
    "compose-env-file",
    "compose-variable",
    "compose-profile",
    "compose-take-over",
    "compose-read",
    "compose-input",
];

impl ComposeGrant {
    /// As written under `grant.compose`.
    pub(super) fn read(
        table: &GrantTable<'_>,
        scope: &GrantScope<'_>,
    ) -> Result<Self, ConfigFault> {
        let paths: Vec<PathBuf> = table
            .parsed("files", scope.file)?
            .ok_or_else(|| table.missing("files", "[\"docker-compose.yml\"]"))?;
        let named = table.text("project")?;
        let named = named.map(|text| text.parse(ProjectName::new)).transpose()?;
        let services = table.parsed("services", ServiceName::new)?;
        let under = |why| fault(&table.pointer("files"), why);
        let settings = ProjectSettings {
            env_files: table.parsed("env_files", scope.path)?.unwrap_or_default(),
            variables: table
                .table("env", ComposeVariable::new)?
                .unwrap_or_default(),
            profiles: table
                .parsed("profiles", ProfileName::new)?
                .unwrap_or_default(),
            take_over: table
                .parsed("take_over", ContainerName::new)?
                .unwrap_or_default(),
            read: table.parsed("read", scope.path)?.unwrap_or_default(),
            inputs: table.parsed("inputs", scope.path)?.unwrap_or_default(),
        };
        let project = match named {
            Some(project) => project,
            None => (scope.project)(&paths, &settings.env_files).map_err(under)?,
        };
        Ok(Self {
            files: compose_files(&paths).map_err(under)?,
            project,
            services,
            settings,
        })
    }

    /// What it grants, with the files as they are read at a commit.
    pub fn project_at(&self, commit: Option<&str>) -> Result<Project, Diagnostic> {
        let (files, services) = (self.files.clone(), self.services.clone());
        let project = Project::new(files, self.project.clone(), services, commit)?;
        Ok(project.with(self.settings.clone()))
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
        write!(f, "pull, build and up {scope}")?;
        let settings = &self.settings;
        for path in settings.read.iter().chain(&settings.env_files) {
            write!(f, ", reading {}", display_path(&path.display().to_string()))?;
        }
        for name in &settings.take_over {
            write!(f, ", taking over {name}")?;
        }
        Ok(())
    }
}

/// What a config's values say of one project: what both Compose and its containers are granted by.
pub struct MarkedProject {
    pub files: Vec<ComposeFile>,
    pub project: ProjectName,
    pub services: Option<Vec<ServiceName>>,
    pub settings: ProjectSettings,
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
            paths.push((scope.file)(&file.text).map_err(under(file))?);
        }
        let mut services = Vec::new();
        for service in texts("compose-service") {
            services.push(ServiceName::new(&service.text).map_err(under(service))?);
        }
        let paths_of = |word: &'static str| {
            let paths = texts(word).map(|it| (scope.path)(&it.text).map_err(under(it)));
            paths.collect::<Result<Vec<PathBuf>, _>>()
        };
        let mut settings = ProjectSettings {
            env_files: paths_of("compose-env-file")?,
            read: paths_of("compose-read")?,
            inputs: paths_of("compose-input")?,
            ..ProjectSettings::default()
        };
        for profile in texts("compose-profile") {
            let name = ProfileName::new(&profile.text).map_err(under(profile))?;
            settings.profiles.push(name);
        }
        for container in texts("compose-take-over") {
            let name = ContainerName::new(&container.text).map_err(under(container))?;
            settings.take_over.push(name);
        }
        for variable in texts("compose-variable") {
            let name = variable.key.as_deref().unwrap_or_default();
            let read = ComposeVariable::new(name, &variable.text).map_err(under(variable))?;
            settings.variables.push(read);
        }
        let mut projects = texts("compose-project");
        let (project, second) = (projects.next(), projects.next());
        if let Some(second) = second {
            return Err(named_twice("project", second));
        }
        let project = match (project, texts("compose-file").next()) {
            (Some(project), _) => ProjectName::new(&project.text).map_err(under(project))?,
            (None, Some(file)) => {
                (scope.project)(&paths, &settings.env_files).map_err(under(file))?
            }
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
            settings,
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
