//! Which files and services an entry of the plan may use.

use std::path::Path;

use super::{ComposeFile, GuestProject, ProjectName, ServiceName};

/// One set of Compose files, taken together as `-f A -f B` does, and services of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// In Compose's order of precedence; at least one.
    pub files: Vec<ComposeFile>,
    pub project: ProjectName,
    /// None: every service of the files.
    pub services: Option<Vec<ServiceName>>,
}

impl Grant {
    /// Does a guest ask for just this? Another order or a part of the files is another project.
    pub(super) fn holds(&self, asked: &GuestProject) -> bool {
        let files = self.files.iter().map(ComposeFile::path);
        let name = asked.name.is_empty() || asked.name == self.project.as_str();
        !self.files.is_empty() && name && files.eq(asked.files.iter().map(Path::new))
    }
}
