//! Compose files as written: read within limits before any program gets them.
//!
//! Owns what is refused at sight, and which files beside them decide what the services are. What
//! they mean together is Compose's to say.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_yaml_ng::Value;

use super::sensitive_values::SensitiveValues;
use crate::capability::compose::{ComposeFile, Error, ProjectName, ServiceName};
use crate::capability::log::sanitize;

/// Largest Compose file, and largest file beside it, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// The files of a project, read.
pub struct ComposeSources {
    services: BTreeSet<String>,
    /// Files beside the Compose files: absolute, and there.
    pub inputs: Vec<PathBuf>,
    /// Values that nothing may tell.
    pub sensitive: SensitiveValues,
    /// Equal digests, equal files. None: they refer to files that only Compose can find.
    pub digest: Option<blake3::Hash>,
    /// Services may come from other files.
    open: bool,
}

impl ComposeSources {
    /// Reads all files of a project.
    pub fn read(files: &[ComposeFile]) -> Result<Self, Error> {
        let folder = files.first().map_or(Path::new("/"), ComposeFile::folder);
        let mut digest = blake3::Hasher::new();
        let mut named = vec![".env".to_owned()];
        let mut sources = Self {
            services: BTreeSet::new(),
            inputs: Vec::new(),
            sensitive: SensitiveValues::default(),
            digest: None,
            open: false,
        };
        let mut elsewhere = false;
        for file in files {
            let (text, tree) = parsed(file.path())?;
            add(&mut digest, file.path(), Some(&text));
            sources.sensitive.add_values(&tree);
            sources.open |= tree.get("include").is_some();
            for (name, service) in mapping(tree.get("services")) {
                sources.services.extend(name.as_str().map(str::to_owned));
                let extended = service
                    .get("extends")
                    .and_then(|extends| extends.get("file"));
                elsewhere |= extended.is_some();
                let env = service.get("env_file");
                named.extend(extended.into_iter().chain(env).flat_map(paths));
            }
        }
        elsewhere |= sources.open || named.iter().any(|path| path.contains('$'));
        for path in named.iter().filter(|path| !path.contains('$')) {
            let path = folder.join(path);
            if sources.inputs.contains(&path) {
                continue;
            }
            // One that is not there may come later; Compose says whether it had to be.
            let text = within(&path).ok();
            add(&mut digest, &path, text.as_deref());
            if let Some(text) = text {
                sources
                    .sensitive
                    .add_variables(&String::from_utf8_lossy(&text));
                sources.inputs.push(path);
            }
        }
        sources.digest = (!elsewhere).then(|| digest.finalize());
        Ok(sources)
    }

    /// Refuses a service that cannot be in the files, without asking Compose.
    pub fn has(&self, service: &ServiceName) -> bool {
        self.open || self.services.contains(service.as_str())
    }
}

/// What Compose calls the project of a file that is run without `-p`: its own `name:`, else its
/// folder's. `COMPOSE_PROJECT_NAME` plays no part: a plan's meaning does not hang on a shell.
pub fn default_project(file: &ComposeFile) -> Result<ProjectName, Error> {
    let (_, tree) = parsed(file.path())?;
    let name = match tree.get("name").and_then(Value::as_str) {
        Some(name) => ProjectName::new(name),
        None => ProjectName::of_folder(file.folder()),
    };
    name.map_err(Error::Invalid)
}

fn parsed(path: &Path) -> Result<(Vec<u8>, Value), Error> {
    let refused =
        |what: String, cure: &str| Error::Invalid(format!("{what} — {} — {cure}", path.display()));
    let bytes = within(path).map_err(|(what, cure)| refused(what, cure))?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| refused("the Compose file is not UTF-8".into(), "save it as UTF-8"))?;
    let mut tree: Value = serde_yaml_ng::from_str(text).map_err(|error| {
        let what = format!(
            "the Compose file is no YAML: {}",
            sanitize(&error.to_string())
        );
        refused(what, "correct it")
    })?;
    tree.apply_merge().map_err(|_| {
        let what = "a merge (`<<`) in the Compose file merges no mapping";
        refused(what.into(), "correct it")
    })?;
    if !tree.is_mapping() {
        let cure = "name one, with `services` in it";
        return Err(refused("this is no Compose file".into(), cure));
    }
    Ok((bytes, tree))
}

/// All bytes of a regular file that is not too large; never blocks on what is none. Otherwise what
/// is wrong, and what to do.
fn within(path: &Path) -> Result<Vec<u8>, (String, &'static str)> {
    let unread = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => ("there is no such file".into(), "name one that is there"),
        std::io::ErrorKind::PermissionDenied => {
            ("this user may not read the file".into(), "let it")
        }
        _ => (format!("the file cannot be read ({error})"), "see to it"),
    };
    if !fs::metadata(path).map_err(unread)?.is_file() {
        return Err(("this is no file".into(), "name one"));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(unread)?;
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(unread)?;
    if bytes.len() as u64 > LARGEST {
        let cure = "name another: a Compose file is a few kilobytes";
        return Err(("the file is over 1 MiB".into(), cure));
    }
    Ok(bytes)
}

fn add(digest: &mut blake3::Hasher, path: &Path, text: Option<&[u8]>) {
    digest.update(path.as_os_str().as_encoded_bytes());
    digest.update(&[0, u8::from(text.is_some())]);
    let text = text.unwrap_or_default();
    digest.update(&(text.len() as u64).to_le_bytes());
    digest.update(text);
}

fn mapping(value: Option<&Value>) -> impl Iterator<Item = (&Value, &Value)> {
    value.and_then(Value::as_mapping).into_iter().flatten()
}

/// `a.env`, `[a.env, b.env]`, `[{ path = a.env }]`.
fn paths(value: &Value) -> Vec<String> {
    match value {
        Value::String(path) => vec![path.clone()],
        Value::Sequence(list) => list.iter().flat_map(paths).collect(),
        Value::Mapping(_) => value
            .get("path")
            .and_then(Value::as_str)
            .map(str::to_owned)
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn file(folder: &tempfile::TempDir, name: &str, text: &[u8]) -> ComposeFile {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        ComposeFile::new(path.to_str().unwrap()).unwrap()
    }

    fn refusal(text: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let since = Instant::now();
        let result = ComposeSources::read(&[file(&folder, "compose.yml", text)]);
        assert!(since.elapsed() < Duration::from_secs(2));
        match result {
            Err(Error::Invalid(why)) => why,
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("accepted: {}", String::from_utf8_lossy(text)),
        }
    }

    #[test]
    fn what_is_no_compose_file_is_refused_at_once() {
        assert!(refusal(b"root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1").contains("Compose file"));
        assert!(refusal(b"").contains("no Compose file"));
        assert!(refusal(b"- a").contains("no Compose file"));
        assert!(refusal(b"services: {}\n---\nservices: {}").contains("more than one document"));
        assert!(refusal(b"services:\n  a: {}\n  a: {}").contains("duplicate"));
        assert!(refusal(b"services: \xff").contains("UTF-8"));
        assert!(refusal(&vec![b' '; 1024 * 1024 + 1]).contains("over 1 MiB"));
        let deep = "[".repeat(100_000);
        assert!(refusal(deep.as_bytes()).contains("no YAML"));
    }

    #[test]
    fn a_bomb_is_refused_at_once() {
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for n in 1..30 {
            let of = n - 1;
            bomb += &format!(
                "a{n}: &a{n} [*a{of},*a{of},*a{of},*a{of},*a{of},*a{of},*a{of},*a{of},*a{of}]\n"
            );
        }
        assert!(refusal(bomb.as_bytes()).contains("repetition limit"));
    }

    #[test]
    fn what_cannot_be_read_is_refused_and_never_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        assert!(
            std::process::Command::new("mkfifo")
                .arg(&fifo)
                .status()
                .unwrap()
                .success()
        );
        let gone = folder.path().join("gone");
        for path in [Path::new("/dev/zero"), &fifo, folder.path(), &gone] {
            let file = ComposeFile::new(path.to_str().unwrap()).unwrap();
            assert!(
                matches!(ComposeSources::read(&[file]), Err(Error::Invalid(_))),
                "{}",
                path.display()
            );
        }
    }

    #[test]
    fn files_beside_are_inputs() {
        let folder = tempfile::tempdir().unwrap();
        let text = "services: { a: { env_file: a.env }, b: { env_file: [b.env, gone.env, a.env] }, c: { env_file: [{ path: c.env }] } }";
        let compose = file(&folder, "compose.yml", text.as_bytes());
        for name in [".env", "a.env", "b.env", "c.env", "other.env"] {
            file(&folder, name, b"A=1");
        }
        let sources = ComposeSources::read(std::slice::from_ref(&compose)).unwrap();
        let names: Vec<_> = sources
            .inputs
            .iter()
            .map(|path| path.file_name().unwrap().to_str().unwrap())
            .collect();
        assert_eq!(names, [".env", "a.env", "b.env", "c.env"]);
        let before = sources.digest.unwrap();
        assert_eq!(
            ComposeSources::read(std::slice::from_ref(&compose))
                .unwrap()
                .digest,
            Some(before)
        );
        file(&folder, "b.env", b"A=2");
        assert_ne!(
            ComposeSources::read(&[compose]).unwrap().digest,
            Some(before)
        );
    }

    #[test]
    fn what_only_compose_can_find_has_no_digest() {
        let folder = tempfile::tempdir().unwrap();
        for text in [
            "include: [other.yml]\nservices: {}",
            "services: { a: { env_file: \"${X}.env\" } }",
            "services: { a: { extends: { file: other.yml, service: a } } }",
        ] {
            let compose = file(&folder, "compose.yml", text.as_bytes());
            assert_eq!(
                ComposeSources::read(&[compose]).unwrap().digest,
                None,
                "{text}"
            );
        }
    }

    #[test]
    fn a_project_is_named_by_its_file_or_folder() {
        let folder = tempfile::Builder::new()
            .prefix("My.Folder-")
            .rand_bytes(0)
            .tempdir_in(tempfile::tempdir().unwrap().path().parent().unwrap());
        let folder = folder.unwrap();
        let plain = file(&folder, "a.yml", b"services: {}");
        let named = file(&folder, "b.yml", b"name: shop\nservices: {}");
        let open = file(&folder, "c.yml", b"name: ${NAME}\nservices: {}");
        assert_eq!(default_project(&plain).unwrap().as_str(), "myfolder-");
        assert_eq!(default_project(&named).unwrap().as_str(), "shop");
        assert!(matches!(default_project(&open), Err(Error::Invalid(_))));
    }
}
