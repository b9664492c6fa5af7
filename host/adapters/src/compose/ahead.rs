//! A project as it will be at a commit that its work tree does not stand at yet.
//!
//! Owns whether that can be seen on this machine, and that what was seen then is what is acted on
//! later: files that differ after the move were changed by somebody else.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use super::file_view::{Drawing, FileView};
use super::rendering::LoadedProject;
use super::sources::ReadFiles;
use super::{ComposeProgram, LOOK, OUTPUT};
use crate::child::Child;
use deployhost_policy::Diagnostic;
use deployhost_runtime::capability::compose::{ComposeFile, Project};
use deployhost_runtime::capability::error::{CapabilityError, OfKind};

/// The files that a project was read from ahead.
pub struct ReadAhead {
    project: Project,
    files: ReadFiles,
}

impl ComposeProgram {
    /// The files as the project's commit has them. None: this cannot be seen before the tree moves.
    pub async fn view_ahead(
        &self,
        project: &Project,
    ) -> Result<Option<Arc<FileView>>, CapabilityError> {
        let (Some(program), Some(commit)) = (&self.this_program, project.commit()) else {
            return Ok(None);
        };
        let drawing = Drawing::begin().map_err(|error| {
            let message = format!("no folder to look ahead in: {error}");
            Diagnostic::new("compose.no-folder", message).other()
        })?;
        let Some(file) = project.files.first().map(ComposeFile::path) else {
            return Ok(None);
        };
        let laid_out = self.content.lay_out(file, commit, &drawing.layer).await?;
        let Some(tree) = laid_out else {
            return Ok(None);
        };
        let view = FileView::moved(tree, drawing);
        // Namespaces are the machine's to give: many give none to ordinary users.
        let tried = Child {
            command: view.command(program, &[]),
            environment: Vec::new(),
            folder: PathBuf::from("/"),
            input: Vec::new(),
            deadline: LOOK,
            most: OUTPUT,
            changes: false,
        };
        let tried = tried.run().await.map_err(|broken| {
            let why = broken.of("deployhost, to look ahead,");
            CapabilityError::other(why)
        })?;
        if !tried.success() {
            let why = tried.stderr.trim();
            tracing::info!(
                why,
                "what a commit will be is not seen before the tree moves"
            );
            return Ok(None);
        }
        Ok(Some(Arc::new(view)))
    }

    /// Remembers what was read ahead.
    pub fn remember_ahead(&self, ready: &LoadedProject, project: &Project) {
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        ahead.retain(|it| &it.project != project);
        ahead.push(ReadAhead {
            project: project.clone(),
            files: ready.sources.files.clone(),
        });
    }

    /// Refuses files that are other than what was read ahead.
    pub fn refuse_other_files(
        &self,
        ready: &LoadedProject,
        project: &Project,
    ) -> Result<(), CapabilityError> {
        let ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(then) = ahead.iter().find(|it| &it.project == project) else {
            return Ok(());
        };
        let now = &ready.sources.files;
        let other = |path: &&PathBuf| then.files.get(*path) != now.get(*path);
        let Some(path) = then.files.keys().chain(now.keys()).find(other) else {
            return Ok(());
        };
        let message = "this file is not what it was when the deployment was planned";
        Err(Diagnostic::new("compose.file-changed", message)
            .at(path.as_path())
            .help("run it again")
            .parameter("path", path.display().to_string())
            .other())
    }
}
