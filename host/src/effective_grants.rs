//! What one entry of a plan may do: its grants as the capabilities read them, at their places in
//! the plan.
//!
//! Both must allow: what a plugin does not import it does not get, whatever is written, and nobody
//! is told that it may. Knows no adapter.

use std::path::Path;

use deployhost_plan::{
    Entry, Schema, SecretEntry, check_remote, checked_file, checked_path, leading,
};
use deployhost_policy::config_fault::ConfigFault;
use deployhost_policy::display::display;
use deployhost_policy::http::WrittenOrigin;
use deployhost_policy::secret::SecretKind;
use deployhost_policy::{Diagnostic, suggest};
use deployhost_runtime::capabilities::{self, EntryGrants, KEYS};
use deployhost_runtime::capability::grant::{GrantScope, Marked, ProjectResolver, SecretReference};

/// What reading an entry's grants needs of its plan.
pub struct GrantReader<'a> {
    /// Relative paths begin here.
    pub folder: &'a Path,
    /// The plan's secrets as declared.
    pub secrets: &'a [SecretEntry],
    pub resolve_project: &'a ProjectResolver,
}

impl GrantReader<'_> {
    /// Checks an entry's config against its plugin's schema, makes the values that grant something
    /// absolute, and reads all grants. A config that is as meant already stays as it is.
    pub fn resolve(&self, entry: &mut Entry, schema: &Schema) -> Result<EntryGrants, Diagnostic> {
        let path = |text: &str| checked_path(self.folder, text);
        let file = |text: &str| checked_file(self.folder, text);
        let remote = |text: &str| check_remote(self.folder, text);
        let secret = |text: &str| self.find_origin(text);
        let scope = GrantScope {
            path: &path,
            file: &file,
            remote: &remote,
            secret: &secret,
            project: self.resolve_project,
        };
        entry.check(schema, self.secrets)?;
        for marked in entry.marked_texts(schema)? {
            let resolved = capabilities::resolve_marked(marked.marker, &marked.text, &scope);
            let resolved = resolved
                .map_err(|why| entry.locate(ConfigFault::at_value(marked.pointer.as_str(), why)))?;
            entry.resolve_text(&marked.pointer, resolved);
        }
        let marked: Vec<Marked> = entry
            .marked_texts(schema)?
            .into_iter()
            .map(|it| Marked {
                marker: it.marker,
                pointer: it.pointer,
                key: it.key,
                text: it.text,
            })
            .collect();
        let mut grants =
            EntryGrants::read(&entry.grant, &scope).map_err(|fault| entry.locate_grant(fault))?;
        grants
            .add_marked(&marked, &scope)
            .map_err(|fault| entry.locate(fault))?;
        Ok(grants)
    }

    /// The origin of the secret that a text begins with.
    fn find_origin(&self, text: &str) -> SecretReference {
        let Some((name, _)) = leading(text) else {
            return SecretReference::None;
        };
        let declared = self.secrets.iter().find(|it| it.name.as_str() == name);
        let origin = match declared {
            Some(secret) if secret.kind == SecretKind::Url => WrittenOrigin::parse(&secret.origin),
            Some(secret) => {
                let message = format!(
                    "the secret `{}` is a {}, no address",
                    display(name),
                    secret.kind.as_str()
                );
                Err(Diagnostic::new("config.secret-kind", message)
                    .help("write the address out, or declare a secret of kind = \"url\""))
            }
            None => {
                let known = self.secrets.iter().map(|secret| secret.name.as_str());
                let message = format!("there is no secret `{}`", display(name));
                Err(Diagnostic::new("config.reference", message).help(suggest::help(name, known)))
            }
        };
        match origin {
            Ok(origin) => SecretReference::Origin(origin),
            Err(why) => SecretReference::Unfit(why),
        }
    }
}

/// Takes away what the plugin does not import; a warning for each that somebody wrote.
pub fn retain_imports(
    grants: &mut EntryGrants,
    entry: &Entry,
    imports: &[String],
) -> Vec<Diagnostic> {
    let imported = |name: &str| imports.iter().any(|import| import == name);
    let written = KEYS.iter().filter(|key| entry.grant.contains_key(**key));
    let mut unused: Vec<Diagnostic> = written
        .filter(|key| !imported(key))
        .map(|key| {
            let message = format!(
                "grant.{key} gives nothing, since the plugin of {} does not ask for {key}",
                entry.name
            );
            warn_unused(entry, message)
        })
        .collect();
    grants.retain(imports);
    if !imported("http") {
        // Only a request can carry one.
        unused.extend(grants.secrets.drain(..).map(|secret| {
            let message = format!(
                "the secret {} gives nothing, since the plugin of {} does not ask for http",
                secret.name(),
                entry.name
            );
            warn_unused(entry, message)
        }));
    }
    unused
}

/// For people, a line each.
pub fn describe(grants: &EntryGrants) -> Vec<String> {
    let granted = grants.describe().into_iter();
    let granted = granted.map(|(about, what)| format!("{about}: {what}"));
    let secrets = grants.secrets.iter();
    let secrets = secrets.map(|secret| format!("uses the secret {}, unseen", secret.name()));
    granted.chain(secrets).collect()
}

fn warn_unused(entry: &Entry, message: String) -> Diagnostic {
    Diagnostic::new("grant.unused", message)
        .at(entry.own_location())
        .help("leave it out")
}
