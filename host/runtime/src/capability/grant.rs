//! Grants: what the plan lets one entry do with a capability, read by the capability that enforces
//! it.
//!
//! Owns how a grant's table is read and how its faults are worded. Does not own where the table was
//! written: a fault has a JSON pointer, and the plan knows the place of that.

use std::path::PathBuf;

use deployhost_policy::compose::ProjectName;
use deployhost_policy::config_fault::{ConfigFault, extend_pointer};
use deployhost_policy::display::{display, display_path};
use deployhost_policy::http::WrittenOrigin;
use deployhost_policy::{Diagnostic, suggest};
use serde_json::{Map, Value};

/// Most grants of one kind, and most names in one grant.
pub const MOST: usize = 100;

/// What somebody else may hold while a run goes on, unless the run has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lock {
    /// A work tree, by its top level.
    Tree(PathBuf),
    /// A Compose project of this machine's Docker.
    Project(ProjectName),
}

/// What has to be on the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Requirement {
    Git,
    Docker,
    Compose,
}

/// A property of a config whose written value grants something, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// The word of `x-grant`.
    pub marker: &'static str,
    /// Where the text stands in the config.
    pub pointer: String,
    /// Its key, where it stands in a table.
    pub key: Option<String>,
    pub text: String,
}

/// The origin that a secret's value belongs to, for a text that begins with a reference to it.
pub enum SecretReference {
    /// The text refers to no secret.
    None,
    Origin(WrittenOrigin),
    /// It refers to one that cannot be an address.
    Unfit(Diagnostic),
}

/// What reading a grant needs of the plan and the machine.
pub struct GrantScope<'a> {
    /// A path of the plan, absolute, through no symbolic link.
    pub path: &'a dyn Fn(&str) -> Result<PathBuf, Diagnostic>,
    /// The same, but for a file that is a link itself.
    pub file: &'a dyn Fn(&str) -> Result<PathBuf, Diagnostic>,
    /// A git remote; a path is absolute.
    pub remote: &'a dyn Fn(&str) -> Result<String, Diagnostic>,
    pub secret: &'a dyn Fn(&str) -> SecretReference,
    /// The project that Compose itself would give some files, read with these files of variables.
    pub project: &'a ProjectResolver,
}

/// Of Compose files, and of files of variables that are read with them.
pub type ProjectResolver = dyn Fn(&[PathBuf], &[PathBuf]) -> Result<ProjectName, Diagnostic> + Sync;

/// One table of the plan's `grant`, its keys known.
pub struct GrantTable<'a> {
    noun: String,
    pointer: String,
    members: &'a Map<String, Value>,
}

/// A text of the table.
pub struct GrantText<'a> {
    pub text: &'a str,
    key: &'a str,
    pointer: String,
}

impl GrantText<'_> {
    /// The text through a checked constructor.
    pub fn parse<T>(
        &self,
        parse: impl FnOnce(&str) -> Result<T, Diagnostic>,
    ) -> Result<T, ConfigFault> {
        parse(self.text).map_err(|why| fault(&self.pointer, why.of(self.key)))
    }
}

impl<'a> GrantTable<'a> {
    /// Every table that a plan has for one capability.
    pub fn all(
        capability: &'static str,
        grant: &'a Map<String, Value>,
        known: &[&str],
    ) -> Result<Vec<Self>, ConfigFault> {
        let Some(value) = grant.get(capability) else {
            return Ok(Vec::new());
        };
        let pointer = extend_pointer("", capability);
        let Some(items) = value.as_array() else {
            return Err(wrong(&pointer, capability, "a list", value));
        };
        if items.len() > MOST {
            let message = format!("grant.{capability}: {} grants; at most {MOST}", items.len());
            return Err(fault(&pointer, Diagnostic::new("grant.too-many", message)));
        }
        let tables = items.iter().enumerate().map(|(at, item)| {
            let pointer = extend_pointer(&pointer, &at.to_string());
            let noun = format!("a grant of `{capability}`");
            let Some(members) = item.as_object() else {
                let message = format!("{noun}: wanted a table, found {}", kind(item));
                return Err(fault(
                    &pointer,
                    Diagnostic::new("grant.wrong-type", message),
                ));
            };
            if let Some(key) = members.keys().find(|key| !known.contains(&key.as_str())) {
                return Err(unknown(&pointer, key, &noun, known));
            }
            Ok(Self {
                noun,
                pointer,
                members,
            })
        });
        tables.collect()
    }

    /// Where the value of a key stands.
    pub fn pointer(&self, key: &str) -> String {
        extend_pointer(&self.pointer, key)
    }

    pub fn missing(&self, key: &str, such_as: &str) -> ConfigFault {
        let message = format!("missing key `{key}` in {}", self.noun);
        let missing = Diagnostic::new("grant.missing-key", message);
        let help = format!("add `{key} = {such_as}`");
        fault(&self.pointer, missing.help(help).parameter("key", key))
    }

    /// Text on one line, not empty.
    pub fn text(&self, key: &'a str) -> Result<Option<GrantText<'a>>, ConfigFault> {
        let value = self.members.get(key);
        let text = value.map(|value| one_line(self.pointer(key), key, value));
        text.transpose()
    }

    pub fn texts(&self, key: &'a str) -> Result<Option<Vec<GrantText<'a>>>, ConfigFault> {
        let Some(value) = self.members.get(key) else {
            return Ok(None);
        };
        let pointer = self.pointer(key);
        let Some(items) = value.as_array() else {
            return Err(wrong(&pointer, key, "a list", value));
        };
        let text = |(at, item): (usize, &'a Value)| {
            one_line(extend_pointer(&pointer, &at.to_string()), key, item)
        };
        let texts: Vec<_> = items
            .iter()
            .enumerate()
            .map(text)
            .collect::<Result<_, _>>()?;
        if texts.is_empty() {
            let empty = Diagnostic::new("grant.empty", format!("{key}: the list is empty"));
            return Err(fault(
                &pointer,
                empty.help("leave the key out, or fill it in"),
            ));
        }
        if texts.len() > MOST {
            let message = format!("{key}: {} names; at most {MOST}", texts.len());
            return Err(fault(&pointer, Diagnostic::new("grant.too-many", message)));
        }
        Ok(Some(texts))
    }

    /// The list's texts, each through `parse`.
    pub fn parsed<T>(
        &self,
        key: &'a str,
        parse: impl Fn(&str) -> Result<T, Diagnostic>,
    ) -> Result<Option<Vec<T>>, ConfigFault> {
        let texts = self.texts(key)?;
        let parsed = texts.map(|texts| texts.iter().map(|text| text.parse(&parse)).collect());
        parsed.transpose()
    }

    /// The table's texts, each with its key through `parse`.
    pub fn table<T>(
        &self,
        key: &'a str,
        parse: impl Fn(&str, &str) -> Result<T, Diagnostic>,
    ) -> Result<Option<Vec<T>>, ConfigFault> {
        let Some(value) = self.members.get(key) else {
            return Ok(None);
        };
        let pointer = self.pointer(key);
        let Some(members) = value.as_object() else {
            return Err(wrong(&pointer, key, "a table", value));
        };
        if members.len() > MOST {
            let message = format!("{key}: {} names; at most {MOST}", members.len());
            return Err(fault(&pointer, Diagnostic::new("grant.too-many", message)));
        }
        let parsed = members.iter().map(|(name, value)| {
            let text = one_line(extend_pointer(&pointer, name), key, value)?;
            text.parse(|text| parse(name, text))
        });
        parsed.collect::<Result<_, _>>().map(Some)
    }

    pub fn flag(&self, key: &str) -> Result<Option<bool>, ConfigFault> {
        match self.members.get(key) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(value) => Err(wrong(&self.pointer(key), key, "true or false", value)),
        }
    }
}

/// An unknown key of the plan's `grant`, or of a table in it.
pub fn unknown(pointer: &str, key: &str, noun: &str, known: &[&str]) -> ConfigFault {
    let message = format!("unknown key `{}` in {noun}", display(key));
    ConfigFault {
        pointer: extend_pointer(pointer, key),
        key: true,
        diagnostic: Diagnostic::new("grant.unknown-key", message)
            .help(suggest::help(key, known.iter().copied()))
            .parameter("key", display(key)),
    }
}

/// The diagnostic of a value at a pointer.
pub fn fault(pointer: &str, diagnostic: Diagnostic) -> ConfigFault {
    ConfigFault {
        pointer: pointer.to_owned(),
        key: false,
        diagnostic,
    }
}

fn one_line<'a>(
    pointer: String,
    key: &'a str,
    value: &'a Value,
) -> Result<GrantText<'a>, ConfigFault> {
    let Some(text) = value.as_str() else {
        return Err(wrong(&pointer, key, "text", value));
    };
    if text.trim().is_empty() {
        let empty = Diagnostic::new("grant.empty", format!("{key}: the text is empty"));
        return Err(fault(
            &pointer,
            empty.help("leave the key out, or fill it in"),
        ));
    }
    if text.contains('\n') {
        let message = format!("{key}: wanted one line of text");
        return Err(fault(
            &pointer,
            Diagnostic::new("grant.wrong-type", message),
        ));
    }
    Ok(GrantText { text, key, pointer })
}

fn wrong(pointer: &str, key: &str, wanted: &str, value: &Value) -> ConfigFault {
    let message = format!("{key}: wanted {wanted}, found {}", kind(value));
    let wrong = Diagnostic::new("grant.wrong-type", message).parameter("key", key);
    let scalar = value.is_number() || value.is_boolean();
    fault(
        pointer,
        match wanted {
            "text" if scalar => wrong.help("put it in quotes"),
            _ => wrong,
        },
    )
}

/// A config may name one of these; the others are written under `grant`.
pub fn named_twice(noun: &str, second: &Marked) -> ConfigFault {
    let message = format!("an entry's config names one {noun}");
    let twice = Diagnostic::new("grant.named-twice", message);
    ConfigFault::at_value(
        second.pointer.as_str(),
        twice.help("write the others under `grant`"),
    )
}

/// What a path that a config names has to be, where it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathKind {
    /// One that may be a link.
    ComposeFile,
    VariableFile,
    Folder,
    Any,
}

/// A path that a config's value grants, absolute.
pub fn marked_path(
    scope: &GrantScope<'_>,
    text: &str,
    kind: PathKind,
) -> Result<String, Diagnostic> {
    let path = match kind {
        PathKind::ComposeFile => (scope.file)(text),
        PathKind::VariableFile | PathKind::Folder | PathKind::Any => (scope.path)(text),
    }?;
    if let Ok(there) = path.metadata() {
        let at = display_path(&path.display().to_string());
        let refuse = |message: String, help: &str| {
            Err(Diagnostic::new("config.path-kind", message).help(help))
        };
        match kind {
            PathKind::Folder if !there.is_dir() => {
                return refuse(format!("`{at}` is a file"), "name a folder");
            }
            PathKind::ComposeFile if !there.is_file() => {
                return refuse(format!("`{at}` is no file"), "name a Compose file");
            }
            PathKind::VariableFile if !there.is_file() => {
                return refuse(format!("`{at}` is no file"), "name a file of variables");
            }
            _ => {}
        }
    }
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| Diagnostic::new("config.encoding", "the path is not UTF-8"))
}

/// What a value is, for people; never what it says.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(true) => "`true`",
        Value::Bool(false) => "`false`",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(_) => "a whole number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

/// `a, b`; nothing, where there are none.
pub fn join(names: &[String]) -> String {
    match names {
        [] => "nothing".into(),
        names => names.join(", "),
    }
}
