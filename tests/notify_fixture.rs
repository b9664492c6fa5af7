//! A tree and a page that is good, and a notifier whose Discord is not there yet.

use hello_server::{Discord, Message};

use crate::fixture::page::Served;
use crate::fixture::{Fixture, PlanEntry, plugin_builder, port};

/// The notifier posts to an address on which `discord` listens once it is called.
pub struct NotifyFixture {
    pub fixture: Fixture,
    pub address: String,
}

impl NotifyFixture {
    pub fn new(word: &str) -> Self {
        let notifier = plugin_builder::plugin("raw-notifier");
        Self::with_plugin(word, notifier.to_str().unwrap())
    }

    pub fn with_plugin(word: &str, plugin: &str) -> Self {
        let mut fixture = Fixture::without_containers(word);
        let address = format!("127.0.0.1:{}", port::free());
        fixture.plan.discord = Some(format!("http://{address}"));
        fixture.plan.notifiers.push(PlanEntry::discord(plugin));
        let hook = Discord::listen("127.0.0.1:0", |_| {}).unwrap();
        let webhook = hook
            .webhook()
            .replace(&hook.origin(), &format!("http://{address}"));
        fixture.environment.push(("DISCORD_WEBHOOK_URL", webhook));
        fixture.plan.set("health", "expect", "{ text = \"good\" }");
        fixture.commit("First", &[("README.md", "one\n")]);
        Self { fixture, address }
    }

    pub fn discord(&self) -> Discord {
        Discord::listen(&self.address, |_| {}).unwrap()
    }

    pub fn page(&self) -> Served {
        Served::on(self.fixture.port, || "good".to_owned())
    }
}

/// What each message was about, in their order.
pub fn kinds(discord: &Discord) -> Vec<String> {
    let messages = discord.messages();
    messages.iter().map(|it| it.content().to_owned()).collect()
}

/// A detail of the run that a message is about.
pub fn detail(message: &Message, key: &str) -> Option<String> {
    let details = message.body["details"].as_array().unwrap();
    let found = details.iter().find(|pair| pair[0] == key)?;
    Some(found[1].as_str().unwrap().to_owned())
}

/// Whether it was delivered by a later command than the one that it is about.
pub fn is_late(message: &Message) -> bool {
    detail(message, "late").as_deref() == Some("true")
}
