#![allow(clippy::unwrap_used)]

use super::*;
use crate::Plan;

fn load(kind: &str) -> Result<Plan, Diagnostic> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.toml");
    let text = format!(
        "version = 1\nname = \"a\"\nenvironment = \"b\"\n\
         [secrets]\ns = {{ env = \"S\", kind = \"{kind}\", origin = \"https://a.example\" }}\n\
         [[step]]\nname = \"code\"\nplugin = \"own\"\n"
    );
    std::fs::write(&file, text).unwrap();
    Plan::load(&file)
}

#[test]
fn every_kind_has_one_word_and_a_stand_in() {
    for kind in SecretKind::ALL {
        let plan = load(kind.as_str()).unwrap();
        let secret = &plan.secrets[0];
        assert_eq!(secret.kind, kind);
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        let is_address = secret.stand_in().starts_with("https://a.example/");
        assert_eq!(is_address, kind == SecretKind::Url, "{kind:?}");
    }
}

#[test]
fn what_a_kind_can_be_is_listed() {
    let diagnostic = load("hunter22").unwrap_err();
    assert_eq!(diagnostic.message, "kind: no such kind of secret");
    assert_eq!(
        diagnostic.help.as_deref(),
        Some("it can be `url`, `token`, `key`")
    );
    assert_eq!(diagnostic.code.as_str(), "plan.secret-kind");
    assert_eq!(diagnostic.parameters, [("key".into(), "kind".into())]);
}
