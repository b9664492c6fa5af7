//! What has changed in the plugins of a plan since they were pinned, and pins them as they are.

use super::PluginPath;
use super::loader::Loader;
use super::plugin_pins::PlanPins;
use super::plugin_source::found;
use crate::bind::LoadedPlugin;
use crate::command_error::Result;
use deployhost_plan::{Entry, Pin, Pins, Plan};
use deployhost_policy::Location;
use deployhost_policy::short_id::short_digest;

/// Lines about every plugin of the plan; `write`: and from now on they are meant as they are.
///
/// A plugin that is none is refused, and then nothing is written.
pub async fn update_pins(
    loader: Loader<'_>,
    plan: &Plan,
    plugin_path: &PluginPath,
    write: bool,
) -> Result<Vec<String>> {
    let pinned = PlanPins::beside(plan)?;
    let mut report = Vec::new();
    let mut pins: Vec<Pin> = Vec::new();
    for entry in plan.entries() {
        let name = Pins::name(&entry.plugin, &plan.folder);
        if pins.iter().any(|pin| pin.name == name) {
            continue;
        }
        let (place, bytes) = found(entry, plugin_path)?;
        let now = loader.binder().load(entry, place, bytes).await?;
        let version = &now.plugin.description.version;
        let pin = Pin::new(&entry.plugin, &plan.folder, version, &now.plugin.digest);
        match pinned.pins.get(&name) {
            None => report.push(format!("{name} {}: not pinned before", pin.version)),
            Some(before) if before.sha256 == pin.sha256 => {
                report.push(format!("{name} {}: as it was pinned", pin.version));
            }
            Some(before) => {
                let (then, now_is) = (short_digest(&before.sha256), short_digest(&pin.sha256));
                report.push(format!("{name} {} → {}", before.version, pin.version));
                report.push(format!("  sha256    {then}… → {now_is}…"));
                match load_pinned(loader, entry, before).await {
                    Some(before) => report.extend(changes(&before, &now)),
                    None => report.push(
                        "  its bytes of before are not kept in this state folder: what else \
                         changed cannot be told"
                            .to_owned(),
                    ),
                }
            }
        }
        pins.push(pin);
    }
    let file = pinned.path();
    if !write {
        report.push(format!("{} stays as it is", file.display()));
        return Ok(report);
    }
    if let Some(why) = pinned.add(plan, pins, true)? {
        return Err(why.into());
    }
    report.push(format!("{} is written", file.display()));
    Ok(report)
}

/// The plugin as it was pinned, where a run of it was kept.
async fn load_pinned(loader: Loader<'_>, entry: &Entry, pin: &Pin) -> Option<LoadedPlugin> {
    let bytes = loader
        .environment
        .store
        .read(&pin.sha256.parse().ok()?)
        .ok()?;
    let (binder, location) = (loader.binder(), Location::named("before"));
    binder.load(entry, location, bytes).await.ok()
}

/// What a plugin says of itself and asks for, then and now; one line for each kind of change.
fn changes(then: &LoadedPlugin, now: &LoadedPlugin) -> Vec<String> {
    let asks = |loaded: &LoadedPlugin| loaded.plugin.capabilities.clone();
    let keys = |loaded: &LoadedPlugin| {
        let keys = loaded.schema.keys("").into_iter();
        keys.map(str::to_owned).collect::<Vec<_>>()
    };
    let grants = |loaded: &LoadedPlugin| {
        let grants = loaded.schema.grants();
        grants
            .map(|(key, word)| format!("{word} by {key}"))
            .collect::<Vec<_>>()
    };
    let said = |loaded: &LoadedPlugin| {
        let said = &loaded.plugin.description;
        [
            ("role", said.role_word()),
            ("recovery", said.recovery.as_str()),
        ]
    };
    let lists = [
        ("asks for", asks(then), asks(now)),
        ("config", keys(then), keys(now)),
        ("grants", grants(then), grants(now)),
    ];
    let mut lines: Vec<String> = lists
        .into_iter()
        .filter_map(|(what, then, now)| {
            let gone = then.iter().filter(|it| !now.contains(it));
            let come = now.iter().filter(|it| !then.contains(it));
            let signed: Vec<String> = come
                .map(|it| format!("+ {it}"))
                .chain(gone.map(|it| format!("- {it}")))
                .collect();
            (!signed.is_empty()).then(|| format!("  {what:9} {}", signed.join(", ")))
        })
        .collect();
    for ((what, then), (_, now)) in said(then).into_iter().zip(said(now)) {
        if then != now {
            lines.push(format!("  {what:9} {then} → {now}"));
        }
    }
    let schema = |loaded: &LoadedPlugin| loaded.plugin.description.config_schema.clone();
    if schema(then) != schema(now) && !lines.iter().any(|line| line.starts_with("  config")) {
        lines.push("  config    the same keys, with other rules or descriptions".to_owned());
    }
    if lines.is_empty() {
        lines.push("  asks for, takes and grants the same as before".to_owned());
    }
    lines
}
