//! The entry's `config` table.

use deployhost_plugin::prelude::*;

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(crate = "deployhost_plugin::serde", deny_unknown_fields)]
pub struct Config {
    /// The work tree's top level.
    #[schemars(extend("x-grant" = "git-tree"))]
    pub tree: String,
    /// Where commits come from: the name of a remote of the tree, such as `origin`, or a URL or path.
    #[schemars(extend("x-grant" = "git-remote"))]
    pub remote: String,
    /// Where to clone from while there is no work tree yet.
    #[schemars(extend("x-grant" = "git-remote"))]
    pub url: Option<String>,
    /// A branch, a tag or a commit id.
    #[serde(rename = "ref")]
    #[schemars(extend("x-grant" = "git-ref"))]
    pub wanted: String,
    /// Deploy a branch even where its history was rewritten since it was last deployed.
    #[serde(default)]
    pub allow_rewritten: bool,
    /// Deploy commits with symbolic links in them.
    #[serde(default)]
    pub allow_symlinks: bool,
    /// Deploy commits with submodules in them; these are not filled.
    #[serde(default)]
    pub allow_submodules: bool,
}

impl Config {
    /// What the schema cannot say. Whether the remote has the ref, only `plan` finds out.
    pub fn errors(&self) -> Vec<ConfigError> {
        let values = [
            ("/tree", Some(&self.tree)),
            ("/remote", Some(&self.remote)),
            ("/url", self.url.as_ref()),
            ("/ref", Some(&self.wanted)),
        ];
        values
            .into_iter()
            .filter_map(|(pointer, value)| invalid_value(pointer, value?))
            .chain(invalid_ref(&self.wanted))
            .collect()
    }
}

/// What would be no argument of git's.
fn invalid_value(pointer: &str, value: &str) -> Option<ConfigError> {
    let (code, message) = if value.is_empty() {
        ("git-sync.value-empty", "is empty")
    } else if value.starts_with('-') {
        (
            "git-sync.value-like-option",
            "begins with `-`, as options do",
        )
    } else if value.chars().any(char::is_control) {
        (
            "git-sync.control-character",
            "has a control character in it",
        )
    } else {
        return None;
    };
    Some(ConfigError::at(pointer, message).code(code))
}

fn invalid_ref(name: &str) -> Option<ConfigError> {
    if let Some(odd) = name.chars().find(|c| " ~^:?*[\\".contains(*c)) {
        let message =
            format!("`{odd}` cannot be in a branch, tag or commit id; a range or pattern is none");
        return Some(
            ConfigError::at("/ref", message)
                .code("git-sync.ref-character")
                .parameter("character", odd),
        );
    }
    (name.contains("..") || name.contains("@{")).then(|| {
        let message = "is an expression; write a branch, a tag or a commit id";
        ConfigError::at("/ref", message).code("git-sync.ref-expression")
    })
}
