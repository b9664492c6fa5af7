//! French: first word for word what the channel read before there was deployhost, then what is new.

use super::Words;

pub const WORDS: Words = Words {
    text,
    evidence,
    health: "Health check échoué",
    wrong_word: "Confirmation incorrecte",
    no_word: "Aucune confirmation donnée",
    found: "ce qui était là avant le premier déploiement",
    by_hand: "# ou à la main:",
    more: |count| format!("et {count} de plus"),
    test: "🧪 Test notification depuis CLI",
    cause: "🛑 Arrêté par: {cause}",
    late: "🐌 Envoyé en retard: c'était le {late}",
};

fn text(kind: &str, confirmed: bool) -> &'static str {
    match (kind, confirmed) {
        ("started", false) => {
            "🚀 **Déploiement {environment} démarré**\n\
             📦 Commit: `{commit}`\n\
             💬 Message: {subject}\n\
             👤 Par: {actor}\n\
             {actions}"
        }
        ("started", true) => {
            "🚨 **Déploiement {environment} démarré**\n\
             📦 Commit: `{commit}`\n\
             💬 Message: {subject}\n\
             👤 Par: {actor}\n\
             ⚠️ Déploiement manuel confirmé\n\
             {actions}"
        }
        ("progress", _) => {
            "⏳ **Déploiement {environment} en cours**\n\
             📦 Commit: `{commit}`\n\
             💬 Message: {subject}\n\
             👤 Par: {actor}\n\
             {steps}"
        }
        ("succeeded", false) => {
            "✅ **Déploiement {environment} réussi!**\n\
             🌐 URL: {url}\n\
             📦 Commit: `{commit}`\n\
             💬 {subject}\n\
             🕐 {time}\n\
             🔍 Preuve: {evidence}"
        }
        ("succeeded", true) => {
            "✅ **Déploiement {environment} réussi!**\n\
             🌐 URL: {url}\n\
             📦 Commit: `{commit}`\n\
             💬 {subject}\n\
             🕐 {time}\n\
             👤 Déployé par: {actor}\n\
             🔍 Preuve: {evidence}"
        }
        ("unchanged", false) => {
            "💤 **Déploiement {environment}: déjà à jour**\n\
             🌐 URL: {url}\n\
             📦 Commit déjà en place: `{commit}`\n\
             💬 {subject}\n\
             🕐 {time}\n\
             🔍 Preuve: {evidence}"
        }
        ("unchanged", true) => {
            "💤 **Déploiement {environment}: déjà à jour**\n\
             🌐 URL: {url}\n\
             📦 Commit déjà en place: `{commit}`\n\
             💬 {subject}\n\
             🕐 {time}\n\
             👤 Demandé par: {actor}\n\
             🔍 Preuve: {evidence}"
        }
        ("refused", false) => {
            "⛔ **Déploiement {environment} refusé - rien n'a changé**\n\
             ❌ {problem}\n\
             📦 Commit: `{commit}`\n\
             💬 {subject}\n\
             🕐 {time}\n\
             👤 Commit par: {author}\n\
             {hints}"
        }
        ("refused", true) => {
            "⛔ **Déploiement {environment} refusé - rien n'a changé**\n\
             ❌ {problem}\n\
             📦 Commit: `{commit}`\n\
             💬 {subject}\n\
             🕐 {time}\n\
             👤 Demandé par: {actor}\n\
             {hints}"
        }
        ("failed", false) => {
            "❌ **Déploiement {environment} échoué - rien n'avait changé**\n\
             ❌ {problem}\n\
             📦 Commit tenté: `{commit}`\n\
             💬 {subject}\n\
             🔙 Toujours en place: `{previous}`\n\
             🕐 {time}\n\
             📋 Vérifier les logs: `{logs}`\n\
             👤 Commit par: {author}\n\
             {hints}"
        }
        ("failed", true) => {
            "❌ **ÉCHEC Déploiement {environment} - rien n'avait changé**\n\
             ❌ {problem}\n\
             📦 Commit tenté: `{commit}`\n\
             💬 {subject}\n\
             🔙 Toujours en place: `{previous}`\n\
             🕐 {time}\n\
             📋 Vérifier les logs: `{logs}`\n\
             👤 Tenté par: {actor}\n\
             {hints}"
        }
        ("rolled-back", false) => {
            "↩️ **Déploiement {environment} échoué - retour arrière effectué**\n\
             ❌ {problem}\n\
             📦 Commit tenté: `{tried}`\n\
             🔙 De retour sur: {back}\n\
             🔍 Preuve: {evidence}\n\
             🌐 URL: {url}\n\
             🕐 {time}\n\
             📋 Vérifier les logs: `{logs}`\n\
             👤 Par: {actor}\n\
             {hints}"
        }
        ("rolled-back", true) => {
            "↩️ **ÉCHEC Déploiement {environment} - retour arrière effectué**\n\
             ❌ {problem}\n\
             📦 Commit tenté: `{tried}`\n\
             🔙 De retour sur: {back}\n\
             🔍 Preuve: {evidence}\n\
             🌐 URL: {url}\n\
             🕐 {time}\n\
             📋 Vérifier les logs: `{logs}`\n\
             👤 Tenté par: {actor}\n\
             {hints}"
        }
        ("needs-operator", false) => {
            "❌ **ÉCHEC Déploiement {environment}**\n\
             📦 Commit: `{commit}`\n\
             💬 {subject}\n\
             ⚠️ **Container dans état cassé - intervention manuelle requise**\n\
             📋 Vérifier les logs: `{logs}`\n\
             👤 Commit par: {author}\n\
             ❌ {problem}\n\
             🔙 Backup disponible: `{previous}`\n\
             📋 Rollback manuel requis:\n\
             ```\n\
             {commands}\n\
             ```\n\
             {more}\n\
             🕐 {time}\n\
             {hints}"
        }
        ("needs-operator", true) => {
            "🚨 **ÉCHEC CRITIQUE - Déploiement {environment}**\n\
             ❌ {problem}\n\
             📦 Commit tenté: `{commit}`\n\
             💬 {subject}\n\
             🔙 Backup disponible: `{previous}`\n\
             ⚠️ **{environment} POTENTIELLEMENT CASSÉE**\n\
             📋 Rollback manuel requis:\n\
             ```\n\
             {commands}\n\
             ```\n\
             {more}\n\
             👤 Tenté par: {actor}\n\
             🕐 {time}\n\
             📋 Vérifier les logs: `{logs}`\n\
             {hints}"
        }
        ("cancelled", _) => {
            "⚠️ **Déploiement {environment} annulé**\n\
             {confirmation} (attendu: {confirm})\n\
             👤 Par: {actor}\n\
             🕐 {time}\n\
             🔒 Rien n'a changé"
        }
        ("interrupted", false) => {
            "⚡ **Déploiement {environment} interrompu - état inconnu**\n\
             📦 Commit: `{commit}`\n\
             💬 {subject}\n\
             ⚠️ Le processus a été tué: la prochaine commande sur cette cible règle la situation\n\
             ❌ {problem}\n\
             🕐 {time}\n\
             📋 Vérifier les logs: `{logs}`\n\
             👤 Commit par: {author}\n\
             {hints}"
        }
        ("interrupted", true) => {
            "⚡ **Déploiement {environment} interrompu - ÉTAT INCONNU**\n\
             📦 Commit tenté: `{commit}`\n\
             💬 {subject}\n\
             ⚠️ Le processus a été tué: la prochaine commande sur cette cible règle la situation\n\
             ❌ {problem}\n\
             🕐 {time}\n\
             📋 Vérifier les logs: `{logs}`\n\
             👤 Tenté par: {actor}\n\
             {hints}"
        }
        _ => {
            "ℹ️ **Déploiement {environment}: {kind}**\n\
             ❌ {problem}\n\
             📦 Commit: `{commit}`\n\
             💬 {subject}\n\
             🕐 {time}\n\
             👤 Par: {actor}\n\
             🔍 Preuve: {evidence}\n\
             {hints}"
        }
    }
}

fn evidence(word: &str) -> Option<&'static str> {
    Some(match word {
        "verified" => "vérifié, la réponse porte ce commit",
        "answering" => "répond comme attendu, sans prouver quelle version répond",
        "running" => "les containers tournent et restent stables, rien ne leur a été demandé",
        "applied" => "appliqué, rien n'a été vérifié",
        _ => return None,
    })
}
