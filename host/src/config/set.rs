//! `--set code.ref=1a2b3c4`: a config value from the command line, instead of the plan's.

use serde_json::{Map, Value};
use toml::de::DeValue;

use super::display::display;
use super::entry::Entry;
use super::location::{Location, Source};
use super::plan::Plan;
use super::problem::{Problem, member};
use super::schema::Schema;
use super::value::ConfigValue;
use super::{suggest, text_rules};

impl Plan {
    /// Carries out one `ENTRY.KEY[.KEY…]=VALUE`. `schema_of` knows the entries' schemas: a value
    /// that has to be text is taken as it is, any other is read as TOML where it is TOML.
    ///
    /// The value is checked with the rest of the entry's config, by [`Entry::resolve`], which has to
    /// come after.
    pub fn set<'s>(
        &mut self,
        assignment: &str,
        schema_of: impl Fn(&Entry) -> Option<&'s Schema>,
    ) -> Result<(), Problem> {
        let form = "write --set STEP.KEY=VALUE, such as --set code.ref=main";
        let (path, text) = assignment.split_once('=').unwrap_or((assignment, ""));
        let argument = format!("--set {}", display(path));
        let refused = |what: String| Problem::new(Location::Argument(argument.clone()), what);
        if !assignment.contains('=') {
            return Err(refused("there is no `=`".to_owned()).cure(form));
        }
        let mut keys = path.split('.');
        let (Some(name), Some(first)) = (keys.next(), keys.next()) else {
            return Err(refused("there is no key".to_owned()).cure(form));
        };
        let keys: Vec<&str> = std::iter::once(first).chain(keys).collect();
        let names: Vec<String> = self.entries().map(|entry| entry.name.to_string()).collect();
        let secrets = self.secrets.clone();
        let Some(entry) = self.entries_mut().find(|entry| entry.name.as_str() == name) else {
            let problem = refused(format!("there is no step or notifier `{}`", display(name)));
            return Err(problem.cure(suggest::cure(name, names.iter().map(String::as_str))));
        };
        text_rules::text(text).map_err(|refusal| {
            let problem = refused(refusal.what);
            match refusal.cure {
                Some(cure) => problem.cure(cure),
                None => problem,
            }
        })?;
        let schema = schema_of(entry);
        let pointer = keys.iter().fold(String::new(), |at, key| member(&at, key));
        let value = value(text, schema.and_then(|schema| schema.at(&pointer)));
        put(&mut entry.config, &keys, value, schema)
            .map_err(|(what, cure)| refused(what).cure(cure))?;
        entry.locations_mut().give(&pointer, argument.clone());
        entry.check_references(&secrets)
    }
}

/// As TOML where that is what it is, and the schema does not want text.
fn value(text: &str, schema: Option<&Value>) -> Value {
    let kind = schema.and_then(|schema| schema.get("type"));
    let wants_text = match kind {
        Some(Value::String(kind)) => kind == "string",
        Some(Value::Array(kinds)) => {
            kinds.iter().any(|kind| kind == "string") && !text.starts_with('[')
        }
        _ => false,
    };
    let parsed = || {
        let parsed = DeValue::parse(text).ok()?;
        ConfigValue::value(&Source::new("", text), &parsed).ok()
    };
    match wants_text {
        true => None,
        false => parsed(),
    }
    .unwrap_or_else(|| Value::String(text.to_owned()))
}

/// What went wrong, and what to do.
type SetError = (String, String);

/// Puts the value where the keys lead, making tables on the way.
fn put(
    config: &mut Value,
    keys: &[&str],
    value: Value,
    schema: Option<&Schema>,
) -> Result<(), SetError> {
    let mut at = config;
    let mut pointer = String::new();
    for (depth, key) in keys.iter().enumerate() {
        let known = schema
            .map(|schema| schema.keys(&pointer))
            .unwrap_or_default();
        if key.is_empty() || !known.is_empty() && !known.contains(key) {
            let what = format!("unknown key `{}`", display(key));
            return Err((what, suggest::cure(key, known)));
        }
        let Value::Object(members) = at else {
            let what = format!(
                "`{}` is no table, so it has no `{}`",
                keys[..depth].join("."),
                display(key)
            );
            return Err((
                what,
                "give the value as a whole, such as '[\"a\", \"b\"]'".to_owned(),
            ));
        };
        pointer = member(&pointer, key);
        let inner = depth + 1 < keys.len();
        at = members
            .entry(*key)
            .or_insert_with(|| Value::Object(Map::new()));
        if !inner {
            *at = value;
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    const PLAN: &str = r#"
version = 1
name = "app"
environment = "production"
[secrets]
hook = { env = "HOOK", kind = "url", origin = "https://example.com" }
[[step]]
name = "code"
plugin = "own"
config = { ref = "main", n = 1, deep = { er = [1, 2] } }
[[notify]]
plugin = "hook"
"#;

    fn plan() -> Plan {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("plan.toml");
        std::fs::write(&file, PLAN).unwrap();
        Plan::load(&file).unwrap()
    }

    fn schema() -> Schema {
        let text = json!({ "type": "object", "properties": {
            "deep": { "type": "object", "properties": { "er": {}, "ref": { "type": "string" } } },
            "n": { "type": "integer" },
            "ref": { "type": "string" },
            "some": { "type": ["string", "array"] },
        }});
        Schema::parse("own", &text.to_string()).unwrap()
    }

    #[test]
    fn a_value_is_read_as_what_the_schema_wants() {
        let schema = schema();
        for (assignment, pointer, value) in [
            ("code.ref=1234567", "/ref", json!("1234567")),
            ("code.ref=12e4567", "/ref", json!("12e4567")),
            ("code.ref=\"main\"", "/ref", json!("\"main\"")),
            ("code.ref=a=b", "/ref", json!("a=b")),
            ("code.ref=", "/ref", json!("")),
            ("code.n=7", "/n", json!(7)),
            ("code.n=seven", "/n", json!("seven")),
            ("code.deep.er=[\"a\"]", "/deep/er", json!(["a"])),
            ("code.deep.ref=7", "/deep/ref", json!("7")),
            ("code.some=7", "/some", json!("7")),
            ("code.some=[\"a\"]", "/some", json!(["a"])),
        ] {
            let mut plan = plan();
            plan.set(assignment, |_| Some(&schema)).unwrap();
            assert_eq!(
                plan.steps[0].config.pointer(pointer),
                Some(&value),
                "{assignment}"
            );
            assert!(
                plan.to_resolved_json().unwrap()["steps"][0]["config"].pointer(pointer)
                    == Some(&value)
            );
        }
    }

    #[test]
    fn without_a_schema_any_key_can_be_set() {
        let mut plan = plan();
        plan.set("hook.new.table=true", |_| None).unwrap();
        assert_eq!(
            plan.notifiers[0].config,
            json!({ "new": { "table": true } })
        );
    }

    #[test]
    fn what_is_wrong_is_the_arguments_fault() {
        let schema = schema();
        for (assignment, line) in [
            (
                "cod.ref=x",
                "there is no step or notifier `cod` — --set cod.ref — did you mean `code`?",
            ),
            (
                "code.rfe=x",
                "unknown key `rfe` — --set code.rfe — did you mean `ref`?",
            ),
            (
                "code.deep.err=x",
                "unknown key `err` — --set code.deep.err — did you mean `er`?",
            ),
            (
                "code..=x",
                "unknown key `` — --set code.. — it can be `deep`, `n`, `ref`, `some`",
            ),
            (
                "code.n.x=1",
                "`n` is no table, so it has no `x` — --set code.n.x — give the value as a whole, such as '[\"a\", \"b\"]'",
            ),
            (
                "code",
                "there is no `=` — --set code — write --set STEP.KEY=VALUE, such as --set code.ref=main",
            ),
            (
                "code=x",
                "there is no key — --set code — write --set STEP.KEY=VALUE, such as --set code.ref=main",
            ),
            (
                "code.ref=\u{1b}[2J",
                "the character \\u001B may not be in a plan's text — --set code.ref — remove it",
            ),
            (
                "code.ref=${secret.hok}",
                "config.ref: there is no secret `hok` — --set code.ref — did you mean `hook`?",
            ),
        ] {
            let problem = plan().set(assignment, |_| Some(&schema)).unwrap_err();
            assert_eq!(problem.to_string(), line);
        }
        let secret = "code.ref=https://discord.com/api/webhooks/1/hunter22";
        let said = plan()
            .set(secret, |_| Some(&schema))
            .unwrap_err()
            .to_string();
        assert!(
            said.contains("a secret") && !said.contains("hunter22"),
            "{said}"
        );
    }

    #[test]
    fn what_was_set_is_checked_like_the_plan() {
        let schema = schema();
        let mut plan = plan();
        plan.set("code.n=seven", |_| Some(&schema)).unwrap();
        let (folder, secrets) = (plan.folder.clone(), plan.secrets.clone());
        let problem = plan.steps[0]
            .resolve(&schema, &folder, &secrets)
            .unwrap_err();
        assert_eq!(
            problem.to_string(),
            "config.n: wanted a whole number, found text — --set code.n"
        );
        plan.set("code.some=7.5", |_| None).unwrap();
        let problem = plan.steps[0]
            .resolve(&schema, &folder, &secrets)
            .unwrap_err();
        assert_eq!(problem.hints.len(), 1, "{problem:?}");
    }
}
