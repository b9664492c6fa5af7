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
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (pointer, value) in [
            ("/tree", Some(&self.tree)),
            ("/remote", Some(&self.remote)),
            ("/url", self.url.as_ref()),
            ("/ref", Some(&self.wanted)),
        ] {
            let Some(value) = value else { continue };
            if value.is_empty() {
                problems.push(Problem::at(pointer, "is empty"));
            } else if value.starts_with('-') {
                problems.push(Problem::at(pointer, "begins with `-`, as options do"));
            } else if value.chars().any(char::is_control) {
                problems.push(Problem::at(pointer, "has a control character in it"));
            }
        }
        if let Some(odd) = self.wanted.chars().find(|c| " ~^:?*[\\".contains(*c)) {
            problems.push(Problem::at(
                "/ref",
                format!(
                    "`{odd}` cannot be in a branch, tag or commit id; a range or pattern is none"
                ),
            ));
        } else if self.wanted.contains("..") || self.wanted.contains("@{") {
            problems.push(Problem::at(
                "/ref",
                "is an expression; write a branch, a tag or a commit id",
            ));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deployhost_plugin::{check, describe_step, schema, serde_json};

    fn problems(config: &serde_json::Value) -> Vec<Problem> {
        check::<Config>(&config.to_string(), Config::problems)
    }

    #[test]
    fn the_schema_says_what_is_granted() {
        assert_eq!(
            schema::faults(&schema::of::<Config>()),
            Vec::<String>::new()
        );
        let schema = schema::of::<Config>().to_value();
        for (key, grant) in [
            ("tree", "git-tree"),
            ("remote", "git-remote"),
            ("url", "git-remote"),
            ("ref", "git-ref"),
        ] {
            assert_eq!(schema["properties"][key]["x-grant"], grant);
        }
        assert_eq!(
            schema["required"],
            serde_json::json!(["tree", "remote", "ref"])
        );
    }

    #[test]
    fn it_describes_itself() {
        let description = describe_step::<crate::GitSync>();
        assert_eq!(description.name, "git-sync");
        assert_eq!(description.role, "change");
        assert_eq!(description.recovery, "pin");
    }

    #[test]
    fn what_people_write_is_accepted() {
        for wanted in [
            "main",
            "feature/x",
            "v1.2.3",
            "1a2b3c4",
            "refs/heads/main",
            "é",
        ] {
            let config = serde_json::json!({"tree": "/srv/app", "remote": "origin", "ref": wanted});
            assert_eq!(problems(&config), vec![], "{wanted}");
        }
    }

    #[test]
    fn what_cannot_be_a_ref_is_found_with_its_place() {
        for wanted in [
            "",
            "-x",
            "main~1",
            "a b",
            "a:b",
            "main..dev",
            "@{u}",
            "ma*n",
            "a\nb",
        ] {
            let config = serde_json::json!({"tree": "/srv/app", "remote": "origin", "ref": wanted});
            assert_eq!(problems(&config)[0].pointer, "/ref", "{wanted}");
        }
    }

    #[test]
    fn other_empty_or_option_like_values_are_found() {
        let config =
            serde_json::json!({"tree": "", "remote": "--upload-pack=x", "url": "-", "ref": "main"});
        let pointers: Vec<_> = problems(&config).into_iter().map(|p| p.pointer).collect();
        assert_eq!(pointers, ["/tree", "/remote", "/url"]);
    }
}
