//! Deployments that a job carries out, and what the job shows of them.

use super::gha_fixture::GhaFixture;
use super::runner::WorkflowEvent;

#[test]
fn a_push_and_a_confirmed_form_deploy_exactly_their_commit() {
    let gha = GhaFixture::new("job");
    let pushed = gha.push("Fix \"bug\" in login\n\nand more", &[]);
    // Somebody else pushes before the job begins.
    gha.push("Not yet", &[]);

    let job = gha
        .pushed(&pushed, "Fix \"bug\" in login\n\nand more")
        .exits(0);
    assert_eq!(gha.preprod(), pushed);
    job.says("succeeded, verified");
    let notice = job.annotation("notice");
    assert_eq!(notice.properties["title"], "mangetamain/preprod: succeeded");
    assert!(notice.data.contains(&pushed[..7]), "{notice:?}");
    assert_eq!(job.annotations.len(), 1, "{:?}", job.annotations);
    let outputs = ["outcome", "evidence", "commit"].map(|key| job.outputs[key].as_str());
    assert_eq!(outputs, ["succeeded", "verified", &pushed]);
    assert_eq!(job.outputs["run"].len(), 36, "{:?}", job.outputs);
    let titles: Vec<&str> = job.groups.iter().map(|(title, _)| title.as_str()).collect();
    assert!(titles.starts_with(&["plan"]), "{titles:?}");
    assert!(
        job.groups[0].1.iter().any(|line| line.contains("app")),
        "{:?}",
        job.groups
    );
    for words in [
        "mangetamain&#47;preprod: succeeded, verified",
        "| ✅ | version |",
        &pushed,
    ] {
        assert!(
            job.summary.contains(words),
            "no {words:?} in\n{}",
            job.summary
        );
    }
    let messages = gha.list_messages(0);
    assert_eq!(messages.len(), 2, "{messages:?}");
    for message in &messages {
        assert!(message.contains(&pushed[..7]), "{message}");
        assert!(
            message.contains("julienlafrance") || message.contains("réussi"),
            "{message}"
        );
    }

    // The secret is told to the runner, which takes the line, and is nowhere else.
    assert_eq!(job.masks, [gha.discord.webhook()]);
    assert!(!job.shown().contains(&gha.token()), "{}", job.shown());

    let job = gha.confirmed(&pushed, "DEPLOY").exits(0);
    assert_eq!(gha.production(), pushed);
    assert_eq!(gha.preprod(), pushed);
    job.says("mangetamain/production succeeded, verified");
    assert_eq!(gha.list_messages(2).len(), 2, "{:?}", gha.list_messages(2));

    // Preproduction's next version leaves production alone.
    let next = gha.push("Next", &[]);
    gha.pushed(&next, "Next").exits(0);
    assert_eq!((gha.preprod(), gha.production()), (next.clone(), pushed));
    let job = gha.pushed(&next, "Next").exits(0);
    job.says("unchanged");
    assert_eq!(
        job.annotation("notice").properties["title"],
        "mangetamain/preprod: unchanged"
    );

    // A workflow of one's own can go back, which is not about the commit of its job.
    let plan = gha.plan("preprod.toml").display().to_string();
    let script = format!("exec deployhost rollback --plan {plan}");
    let event = WorkflowEvent::dispatch(&next, "");
    let job = gha.runner.script(&script, &event).end().exits(0);
    assert_eq!(gha.preprod(), job.outputs["commit"]);
    assert_ne!(gha.preprod(), next);
    assert!(!job.shown().contains(&gha.token()));
}

/// `--json` is for programs, in a job as elsewhere: what a runner is told goes beside it.
#[test]
fn a_job_can_keep_its_log_for_programs() {
    let gha = GhaFixture::new("json");
    let sha = gha.push("##[error]x", &[]);
    let plan = gha.plan("preprod.toml").display().to_string();
    let script = format!("exec deployhost run --json --dry-run --plan {plan}");
    let event = WorkflowEvent::push(&sha, "##[error]x");
    let job = gha.runner.script(&script, &event).end().exits(0);
    assert_eq!(job.outputs["outcome"], "planned");
    assert_eq!(job.annotations.len(), 1, "{:?}", job.annotations);
    assert_eq!(job.masks, [gha.discord.webhook()]);
    let ran = job.ran.as_ref().unwrap();
    for line in ran.out.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["v"], 1);
    }
    assert!(!ran.out.contains("##["), "{}", ran.out);
    let proposed = ran
        .out
        .lines()
        .find(|line| line.contains("\"proposed\""))
        .unwrap();
    let event: serde_json::Value = serde_json::from_str(proposed).unwrap();
    assert!(event.to_string().contains("##[error]x"), "{event}");
}

#[test]
fn a_version_that_does_not_come_up_fails_the_job() {
    let gha = GhaFixture::new("broken");
    let works = gha.push("Works", &[]);
    gha.pushed(&works, "Works").exits(0);
    let broken = gha.push("Breaks", &[("10_preprod/src/index.html", "Oops\n")]);
    let job = gha.pushed(&broken, "Breaks").exits(4);
    assert_eq!(gha.preprod(), works);
    let error = job.annotation("error");
    assert_eq!(
        error.properties["title"],
        "mangetamain/preprod: rolled-back"
    );
    assert!(error.data.contains("health: "), "{error:?}");
    assert_eq!(job.outputs["outcome"], "rolled-back");
    assert_eq!(job.outputs["commit"], broken);
    for words in ["| ❌ | health |", "The way back:", "deployhost show"] {
        assert!(
            job.summary.contains(words),
            "no {words:?} in\n{}",
            job.summary
        );
    }

    // What a container logged is in the log, folded away, and not on the page.
    let script = "echo the-canary-of-a-container; exit 1\n";
    let crashes = gha.push("Crashes", &[("10_preprod/src/start.sh", script)]);
    let job = gha.pushed(&crashes, "Crashes").exits(4);
    let folded = job.groups.iter().filter(|(title, _)| title == "app");
    let lines: Vec<&String> = folded.flat_map(|(_, lines)| lines).collect();
    let canary = "the-canary-of-a-container";
    assert!(
        lines.iter().any(|line| line.contains(canary)),
        "{}",
        job.log
    );
    assert!(!job.summary.contains(canary), "{}", job.summary);
    assert!(!gha.list_messages(0).iter().any(|it| it.contains(canary)));
}
