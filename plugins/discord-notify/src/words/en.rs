//! English: the equals of the French texts, in the same order and with the same signs.

use super::Words;

pub const WORDS: Words = Words {
    text,
    evidence,
    health: "Health check failed",
    wrong_word: "Wrong confirmation",
    no_word: "No confirmation was given",
    found: "what was there before the first deployment",
    by_hand: "# or by hand:",
    more: |count| format!("and {count} more"),
    test: "🧪 Test notification from the CLI",
    cause: "🛑 Stopped by: {cause}",
    late: "🐌 Told late: it happened at {late}",
};

fn text(kind: &str, confirmed: bool) -> &'static str {
    match (kind, confirmed) {
        ("started", false) => {
            "🚀 **{environment} deployment started**\n\
             📦 Commit: `{commit}`\n\
             💬 Message: {subject}\n\
             👤 By: {actor}\n\
             {actions}"
        }
        ("started", true) => {
            "🚨 **{environment} deployment started**\n\
             📦 Commit: `{commit}`\n\
             💬 Message: {subject}\n\
             👤 By: {actor}\n\
             ⚠️ Manual deployment, confirmed\n\
             {actions}"
        }
        ("progress", _) => {
            "⏳ **{environment} deployment under way**\n\
             📦 Commit: `{commit}`\n\
             💬 Message: {subject}\n\
             👤 By: {actor}\n\
             {steps}"
        }
        ("succeeded", false) => {
            "✅ **{environment} deployment succeeded!**\n\
             🌐 URL: {url}\n\
             📦 Commit: `{commit}`\n\
             💬 {subject}\n\
             🕐 {time}\n\
             🔍 Evidence: {evidence}"
        }
        ("succeeded", true) => {
            "✅ **{environment} deployment succeeded!**\n\
             🌐 URL: {url}\n\
             📦 Commit: `{commit}`\n\
             💬 {subject}\n\
             🕐 {time}\n\
             👤 Deployed by: {actor}\n\
             🔍 Evidence: {evidence}"
        }
        ("unchanged", false) => {
            "💤 **{environment} deployment: already up to date**\n\
             🌐 URL: {url}\n\
             📦 Commit already in place: `{commit}`\n\
             💬 {subject}\n\
             🕐 {time}\n\
             🔍 Evidence: {evidence}"
        }
        ("unchanged", true) => {
            "💤 **{environment} deployment: already up to date**\n\
             🌐 URL: {url}\n\
             📦 Commit already in place: `{commit}`\n\
             💬 {subject}\n\
             🕐 {time}\n\
             👤 Asked by: {actor}\n\
             🔍 Evidence: {evidence}"
        }
        ("refused", false) => {
            "⛔ **{environment} deployment refused - nothing changed**\n\
             ❌ {problem}\n\
             📦 Commit: `{commit}`\n\
             💬 {subject}\n\
             🕐 {time}\n\
             👤 Commit by: {author}\n\
             {hints}"
        }
        ("refused", true) => {
            "⛔ **{environment} deployment refused - nothing changed**\n\
             ❌ {problem}\n\
             📦 Commit: `{commit}`\n\
             💬 {subject}\n\
             🕐 {time}\n\
             👤 Asked by: {actor}\n\
             {hints}"
        }
        ("failed", false) => {
            "❌ **{environment} deployment failed - nothing had changed**\n\
             ❌ {problem}\n\
             📦 Attempted commit: `{commit}`\n\
             💬 {subject}\n\
             🔙 Still in place: `{previous}`\n\
             🕐 {time}\n\
             📋 Look at the logs: `{logs}`\n\
             👤 Commit by: {author}\n\
             {hints}"
        }
        ("failed", true) => {
            "❌ **{environment} deployment FAILED - nothing had changed**\n\
             ❌ {problem}\n\
             📦 Attempted commit: `{commit}`\n\
             💬 {subject}\n\
             🔙 Still in place: `{previous}`\n\
             🕐 {time}\n\
             📋 Look at the logs: `{logs}`\n\
             👤 Attempted by: {actor}\n\
             {hints}"
        }
        ("rolled-back", false) => {
            "↩️ **{environment} deployment failed - rolled back**\n\
             ❌ {problem}\n\
             📦 Attempted commit: `{tried}`\n\
             🔙 Back on: {back}\n\
             🔍 Evidence: {evidence}\n\
             🌐 URL: {url}\n\
             🕐 {time}\n\
             📋 Look at the logs: `{logs}`\n\
             👤 By: {actor}\n\
             {hints}"
        }
        ("rolled-back", true) => {
            "↩️ **{environment} deployment FAILED - rolled back**\n\
             ❌ {problem}\n\
             📦 Attempted commit: `{tried}`\n\
             🔙 Back on: {back}\n\
             🔍 Evidence: {evidence}\n\
             🌐 URL: {url}\n\
             🕐 {time}\n\
             📋 Look at the logs: `{logs}`\n\
             👤 Attempted by: {actor}\n\
             {hints}"
        }
        ("needs-operator", false) => {
            "❌ **{environment} deployment FAILED**\n\
             📦 Commit: `{commit}`\n\
             💬 {subject}\n\
             ⚠️ **Container in a broken state - manual intervention required**\n\
             📋 Look at the logs: `{logs}`\n\
             👤 Commit by: {author}\n\
             ❌ {problem}\n\
             🔙 Backup available: `{previous}`\n\
             📋 Manual rollback required:\n\
             ```\n\
             {commands}\n\
             ```\n\
             {more}\n\
             🕐 {time}\n\
             {hints}"
        }
        ("needs-operator", true) => {
            "🚨 **CRITICAL FAILURE - {environment} deployment**\n\
             ❌ {problem}\n\
             📦 Attempted commit: `{commit}`\n\
             💬 {subject}\n\
             🔙 Backup available: `{previous}`\n\
             ⚠️ **{environment} POSSIBLY BROKEN**\n\
             📋 Manual rollback required:\n\
             ```\n\
             {commands}\n\
             ```\n\
             {more}\n\
             👤 Attempted by: {actor}\n\
             🕐 {time}\n\
             📋 Look at the logs: `{logs}`\n\
             {hints}"
        }
        ("cancelled", _) => {
            "⚠️ **{environment} deployment cancelled**\n\
             {confirmation} (expected: {confirm})\n\
             👤 By: {actor}\n\
             🕐 {time}\n\
             🔒 Nothing changed"
        }
        ("interrupted", false) => {
            "⚡ **{environment} deployment interrupted - state unknown**\n\
             📦 Commit: `{commit}`\n\
             💬 {subject}\n\
             ⚠️ The process was killed: the next command on this target settles it\n\
             ❌ {problem}\n\
             🕐 {time}\n\
             📋 Look at the logs: `{logs}`\n\
             👤 Commit by: {author}\n\
             {hints}"
        }
        ("interrupted", true) => {
            "⚡ **{environment} deployment interrupted - STATE UNKNOWN**\n\
             📦 Attempted commit: `{commit}`\n\
             💬 {subject}\n\
             ⚠️ The process was killed: the next command on this target settles it\n\
             ❌ {problem}\n\
             🕐 {time}\n\
             📋 Look at the logs: `{logs}`\n\
             👤 Attempted by: {actor}\n\
             {hints}"
        }
        _ => {
            "ℹ️ **{environment} deployment: {kind}**\n\
             ❌ {problem}\n\
             📦 Commit: `{commit}`\n\
             💬 {subject}\n\
             🕐 {time}\n\
             👤 By: {actor}\n\
             🔍 Evidence: {evidence}\n\
             {hints}"
        }
    }
}

fn evidence(word: &str) -> Option<&'static str> {
    Some(match word {
        "verified" => "verified, the answer carries this commit",
        "answering" => "answers as expected, which does not prove which build answers",
        "running" => "its containers run and stay up, nothing was asked of them",
        "applied" => "applied, nothing was probed",
        _ => return None,
    })
}
