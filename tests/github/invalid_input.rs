//! What a job is handed can be wrong or hostile: it is told, and nothing else happens.

use super::gha_fixture::GhaFixture;
use super::runner::WorkflowEvent;

/// Texts that want to be more than text, each in a commit message, an author's and a branch's place.
const HOSTILE: &str = "::error::x $(touch pwned) `touch pwned` \"; touch pwned; '##[set-output name=outcome]y\r\
    ::add-mask::succeeded\u{1b}[31m\u{202e} @everyone <script>x</script>\n::set-output name=outcome::z\n";

#[test]
fn only_the_right_word_confirms() {
    let gha = GhaFixture::new("words");
    let sha = gha.push("New feature", &[]);
    for word in ["", "DEPLOY ", "--help", HOSTILE] {
        let before = gha.list_messages(0).len();
        let job = gha.confirmed(&sha, word).exits(6);
        job.says("mangetamain/production cancelled");
        let warning = job.annotation("warning");
        assert_eq!(
            warning.properties["title"],
            "mangetamain/production: cancelled"
        );
        assert_eq!(job.outputs["outcome"], "cancelled");
        assert_eq!(job.outputs["commit"], sha);
        assert_eq!(
            gha.list_messages(before).len(),
            1,
            "{:?}",
            gha.list_messages(before)
        );
        assert!(job.summary.contains("cancelled"), "{}", job.summary);
    }
    assert_eq!(gha.fixture.containers(), []);
    nothing_was_executed(&gha);
}

#[test]
fn what_others_wrote_commands_nothing() {
    let gha = GhaFixture::new("hostile");
    let sha = gha.push(HOSTILE, &[]);
    // The runner would panic on a command that is not ours, and on a group that is not closed.
    let job = gha.pushed(&sha, HOSTILE).exits(0);
    assert_eq!(gha.preprod(), sha);
    assert_eq!(job.annotations.len(), 1, "{:?}", job.annotations);
    assert_eq!(job.outputs["outcome"], "succeeded");
    assert_eq!(job.masks, [gha.discord.webhook()]);
    for sign in ["\u{1b}", "\u{202e}", "<script", "@everyone"] {
        assert!(!job.summary.contains(sign), "{sign:?} in\n{}", job.summary);
    }
    assert!(!job.log.contains(['\u{1b}', '\u{202e}']), "{}", job.log);
    nothing_was_executed(&gha);
}

#[test]
fn a_wrong_plan_is_shown_at_its_place() {
    let gha = GhaFixture::new("plan");
    let sha = gha.push("Begin", &[]);
    gha.write_plan("preprod.toml", |plan| {
        plan.replace("\ntimeout", "\ntimeuot")
    });
    let job = gha.pushed(&sha, "Begin").exits(2);
    let error = job.annotation("error");
    assert_eq!(
        error.properties["file"],
        gha.plan("preprod.toml").display().to_string()
    );
    assert_eq!(
        (
            error.properties["line"].as_str(),
            error.properties["col"].as_str()
        ),
        ("7", "1")
    );
    assert!(error.data.contains("timeuot"), "{error:?}");
    job.says("error: ");
    let outputs = ["outcome", "commit", "run"].map(|key| job.outputs[key].as_str());
    assert_eq!(outputs, ["refused", "", ""]);
    assert!(job.summary.contains("refused"), "{}", job.summary);
}

#[test]
fn what_a_job_hands_over_damaged_is_a_warning() {
    let mut gha = GhaFixture::new("damaged");
    let sha = gha.push("Begin", &[]);
    let missing = gha.fixture.path("none/summary").display().to_string();
    gha.runner
        .environment
        .push(("GITHUB_STEP_SUMMARY", missing));
    let event = WorkflowEvent {
        payload: "{\"head_commit\": 7".into(),
        ..WorkflowEvent::push(&sha, "Begin")
    };
    let job = gha.start("cd-preprod.yml", &event).end().exits(0);
    assert_eq!(gha.preprod(), sha);
    let warnings: Vec<&str> = job
        .annotations
        .iter()
        .filter(|it| it.name == "warning")
        .map(|it| it.data.as_str())
        .collect();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(
        warnings[0].contains("the event of this job cannot be understood"),
        "{warnings:?}"
    );
    assert!(
        warnings[1].contains("GITHUB_STEP_SUMMARY cannot be written"),
        "{warnings:?}"
    );
}

fn nothing_was_executed(gha: &GhaFixture) {
    let found = std::process::Command::new("find")
        .arg(gha.fixture.path("."))
        .args(["-name", "pwned*"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "");
}
