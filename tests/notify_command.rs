//! `deployhost notify`: what is made up for a try, and what earlier runs could not deliver.

use hello_server::Fault;
use serde_json::json;

use crate::notify_fixture::{NotifyFixture, detail, is_late, kinds};

/// The name of the plan's only notifier.
const NOTIFIER: &str = "discord";

#[test]
fn two_that_flush_at_once_deliver_once() {
    let notify = NotifyFixture::new("flush");
    let _page = notify.page();
    let never = notify.fixture.asks("notify", &["--flush"]).exits(0);
    never.says("nothing is owed");
    assert!(!notify.fixture.state().exists());
    notify.fixture.run().exits(0);
    let left = notify.fixture.asks("notify", &["--flush"]).exits(1);
    left.says("0 delivered, 1 left")
        .says("succeeded, to discord: ");

    let discord = notify.discord();
    // The first attempt takes a second longer: the others come meanwhile.
    discord.fail_next([Fault::Status(500)]);
    let flush = || {
        let flush = notify
            .fixture
            .asks("notify", &["--flush", "--json"])
            .exits(0);
        let output = flush.events().remove(0);
        assert_eq!(output["left"], json!([]), "{output}");
        output["delivered"].as_array().unwrap().len()
    };
    let delivered: usize = std::thread::scope(|scope| {
        let flushes: Vec<_> = (0..3).map(|_| scope.spawn(flush)).collect();
        flushes.into_iter().map(|it| it.join().unwrap()).sum()
    });
    assert_eq!(delivered, 1);
    assert_eq!(kinds(&discord), ["succeeded"]);
    assert!(is_late(&discord.messages()[0]));
}

#[test]
fn a_debt_that_nothing_could_pay_is_given_up() {
    let notify = NotifyFixture::new("given");
    let _page = notify.page();
    notify.fixture.run().exits(0);
    let discord = notify.discord();
    discord.fail_next([Fault::Status(404)]);
    notify
        .fixture
        .asks("notify", &["--flush"])
        .exits(0)
        .says("given up: ")
        .says("gone");
    notify
        .fixture
        .asks("notify", &["--flush"])
        .exits(0)
        .says("nothing is owed");
    assert_eq!(discord.messages(), []);
}

#[test]
fn every_event_can_be_tried() {
    let mut notify = NotifyFixture::new("tried");
    notify.fixture.plan.confirm = Some("DEPLOY");
    let discord = notify.discord();
    let kinds_ = [
        "started",
        "progress",
        "succeeded",
        "unchanged",
        "refused",
        "failed",
        "rolled-back",
        "needs-operator",
        "cancelled",
        "interrupted",
    ];
    for kind in kinds_ {
        let tried = notify.fixture.asks("notify", &["--event", kind]).exits(0);
        tried.says(kind).says("discord: delivered");
    }
    assert_eq!(kinds(&discord), kinds_);
    for notice in discord.messages() {
        assert_eq!(
            detail(&notice, "test").as_deref(),
            Some("true"),
            "{notice:?}"
        );
        assert_eq!(detail(&notice, "confirm").as_deref(), Some("DEPLOY"));
        assert!(notice.body["commit"].is_string(), "{notice:?}");
    }
    assert_ne!(discord.messages()[7].body["by-hand"], json!([]));

    // The commit is the tree's own, where there is one.
    let page = notify.page();
    notify.fixture.run_with(&["--confirm", "DEPLOY"]).exits(0);
    drop(page);
    notify
        .fixture
        .asks("notify", &["--event", "started"])
        .exits(0);
    assert_eq!(
        discord.messages().last().unwrap().body["commit"],
        notify.fixture.head()
    );

    let wrong = notify
        .fixture
        .asks("notify", &["--event", "suceeded"])
        .exits(2);
    wrong.says("did you mean succeeded?");
    notify.fixture.asks("notify", &[]).exits(2);
    let plan = notify.fixture.path("test.toml").display().to_string();
    let both = ["--flush", "--plan", plan.as_str()];
    notify.fixture.asks("notify", &both).exits(2);
    notify
        .fixture
        .asks("notify", &["--event", "started", "--flush"])
        .exits(2);
    discord.fail_next([Fault::Status(404)]);
    let gone = notify
        .fixture
        .asks("notify", &["--event", "started", "--json"])
        .exits(1);
    let output = &gone.events()[0];
    assert_eq!(output["told"][0]["notifier"], NOTIFIER);
    assert_eq!(output["told"][0]["delivered"], false);
    let problem = &output["told"][0]["problem"];
    assert_eq!(problem["message"], "gone");
    assert_eq!(problem["code"], "raw-notifier.gone");
}
