use super::*;
use crate::scripted_run::problem;

fn applying(step: &str, attempt: u32) -> Event {
    Event::Applying {
        step: step.into(),
        pass: Pass::Forward,
        pin: None,
        attempt,
    }
}

fn progress(step: &str, done: u32, total: u32, message: &str) -> Event {
    Event::Progress {
        step: step.into(),
        done,
        total,
        message: message.into(),
    }
}

#[test]
fn a_step_takes_as_long_as_all_its_attempts() {
    let failed = Event::Failed {
        step: "app".into(),
        pass: Pass::Forward,
        problem: problem("no"),
        temporary: true,
    };
    let mut step_timings = StepTimings::default();
    for (event, at) in [
        (applying("app", 1), 100),
        (failed.clone(), 200),
        (applying("app", 2), 1200),
    ] {
        step_timings.see(&event, at);
    }
    assert_eq!(step_timings.running("app"), Some(None));
    step_timings.see(&failed, 1500);
    assert_eq!(step_timings.took("app"), Some(1400));
    assert_eq!(step_timings.running("app"), None);
    assert_eq!(step_timings.took("code"), None);
}

#[test]
fn how_far_it_is_is_said_by_the_step_that_is_at_it() {
    let mut step_timings = StepTimings::default();
    step_timings.see(&progress("app", 1, 2, "early"), 0);
    assert_eq!(step_timings.running("app"), None);
    step_timings.see(&applying("app", 1), 0);
    // A notifier tells its progress in the same words.
    step_timings.see(&progress("discord", 1, 2, "posting"), 0);
    assert_eq!(step_timings.running("app"), Some(None));
    for (event, said) in [
        (
            progress("app", 3, 10, "waiting for web"),
            "3 of 10, waiting for web",
        ),
        (progress("app", 3, 0, "waiting"), "waiting"),
        (progress("app", 3, 10, ""), "3 of 10"),
    ] {
        step_timings.see(&event, 0);
        assert_eq!(step_timings.running("app"), Some(Some(said)));
    }
    step_timings.see(&applying("health", 1), 0);
    assert_eq!(step_timings.running("app"), None);
    assert_eq!(step_timings.running("health"), Some(None));
}
