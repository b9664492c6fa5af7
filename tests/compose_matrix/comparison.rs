//! What a run said, beside what Docker showed before and after it; and two projects, one beside the
//! other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::fixture::{Container, FinishedCommand};

/// Of differences, how many are told.
const TOLD: usize = 4;

/// Services of which a container is another one, or was started again.
pub fn touched(before: &[Container], after: &[Container]) -> Vec<String> {
    let key = |it: &Container| (it.id.clone(), it.started_at);
    let of = |all: &[Container], service: &str| -> BTreeSet<_> {
        all.iter()
            .filter(|it| it.service == service)
            .map(key)
            .collect()
    };
    let services: BTreeSet<&String> = before.iter().chain(after).map(|it| &it.service).collect();
    services
        .into_iter()
        .filter(|service| of(before, service) != of(after, service))
        .cloned()
        .collect()
}

/// Why a run ended as it did.
pub fn problem(ended: &FinishedCommand) -> String {
    let mut events = ended
        .out
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let last = events
        .rfind(|it| it["event"] == "ended")
        .unwrap_or_default();
    format!("{} {}{}", ended.status, last["problem"], ended.err)
}

/// Action by service, as the step's receipt has it.
pub fn said(out: &str) -> BTreeMap<String, String> {
    let mut events = out
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let applied = events
        .rfind(|it| it["event"] == "applied" && it["step"] == "app")
        .unwrap_or_default();
    let outputs = applied["receipt"]["outputs"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let services = outputs.iter().find(|it| it[0] == "services");
    let text = services.and_then(|it| it[1].as_str()).unwrap_or("{}");
    let services: BTreeMap<String, Value> = serde_json::from_str(text).unwrap();
    let action = |it: &Value| it["action"].as_str().unwrap_or_default().to_owned();
    services
        .iter()
        .map(|(name, it)| (name.clone(), action(it)))
        .collect()
}

/// What was said of each service and was not seen, or seen and not said.
pub fn contradictions(
    said: &BTreeMap<String, String>,
    before: &[Container],
    after: &[Container],
) -> Vec<String> {
    let mut lies = Vec::new();
    let of = |all: &[Container], service: &str| -> BTreeMap<String, String> {
        let of_service = all.iter().filter(|it| it.service == service);
        of_service
            .map(|it| (it.id.clone(), it.started_at.to_string()))
            .collect()
    };
    for (service, action) in said {
        let (old, new) = (of(before, service), of(after, service));
        let kept = new.keys().filter(|id| old.contains_key(*id)).count();
        let again = new
            .iter()
            .filter(|(id, at)| old.get(*id).is_some_and(|it| it != *at))
            .count();
        let seen = match action.as_str() {
            "create" => old.is_empty() && !new.is_empty(),
            "recreate" => kept == 0 && !new.is_empty(),
            "restart" => kept == new.len() && again == new.len() && !new.is_empty(),
            "scale" => old.len() != new.len() && again == 0 && kept == old.len().min(new.len()),
            "leave" => old == new,
            _ => false,
        };
        if !seen {
            lies.push(format!(
                "{action} {service} was said, {old:?} became {new:?}"
            ));
        }
    }
    for service in touched(before, after) {
        if !said.contains_key(&service) {
            lies.push(format!("{service} was touched, and not a word said"));
        }
    }
    lies
}

/// The first differences: `path: expected, seen`.
pub fn differences(expected: &Value, seen: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect("", expected, seen, &mut found);
    found.truncate(TOLD);
    found
}

fn collect(path: &str, expected: &Value, seen: &Value, found: &mut Vec<String>) {
    match (expected, seen) {
        (Value::Object(one), Value::Object(other)) => {
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for key in keys {
                let (one, other) = (&expected[key.as_str()], &seen[key.as_str()]);
                collect(&format!("{path}/{key}"), one, other, found);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                collect(&format!("{path}/{index}"), one, other, found);
            }
        }
        _ if expected != seen => found.push(format!("{path}: {expected}, seen {seen}")),
        _ => {}
    }
}
