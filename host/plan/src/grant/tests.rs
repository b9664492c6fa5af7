#![allow(clippy::unwrap_used)]

use super::*;
use crate::Plan;

#[test]
fn what_is_written_is_granted_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().canonicalize().unwrap();
    let file = base.join("plan.toml");
    let text = r#"
version = 1
name = "a"
environment = "b"
[[step]]
name = "s"
plugin = "own"
[step.grant]
http = [
  { origin = "https://a.example" },
  { origin = "http://db.internal:80", methods = ["POST"], private = true },
  { origin = "http://127.0.0.1:8080", methods = ["GET", "PUT"] },
  { origin = "http://10.0.0.5", private = false },
]
git = [{ tree = "tree" }, { tree = "/no/such", remotes = ["./o.git", "origin"], refs = ["main"], auth = "user" }]
compose = [{ files = ["c.yml"] }]
containers = [{ project = "p", services = ["s"] }]
files = [{ folder = "data" }, { folder = "/no/such", write = true }]
"#;
    std::fs::write(&file, text).unwrap();
    let http = |origin: &str, methods, private| HttpGrant {
        origin: origin.into(),
        methods,
        private,
    };
    let only = |methods: &[&str]| Methods::Only(methods.iter().map(|m| (*m).into()).collect());
    let folder_grant = |folder, write| FilesGrant { folder, write };
    let wanted = Grants {
        http: vec![
            http("https://a.example", Methods::Read, false),
            http("http://db.internal", only(&["POST"]), true),
            http("http://127.0.0.1:8080", only(&["GET", "PUT"]), true),
            http("http://10.0.0.5", Methods::Read, false),
        ],
        git: vec![
            GitGrant {
                tree: base.join("tree"),
                remotes: vec![],
                refs: vec![],
                auth: None,
            },
            GitGrant {
                tree: "/no/such".into(),
                remotes: vec![base.join("o.git").to_str().unwrap().into(), "origin".into()],
                refs: vec!["main".into()],
                auth: Some("user".into()),
            },
        ],
        compose: vec![ComposeGrant {
            files: vec![base.join("c.yml")],
            project: None,
            services: None,
        }],
        containers: vec![ContainersGrant {
            files: vec![],
            project: Some("p".into()),
            services: Some(vec!["s".into()]),
        }],
        files: vec![
            folder_grant(base.join("data"), false),
            folder_grant("/no/such".into(), true),
        ],
        wasi: false,
    };
    assert_eq!(Plan::load(&file).unwrap().steps[0].grant, wanted);
}
