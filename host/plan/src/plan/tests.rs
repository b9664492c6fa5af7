#![allow(clippy::unwrap_used)]

use super::*;
use crate::hang_guard::ends;
use std::os::unix::fs::PermissionsExt;

const HEAD: &str = "version = 1\nname = \"app\"\nenvironment = \"production\"\n";

fn load(folder: &Path, rest: &str) -> Result<Plan, Diagnostic> {
    let file = folder.join("plan.toml");
    std::fs::write(&file, format!("{HEAD}{rest}")).unwrap();
    Plan::load(&file)
}

fn step(name: &str, more: &str) -> String {
    format!("[[step]]\nname = \"{name}\"\nplugin = \"own\"\n{more}\n")
}

#[test]
fn what_is_left_out_has_its_default() {
    let folder = tempfile::tempdir().unwrap();
    let plan = load(folder.path(), &step("code", "")).unwrap();
    assert_eq!(plan.timeout, Duration::from_secs(900));
    assert_eq!((plan.retries, plan.automatic_rollback), (2, true));
    assert_eq!((plan.require, plan.url, plan.confirm), (None, None, None));
    assert!(plan.steps[0].grant.is_empty());
    assert_eq!(plan.folder, folder.path().canonicalize().unwrap());
    assert_eq!(plan.file, plan.folder.join("plan.toml"));
}

#[test]
fn the_journals_plan_is_the_plan() {
    let folder = tempfile::tempdir().unwrap();
    let rest = format!(
        "timeout = \"90s\"\nretries = 3\nrequire = \"verified\"\nconfirm = \"YES\"\n\
             [secrets]\nhook = {{ file = \"hook\", kind = \"url\", origin = \"https://example.com\" }}\n{}{}",
        step(
            "code",
            "timeout = \"5s\"\nirreversible = true\nconfig = { a = 1, b = 1.0, c = \"${secret.hook}\" }\n\
                  grant = { wasi = true, http = [{ origin = \"https://example.com\", methods = [\"PUT\"] }] }"
        ),
        "[rollback]\nautomatic = false\n",
    );
    let plan = load(folder.path(), &rest).unwrap();
    let meant = plan.to_resolved_json().unwrap();
    let read = Plan::from_resolved_json(meant.clone()).unwrap();
    assert_eq!(read.to_resolved_json().unwrap(), meant);
    assert_eq!(
        read.steps[0].config.to_string(),
        r#"{"a":1,"b":1.0,"c":"${secret.hook}"}"#
    );
    assert_eq!(read.steps[0].grant, plan.steps[0].grant);
    assert_eq!(read.secrets, plan.secrets);
    assert_eq!(read.require, Some(Evidence::Verified));
    assert_eq!((read.timeout, read.retries), (Duration::from_secs(90), 3));
    assert!(!read.automatic_rollback && read.steps[0].irreversible);
    let location = read.steps[0].location_of("/a").to_string();
    assert_eq!(location, "code.a in the journal's plan");
}

#[test]
fn a_plan_of_another_binary_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut meant = load(folder.path(), &step("code", ""))
        .unwrap()
        .to_resolved_json()
        .unwrap();
    meant["colour"] = "new".into();
    let diagnostic = Plan::from_resolved_json(meant).unwrap_err();
    assert!(
        diagnostic.message.contains("unknown field `colour`"),
        "{diagnostic}"
    );
}

#[test]
fn what_cannot_be_taken_back_comes_after_every_check_or_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let nature_of = |entry: &Entry| {
        let (role, recovery) = match entry.name.as_str() {
            "check" => (Role::Verify, Recovery::None),
            "gate" => (Role::Gate, Recovery::None),
            "mail" => (Role::Change, Recovery::None),
            _ => (Role::Change, Recovery::Pin),
        };
        StepNature { role, recovery }
    };
    for (names, more, rollback, fine) in [
        (["code", "mail", "check"], "", "", false),
        (["mail", "check", "code"], "", "", false),
        (["code", "check", "mail"], "", "", true),
        (["gate", "code", "check"], "", "", true),
        (["code", "mail", "check"], "irreversible = true", "", true),
        (
            ["code", "mail", "check"],
            "",
            "[rollback]\nautomatic = false",
            true,
        ),
    ] {
        let steps: String = names.iter().map(|name| step(name, more)).collect();
        let plan = load(folder.path(), &format!("{steps}{rollback}")).unwrap();
        assert_eq!(
            plan.check_recovery(nature_of).is_ok(),
            fine,
            "{names:?} {more} {rollback}"
        );
    }
}

#[test]
fn warnings_name_what_they_are_about() {
    let folder = tempfile::tempdir().unwrap();
    let secret = |name: &str| {
        format!(
            "{name} = {{ file = \"{name}\", kind = \"token\", origin = \"https://a.example\" }}\n"
        )
    };
    let rest = format!(
        "[secrets]\n{}{}{}",
        secret("used"),
        secret("spare"),
        step(
            "code",
            "config = { a = \"${secret.used}\" }\ngrant.git = [{ tree = \"/no/such\" }]"
        )
    );
    load(folder.path(), &rest).unwrap();
    let file = folder.path().join("plan.toml");
    let warnings = |mode| {
        std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        Plan::load(&file).unwrap().warnings()
    };
    assert_eq!(warnings(0o600).len(), 1);
    assert!(
        warnings(0o600)[0]
            .to_string()
            .starts_with("the secret `spare` is used nowhere")
    );
    assert_eq!(warnings(0o644).len(), 3);
    assert!(
        warnings(0o644)[1]
            .to_string()
            .contains("others can read the plan, and the secret `used`")
    );
}

#[test]
fn bombs_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let dotted = "a.".repeat(20_000);
    for (rest, why) in [
        ("[[step]]\n".repeat(100_000), "at most 100"),
        (
            format!("x = {}\n", "[".repeat(400_000)),
            "nested more than 80 deep",
        ),
        (format!("{dotted}b = 1\n"), "nested more than 80 deep"),
        (format!("[{dotted}b]\n"), "nested more than 80 deep"),
        (
            format!(
                "{}config = {{ x = [{}] }}\n",
                step("code", ""),
                "1,".repeat(20_000)
            ),
            "more than 10,000 values",
        ),
        (
            format!(
                "{}config = {{ {} }}\n",
                step("code", ""),
                "k='v',".repeat(100_000)
            ),
            "there twice",
        ),
    ] {
        let at = folder.path().to_owned();
        let diagnostic = ends(move || load(&at, &rest)).unwrap_err();
        assert!(diagnostic.to_string().contains(why), "{why}: {diagnostic}");
    }
}
