use super::*;

#[test]
fn a_webhook_is_known_in_all_its_spellings() {
    for said in [
        "https://discord.com/api/webhooks/1/abc",
        "https://canary.discord.com/api/webhooks/1/abc?wait=true",
        "https://DISCORDAPP.com/api/v10/webhooks/1/abc",
        "see https://ptb.discord.com/api/webhooks/1",
    ] {
        assert!(is_webhook(said), "{said}");
    }
    for said in [
        "https://discord.com/channels/1/2",
        "https://discord.com/api/v10/channels/1/webhooks",
        "https://example.com/api/webhooks/1/abc",
        "${secret.discord}?thread_id=1",
    ] {
        assert!(!is_webhook(said), "{said}");
    }
}
