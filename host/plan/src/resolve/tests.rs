#![allow(clippy::unwrap_used)]

use super::*;
use crate::Plan;
use serde_json::json;

const SECRETS: &str = r#"
        hook = { env = "HOOK", kind = "url", origin = "http://127.0.0.1:9000" }
        token = { env = "TOKEN", kind = "token", origin = "https://example.com" }
    "#;

/// A plan of one step in a folder of its own, checked against a schema of these properties.
fn granted(folder: &Path, properties: &Value, step: &str) -> Result<(Value, Grants), String> {
    let file = folder.join("plan.toml");
    let text = format!(
        "version = 1\nname = \"a\"\nenvironment = \"b\"\n[secrets]\n{SECRETS}\n\
             [[step]]\nname = \"s\"\nplugin = \"own\"\n{step}\n"
    );
    std::fs::write(&file, text).unwrap();
    let mut plan = Plan::load(&file).map_err(|problem| problem.to_string())?;
    let schema = json!({ "type": "object", "properties": properties }).to_string();
    let schema = Schema::parse("own", &schema).unwrap();
    let entry = &mut plan.steps[0];
    entry
        .resolve(&schema, &plan.folder, &plan.secrets)
        .and_then(|()| entry.resolve(&schema, &plan.folder, &plan.secrets))
        .map_err(|problem| problem.to_string())?;
    let grants = entry.grants(&schema, &plan.secrets);
    Ok((
        entry.config.clone(),
        grants.map_err(|problem| problem.to_string())?,
    ))
}

fn marked(words: &[(&str, &str)]) -> Value {
    words
        .iter()
        .map(|(name, word)| ((*name).to_owned(), json!({ "x-grant": word })))
        .collect()
}

#[test]
fn paths_become_absolute_and_what_belongs_together_one_grant() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().canonicalize().unwrap();
    let properties = marked(&[
        ("tree", "git-tree"),
        ("remote", "git-remote"),
        ("url", "git-remote"),
        ("ref", "git-ref"),
    ]);
    let step = r#"
            config = { tree = "./tree", remote = "origin", url = "../origin.git", ref = ["main", "next"] }
            grant.git = [{ tree = "tree", auth = "user" }, { tree = "/no/other" }]
        "#;
    let (config, grants) = granted(&base, &properties, step).unwrap();
    let url = base
        .parent()
        .unwrap()
        .join("origin.git")
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(config["tree"], base.join("tree").to_str().unwrap());
    assert_eq!(config["url"], *url);
    let one = GitGrant {
        tree: base.join("tree"),
        remotes: vec!["origin".into(), url],
        refs: vec!["main".into(), "next".into()],
        auth: Some("user".into()),
    };
    assert_eq!(grants.git.len(), 2);
    assert_eq!(grants.git[0], one);
}

#[test]
fn a_compose_file_grants_its_containers_too() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().canonicalize().unwrap();
    std::fs::write(base.join("c.yml"), "").unwrap();
    let words = [
        ("file", "compose-file"),
        ("project", "compose-project"),
        ("services", "compose-service"),
    ];
    let properties = marked(&words);
    let (_, grants) = granted(&base, &properties, r#"config = { file = "c.yml" }"#).unwrap();
    let files = vec![base.join("c.yml")];
    assert_eq!(
        grants.compose,
        [ComposeGrant {
            files: files.clone(),
            project: None,
            services: None
        }]
    );
    assert_eq!(
        grants.containers,
        [ContainersGrant {
            files,
            project: None,
            services: None
        }]
    );
    let step = r#"config = { project = "p", services = ["a", "b"] }"#;
    let (_, grants) = granted(&base, &properties, step).unwrap();
    assert_eq!(grants.compose, []);
    let services = Some(vec!["a".to_owned(), "b".to_owned()]);
    let only = ContainersGrant {
        files: vec![],
        project: Some("p".into()),
        services,
    };
    assert_eq!(grants.containers, [only]);
}

#[test]
fn addresses_grant_their_origin() {
    let folder = tempfile::tempdir().unwrap();
    let properties = marked(&[
        ("read", "http-read"),
        ("write", "http-write"),
        ("folder", "folder-write"),
    ]);
    let step = r#"config = { read = ["https://a.example/x", "http://10.0.0.5:81/"], write = "${secret.hook}?w=1", folder = "data" }"#;
    let (config, grants) = granted(folder.path(), &properties, step).unwrap();
    assert_eq!(config["write"], "${secret.hook}?w=1");
    let grant = |origin: &str, methods, private| HttpGrant {
        origin: origin.into(),
        methods,
        private,
    };
    assert_eq!(
        grants.http,
        [
            grant("https://a.example", Methods::Read, false),
            grant("http://10.0.0.5:81", Methods::Read, true),
            grant("http://127.0.0.1:9000", Methods::Any, true),
        ]
    );
    let folder = folder.path().canonicalize().unwrap().join("data");
    assert_eq!(
        grants.files,
        [FilesGrant {
            folder,
            write: true
        }]
    );
}

#[test]
fn only_what_is_written_grants() {
    let folder = tempfile::tempdir().unwrap();
    let properties = json!({
        "tree": { "x-grant": "git-tree", "default": "/srv" },
        "url": { "default": "https://a.example" }, "other": { "type": "string" },
    });
    let (config, grants) = granted(
        folder.path(),
        &properties,
        r#"config = { url = "https://a.example", other = "/srv" }"#,
    )
    .unwrap();
    assert_eq!(grants, Grants::default());
    assert_eq!(
        config,
        json!({ "url": "https://a.example", "other": "/srv" })
    );
}

#[test]
fn what_cannot_be_granted_is_refused_where_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().canonicalize().unwrap();
    std::fs::create_dir(base.join("real")).unwrap();
    std::fs::write(base.join("file"), "").unwrap();
    std::os::unix::fs::symlink("real", base.join("link")).unwrap();
    for (word, config, why) in [
        ("git-tree", r#""link/tree""#, "through the symbolic link"),
        ("git-remote", r#""./link""#, "through the symbolic link"),
        (
            "compose-file",
            r#"["file", "link/c.yml"]"#,
            "config.a[1]: the path",
        ),
        ("folder-read", r#""/""#, "the whole machine"),
        ("git-tree", r#""file""#, "is a file"),
        ("compose-file", r#""real""#, "is no file"),
        ("git-tree", r#"["real", "other"]"#, "names one work tree"),
        ("compose-project", r#"["p", "q"]"#, "names one project"),
        ("git-ref", r#""main""#, "no work tree that this could be of"),
        (
            "compose-service",
            r#"["a"]"#,
            "no project that this could be of",
        ),
        (
            "http-read",
            r#""${secret.token}""#,
            "is a token, no address",
        ),
        (
            "git-remote",
            r#""${secret.hook}""#,
            "a secret cannot be what `git-remote` grants",
        ),
        (
            "http-read",
            r#"{ b = 1 }"#,
            "wanted text, or a list of text",
        ),
        ("git-ref", r#"["main", 7]"#, "config.a[1]: wanted text"),
    ] {
        let step = format!("config = {{ a = {config} }}");
        let said = granted(&base, &marked(&[("a", word)]), &step).unwrap_err();
        assert!(said.contains(why), "{word} {config}: {said}");
        assert!(said.contains("plan.toml:12:"), "{said}");
    }
}
