//! The rules of a run, one sentence each. The whole sequence of actions is compared.

#![allow(clippy::unwrap_used)]

mod script;

use deployhost_engine::{Action, Event, Evidence, Outcome, Pass, Release, Run, Status};
use deployhost_policy::Diagnostic;
use script::{Script, release};

const PLAN: &str = "code:change:pin app:change:pin health:verify";

mod planning {
    use super::*;

    #[test]
    fn gates_and_changes_are_planned_in_order_and_verify_steps_are_not() {
        let played = Script::deploy("hours:gate health:verify code:change:pin").play();
        assert_eq!(played.trace[..3].join(", "), "plan hours, plan code, start");
    }

    #[test]
    fn a_dry_run_ends_after_planning() {
        let dry = Script::deploy(PLAN).given(|o| (o.dry_run, o.confirm) = (true, true));
        assert_eq!(dry.play().asked(), "plan code, plan app, planned");
    }

    #[test]
    fn a_plan_that_fails_ends_the_run_as_failed_after_its_retries() {
        let played = Script::deploy(PLAN).fails_for_now("plan app", 9).play();
        assert_eq!(
            played.asked(),
            "plan code, plan app, plan app (2 after 1000), plan app (3 after 5000), failed"
        );
        assert_eq!(played.message(), "plan app is busy");
        let played = Script::deploy(PLAN).fails("plan code").play();
        assert_eq!(played.asked(), "plan code, failed");
    }

    #[test]
    fn a_refusal_ends_the_run_as_refused() {
        let played = Script::deploy(PLAN).refused_in("plan app").play();
        assert_eq!(played.asked(), "plan code, plan app, refused");
        let played = Script::deploy(PLAN)
            .given(|o| o.confirm = true)
            .refused_in("confirm");
        assert_eq!(
            played.play().asked(),
            "plan code, plan app, confirm, refused"
        );
    }

    #[test]
    fn an_unsettled_target_whose_plan_fails_is_left_as_it_was_and_this_is_said() {
        let played = Script::deploy(PLAN)
            .before("code=c1")
            .given(|o| o.unsettled = true)
            .fails("plan code")
            .play();
        assert_eq!(played.asked(), "plan code, failed");
        assert!(played.problem.unwrap().notes[0].contains("unsettled"));
    }
}

mod confirming {
    use super::*;

    fn confirmed() -> Script {
        Script::deploy(PLAN).given(|o| o.confirm = true)
    }

    #[test]
    fn nothing_starts_before_it_is_confirmed() {
        let played = confirmed().play();
        assert_eq!(played.trace[2..4].join(", "), "confirm, start");
    }

    #[test]
    fn a_declined_run_is_cancelled() {
        let played = confirmed().declined().play();
        assert_eq!(played.asked(), "plan code, plan app, confirm, cancelled");
        assert_eq!(played.message(), "no");
    }

    #[test]
    fn a_run_stopped_at_the_question_is_cancelled_unless_it_was_answered() {
        let played = confirmed().stopped_in("confirm").declined().play();
        assert_eq!(played.outcome(), Outcome::Cancelled);
        let played = confirmed().stopped_in("confirm").play();
        assert_eq!(played.asked(), "plan code, plan app, confirm, failed");
        let mut played = confirmed().stopped_in("plan app").play();
        assert_eq!(played.asked(), "plan code, plan app, cancelled");
        assert_eq!(played.run.signal(), Some(15));
        played.tell(Event::Note {
            text: "told after the end".into(),
        });
    }

    #[test]
    fn what_was_not_shown_fails_the_step_before_its_apply() {
        let played = confirmed()
            .before("code=c1 app=a1")
            .proposes("replan app", None, &["restart app", "recreate db"])
            .play();
        assert_eq!(
            played.asked(),
            "replan code, apply code code-new, replan app, roll back to r1, \
             apply-back code c1, apply-back app a1, verify-back health, rolled-back applied"
        );
        assert!(
            played.message().contains("`recreate db`"),
            "{}",
            played.message()
        );
        assert_eq!(played.run.failure().unwrap().step, "app");
    }

    #[test]
    fn what_an_at_most_covered_is_applied() {
        let played = confirmed()
            .proposes("plan app", Some("a2"), &["at most: recreate app"])
            .proposes("replan app", Some("a3"), &["restart app"])
            .play();
        assert_eq!(
            played.asked(),
            "replan code, apply code code-new, replan app, apply app a2, verify health, \
             succeeded applied"
        );
    }

    #[test]
    fn an_unconfirmed_run_may_do_what_was_not_shown() {
        let played = Script::deploy("code:change:pin app:change:pin")
            .proposes("replan app", None, &["recreate db"])
            .play();
        assert_eq!(
            played.asked(),
            "apply code code-new, replan app, apply app app-new, succeeded applied"
        );
    }
}

mod applying {
    use super::*;

    #[test]
    fn a_step_is_planned_again_after_a_change_and_gets_the_pin_of_its_first_plan() {
        let played = Script::deploy("code:change:pin app:change:pin health:verify")
            .proposes("replan app", Some("moved-on"), &[])
            .play();
        assert_eq!(
            played.asked(),
            "apply code code-new, replan app, apply app app-new, verify health, succeeded applied"
        );
    }

    #[test]
    fn a_step_is_not_planned_again_while_all_is_as_it_was() {
        let played = Script::deploy("code:change:pin app:change:pin")
            .quiet("apply code")
            .says("apply code", "proposal of code")
            .play();
        assert_eq!(
            played.asked(),
            "apply code code-new, apply app app-new, succeeded applied"
        );
    }

    #[test]
    fn a_step_is_planned_again_after_one_before_it_has_told_something_new() {
        let played = Script::deploy("code:change:pin app:change:pin")
            .quiet("apply code")
            .play();
        assert_eq!(
            played.asked(),
            "apply code code-new, replan app, apply app app-new, succeeded applied"
        );
    }

    #[test]
    fn every_step_is_planned_again_after_somebody_was_asked() {
        let played = Script::deploy("code:change:pin app:change:pin")
            .given(|o| o.confirm = true)
            .quiet("apply code")
            .play();
        assert_eq!(
            played.asked(),
            "replan code, apply code code-new, replan app, apply app app-new, \
             succeeded applied"
        );
    }

    #[test]
    fn a_pin_that_only_the_second_plan_knows_is_used() {
        let played = Script::deploy("code:change:pin app:change:pin")
            .proposes("plan app", None, &[])
            .proposes("replan app", Some("a2"), &[])
            .play();
        assert_eq!(
            played.asked(),
            "apply code code-new, replan app, apply app a2, succeeded applied"
        );
    }

    #[test]
    fn a_temporary_failure_is_tried_again_after_one_second_and_then_five() {
        let played = Script::deploy("app:change:pin")
            .given(|o| o.retries = 3)
            .fails_for_now("apply app", 3)
            .play();
        assert_eq!(
            played.asked(),
            "apply app app-new, apply app app-new (2 after 1000), \
             apply app app-new (3 after 5000), apply app app-new (4 after 5000), succeeded applied"
        );
    }

    #[test]
    fn a_permanent_failure_is_not_tried_again() {
        let played = Script::deploy("hours:gate app:change:pin")
            .quiet("apply hours")
            .fails("apply hours")
            .play();
        assert_eq!(played.asked(), "apply hours hours-new, failed");
    }

    #[test]
    fn attempts_are_counted_per_call() {
        let played = Script::deploy("code:change:pin app:change:pin health:verify")
            .fails_for_now("replan app", 1)
            .fails_for_now("apply app", 2)
            .fails_for_now("verify health", 1)
            .play();
        assert_eq!(
            played.asked(),
            "apply code code-new, replan app, replan app (2 after 1000), apply app app-new, \
             apply app app-new (2 after 1000), apply app app-new (3 after 5000), verify health, \
             verify health (2 after 1000), succeeded applied"
        );
    }

    #[test]
    fn a_run_without_effects_is_unchanged() {
        let quiet = || Script::deploy(PLAN).quiet("apply code, apply app");
        let played = quiet().sees("verify health", Evidence::Answering).play();
        assert!(
            played
                .asked()
                .ends_with("verify health, unchanged answering")
        );
        assert_eq!(played.run.release(), None);
        let played = quiet().fails("verify health").play();
        assert_eq!(played.outcome(), Outcome::Failed);
    }

    #[test]
    fn outputs_are_those_of_the_latest_step_in_the_plan() {
        let last = |played: &script::Played, pass| {
            let outputs = played.run.outputs(pass);
            assert!(outputs.len() <= 1);
            outputs
                .first()
                .map(|(_, value)| value.clone())
                .unwrap_or_default()
        };
        let played = Script::deploy(PLAN).fails("plan app").play();
        assert_eq!(last(&played, Pass::Forward), "proposal of code");
        let played = Script::deploy(PLAN).fails("apply code").play();
        assert_eq!(last(&played, Pass::Forward), "proposal of app");
        let played = Script::deploy(PLAN).play();
        assert_eq!(last(&played, Pass::Forward), "receipt of health");
        assert_eq!(last(&played, Pass::Back), "");
        let played = Script::deploy(PLAN)
            .before("code=c1")
            .fails("verify health")
            .fails("verify-back health")
            .play();
        assert_eq!(last(&played, Pass::Undo), "receipt of app");
        assert_eq!(last(&played, Pass::Back), "receipt of code");
    }
}

mod evidence {
    use super::*;

    #[test]
    fn it_is_the_strongest_of_the_last_change_and_what_follows() {
        let played = Script::deploy("early:verify code:change:pin late:verify seen:verify")
            .sees("verify early", Evidence::Verified)
            .sees("verify late", Evidence::Answering)
            .sees("verify seen", Evidence::Running)
            .play();
        assert!(played.asked().ends_with("succeeded answering"));
    }

    #[test]
    fn less_than_required_is_a_failure() {
        let script = || {
            Script::deploy(PLAN)
                .before("code=c1")
                .given(|o| o.require = Some(Evidence::Verified))
                .sees("verify health", Evidence::Answering)
        };
        let played = script().play();
        assert!(
            played
                .asked()
                .contains("verify health, roll back to r1, undo app")
        );
        assert_eq!(
            played.message(),
            "the plan requires `verified`, and what was seen is `answering`"
        );
        assert_eq!(played.outcome(), Outcome::RolledBack);
        let played = script().quiet("apply code, apply app").play();
        assert!(played.asked().ends_with("verify health, failed"));
        let played = script().sees("verify health", Evidence::Verified).play();
        assert_eq!(played.outcome(), Outcome::Succeeded);
    }
}

mod rolling_back {
    use super::*;

    #[test]
    fn undo_in_reverse_then_the_pins_in_order_then_verify() {
        let played =
            Script::deploy("a:change:undo b:change:pin c:change:pin d:change:undo v:verify")
                .before("a=a1 b=b1")
                .sees("verify-back v", Evidence::Answering)
                .fails("verify v")
                .play();
        assert!(played.asked().ends_with(
            "verify v, roll back to r1, undo d, undo c, undo a, apply-back a a1, apply-back b b1, \
             verify-back v, rolled-back answering"
        ));
    }

    #[test]
    fn no_evidence_is_claimed_while_it_lasts() {
        let played = Script::deploy("a:change:undo v:verify")
            .before("a=a1")
            .fails("verify v")
            .play();
        let back = |event: &Event| event.kind().as_str() == "rolling-back";
        let at = played.events.iter().position(back).unwrap() + 1;
        let run = Run::replay(&played.events[..at]).unwrap();
        assert_eq!(run.evidence(), None);
    }

    #[test]
    fn only_steps_that_had_begun_are_undone() {
        let played = Script::deploy("a:change:undo b:change:undo c:change:undo")
            .before("")
            .fails("apply b")
            .play();
        assert!(
            played
                .asked()
                .ends_with("roll back to r1, undo b, undo a, rolled-back applied")
        );
    }

    #[test]
    fn the_release_is_carried_out_with_its_own_steps() {
        let mut before = release(
            "r1",
            "v:verify old:change:pin app:change:pin w:verify",
            "app=a1 old=o1 gone=g1",
        );
        before.evidence = Some(Evidence::Verified);
        let played = Script::deploy("app:change:pin new:change:pin health:verify")
            .given(|o| o.release = Some(before))
            .fails("verify health")
            .play();
        assert!(played.asked().ends_with(
            "roll back to r1, undo new, apply-back old o1, apply-back app a1, verify-back v, \
             verify-back w, rolled-back applied"
        ));
        assert_eq!(
            played.run.release_for(Pass::Back).unwrap().plan,
            "plan of r1"
        );
        assert_eq!(played.run.release_for(Pass::Undo), None);
    }

    #[test]
    fn a_first_run_goes_back_to_what_it_found_in_place() {
        let played = Script::deploy(PLAN).fails("verify health").play();
        assert!(played.asked().ends_with(
            "roll back to found, apply-back code code-old, apply-back app app-old, \
             verify-back health, rolled-back applied"
        ));
    }

    #[test]
    fn where_an_interrupted_run_left_its_marks_nothing_found_is_worth_going_back_to() {
        let played = Script::deploy(PLAN)
            .given(|o| o.unsettled = true)
            .fails("apply code")
            .play();
        assert!(
            played
                .asked()
                .ends_with("apply code code-new, needs-operator")
        );
    }

    #[test]
    fn it_needs_an_operator_where_rollback_is_off() {
        let played = Script::deploy(PLAN)
            .before("code=c1")
            .given(|o| o.automatic = false)
            .fails("apply app")
            .play();
        assert!(
            played
                .asked()
                .ends_with("apply app app-new, needs-operator")
        );
        assert!(played.problem.unwrap().notes[0].contains("rollback.automatic"));
    }

    #[test]
    fn it_needs_an_operator_where_the_way_back_fails() {
        let script = || {
            Script::deploy("a:change:undo v:verify")
                .before("a=a1")
                .fails("verify v")
        };
        let played = script().fails("undo a").play();
        assert!(played.asked().ends_with("undo a, needs-operator"));
        assert_eq!(
            played.message(),
            "verify v is broken; then the way back to release `r1` failed at `a`: undo a is broken"
        );
        let played = script().fails_for_now("apply-back a", 9).play();
        assert!(
            played
                .asked()
                .ends_with("apply-back a a1 (3 after 5000), needs-operator")
        );
        let played = script().fails("verify-back v").play();
        assert!(played.asked().ends_with("verify-back v, needs-operator"));
    }

    #[test]
    fn what_cannot_be_taken_back_is_never_claimed_to_be() {
        let script = || {
            Script::deploy("a:change:pin n:change:none v:verify")
                .before("a=a1")
                .fails("verify v")
        };
        let played = script().play();
        assert!(
            played
                .asked()
                .ends_with("apply-back a a1, verify-back v, needs-operator")
        );
        assert!(played.problem.unwrap().notes[0].contains("`n`"));
        let played = script().quiet("apply n").play();
        assert_eq!(played.outcome(), Outcome::RolledBack);
        let unsettled = script().quiet("apply n").given(|o| o.unsettled = true);
        assert_eq!(unsettled.play().outcome(), Outcome::NeedsOperator);
    }

    #[test]
    fn an_unsettled_target_is_taken_back_even_if_this_run_changed_nothing() {
        let played = Script::deploy("a:change:undo b:change:pin c:change:undo")
            .before("b=b1")
            .given(|o| o.unsettled = true)
            .quiet("apply a")
            .fails("apply a")
            .play();
        assert!(played.asked().ends_with(
            "apply a a-new, roll back to r1, undo c, undo a, apply-back b b1, rolled-back applied"
        ));
    }

    #[test]
    fn an_effect_on_the_way_back_is_a_change_too() {
        let back = || {
            Script::deploy("a:change:undo")
                .before("a=a1")
                .given(|o| o.unsettled = true)
                .quiet("apply a, undo a")
                .fails("apply a")
        };
        assert!(back().play().run.began_change());
        assert!(!back().quiet("apply-back a").play().run.began_change());
    }

    #[test]
    fn an_unsettled_target_on_which_nothing_had_to_change_is_settled() {
        let played = Script::deploy(PLAN)
            .given(|o| o.unsettled = true)
            .quiet("apply code, apply app")
            .play();
        assert_eq!(played.outcome(), Outcome::Succeeded);
    }
}

mod carrying_out_a_release {
    use super::*;

    fn to() -> Release {
        release(
            "r0",
            "h:gate v:verify code:change:pin app:change:pin",
            "app=a0 code=c0",
        )
    }

    #[test]
    fn its_pins_are_applied_without_planning_and_then_verified() {
        let played = Script::carry_out(to()).given(|o| o.confirm = true).play();
        assert_eq!(
            played.trace.join(", "),
            "confirm, start, apply code c0, apply app a0, verify v, succeeded applied"
        );
        let made = played.run.release().unwrap();
        assert_eq!((made.id.as_str(), made.plan.as_str()), ("r2", "plan of r0"));
        assert_eq!(made.plugins, to().plugins);
        assert_eq!(made.pins, release("", "", "code=c0 app=a0").pins);
        assert_eq!(played.run.release_for(Pass::Forward), Some(&to()));
    }

    #[test]
    fn it_is_unchanged_where_nothing_had_to_change() {
        let played = Script::carry_out(to())
            .quiet("apply code, apply app")
            .play();
        assert_eq!(played.outcome(), Outcome::Unchanged);
    }

    #[test]
    fn its_failure_leads_back_to_the_release_that_ran() {
        let before = release("r1", "code:change:pin", "code=c1");
        let script = || Script::carry_out(to()).fails("apply app");
        let played = script().given(|o| o.release = Some(before)).play();
        assert!(played.asked().ends_with(
            "apply app a0, roll back to r1, undo app, apply-back code c1, rolled-back applied"
        ));
        assert_eq!(script().play().outcome(), Outcome::NeedsOperator);
        let played = script().quiet("apply code, apply app").play();
        assert_eq!(played.outcome(), Outcome::Failed);
    }

    #[test]
    fn a_release_without_pins_is_refused() {
        let played = Script::carry_out(release("found", PLAN, "")).play();
        assert_eq!(played.trace.join(", "), "refused");
    }

    #[test]
    fn a_dry_run_attempts_nothing() {
        let played = Script::carry_out(to()).given(|o| o.dry_run = true).play();
        assert_eq!(played.trace.join(", "), "planned");
    }
}

mod stopping {
    use super::*;

    #[test]
    fn no_further_step_begins() {
        let script = || {
            Script::deploy(PLAN)
                .before("code=c1 app=a1")
                .stopped_in("apply code")
        };
        let played = script().play();
        assert_eq!(
            played.asked(),
            "apply code code-new, roll back to r1, apply-back code c1, apply-back app a1, \
             verify-back health, rolled-back applied"
        );
        assert_eq!(played.message(), "stopped by signal 15 before `app`");
        let played = script().given(|o| o.automatic = false).play();
        assert!(
            played
                .asked()
                .ends_with("apply code code-new, needs-operator")
        );
        let played = script().quiet("apply code").play();
        assert_eq!(played.asked(), "apply code code-new, failed");
        let played = Script::deploy(PLAN).stopped_in("plan code").play();
        assert_eq!(played.asked(), "plan code, failed");
    }

    #[test]
    fn nothing_is_tried_again() {
        let played = Script::deploy(PLAN)
            .quiet("apply code")
            .stopped_in("apply code")
            .fails_for_now("apply code", 1)
            .play();
        assert_eq!(played.asked(), "apply code code-new, failed");
        assert_eq!(played.message(), "apply code is busy");
    }

    #[test]
    fn after_the_last_step_there_is_nothing_left_to_stop() {
        let played = Script::deploy(PLAN).stopped_in("verify health").play();
        assert_eq!(played.outcome(), Outcome::Succeeded);
        assert_eq!(played.run.signal(), Some(15));
    }

    #[test]
    fn a_rollback_goes_on() {
        let played = Script::deploy("a:change:undo b:change:pin")
            .before("b=b1")
            .fails("apply b")
            .stopped_in("undo a")
            .fails_for_now("undo a", 1)
            .play();
        assert!(played.asked().ends_with(
            "roll back to r1, undo a, undo a (2 after 1000), apply-back b b1, rolled-back applied"
        ));
    }

    #[test]
    fn the_first_signal_is_kept() {
        let mut played = Script::deploy(PLAN).play();
        played.events.truncate(1);
        played.run = Run::replay(&played.events).unwrap();
        played.tell(Event::Stopping { signal: 2 });
        played.tell(Event::Stopping { signal: 15 });
        assert_eq!(played.run.signal(), Some(2));
    }
}

mod recovering {
    use super::*;

    #[test]
    fn a_call_without_a_result_is_made_again() {
        let killed = |call| {
            let played = Script::deploy("a:change:undo v:verify")
                .given(|o| o.confirm = true)
                .before("a=a1")
                .fails("verify v")
                .killed_in(call)
                .play();
            assert_eq!(played.outcome(), Outcome::RolledBack);
            played.trace.join(", ")
        };
        for (call, twice) in [
            ("plan a", "plan a, plan a, confirm"),
            ("replan a", "replan a, replan a, apply a a-new, verify"),
            ("apply a", "apply a a-new, apply a a-new, verify"),
            ("verify v", "verify v, verify v, roll back"),
            ("undo a", "undo a, undo a, apply-back a a1, verify"),
            ("apply-back a", "apply-back a a1, apply-back a a1, verify"),
            ("verify-back v", "verify-back v, verify-back v, rolled-back"),
        ] {
            let trace = killed(call);
            assert!(trace.contains(twice), "{call}: {trace}");
        }
    }

    #[test]
    fn a_second_attempt_that_is_made_again_does_not_wait_again() {
        let played = Script::deploy("a:change:undo")
            .fails_for_now("apply a", 1)
            .play();
        let second = |event: &Event| matches!(event, Event::Applying { attempt: 2, .. });
        let at = played.events.iter().position(second).unwrap();
        let next = |cut: usize| Run::replay(&played.events[..cut]).unwrap().next();
        let apply = |after_ms| Action::Apply {
            step: "a".into(),
            pass: Pass::Forward,
            pin: Some("a-new".into()),
            attempt: 2,
            after_ms,
        };
        assert_eq!((next(at), next(at + 1)), (apply(1000), apply(0)));
    }

    #[test]
    fn a_call_that_was_being_stopped_is_given_up() {
        let script = || {
            let script = Script::deploy(PLAN).before("code=c1 app=a1");
            script.stopped_in("apply app").killed_in("apply app")
        };
        let played = script().play();
        assert!(
            played
                .asked()
                .contains("apply app app-new, roll back to r1")
        );
        assert_eq!(
            played.message(),
            "stopped by signal 15 during `app`, which gave no result"
        );
        let played = script().quiet("apply code, apply app").play();
        assert!(played.asked().ends_with("apply app app-new, failed"));
    }

    #[test]
    fn an_effect_before_the_crash_counts() {
        let played = Script::deploy("a:change:pin v:verify")
            .before("a=a1")
            .killed_in("apply a")
            .fails("apply a")
            .play();
        assert_eq!(played.outcome(), Outcome::RolledBack);
    }

    #[test]
    fn a_run_may_be_called_interrupted_at_any_point_and_then_nothing_comes_next() {
        let played = Script::deploy(PLAN)
            .before("code=c1")
            .fails("verify health")
            .play();
        let ended = Event::Ended {
            outcome: Outcome::Interrupted,
            evidence: None,
            problem: None,
        };
        for cut in 1..played.events.len() {
            let mut run = Run::replay(&played.events[..cut]).unwrap();
            run.record(&ended).unwrap();
            assert_eq!(run.ended(), Some(Outcome::Interrupted));
            assert_eq!(run.next(), Action::Nothing);
            assert!(run.record(&ended).is_err());
        }
    }
}

mod guarding {
    use super::*;

    fn at(events: &[Event], event: Event) -> String {
        let mut run = Run::replay(events).unwrap();
        let before = run.clone();
        let illegal = run.record(&event).unwrap_err();
        assert_eq!(run, before);
        illegal.to_string()
    }

    #[test]
    fn a_journal_begins_with_opened_and_has_it_once() {
        assert!(Run::replay(&[]).is_err());
        assert!(Run::replay(&[Event::Started]).is_err());
        let opened = Event::from(Script::deploy(PLAN).spec);
        let illegal = at(std::slice::from_ref(&opened), opened.clone());
        assert_eq!(
            illegal,
            "event `opened` while the run is opened: it may not happen then"
        );
    }

    #[test]
    fn an_opening_must_make_sense() {
        for script in [
            Script::deploy("a:change a:verify"),
            Script::deploy("a:change")
                .given(|o| o.release = Some(release("r", "b:gate b:gate", ""))),
            Script::deploy("a:change").given(|o| o.to = Some(release("r", "a:change", ""))),
            Script::carry_out(release("r", "", "")).given(|o| o.to = None),
        ] {
            assert!(Run::open(&script.spec.into()).is_err());
        }
    }

    #[test]
    fn only_the_call_that_was_asked_for_may_be_announced() {
        let played = Script::deploy(PLAN).play();
        let cut = |kind: &str| {
            let at = played
                .events
                .iter()
                .position(|event| event.kind().as_str() == kind);
            &played.events[..at.unwrap()]
        };
        let applying = |step: &str, pass, pin: Option<&str>, attempt| Event::Applying {
            step: step.into(),
            pass,
            pin: pin.map(String::from),
            attempt,
        };
        let before = cut("applying");
        for wrong in [
            applying("app", Pass::Forward, Some("app-new"), 1),
            applying("code", Pass::Back, Some("code-new"), 1),
            applying("code", Pass::Forward, Some("code-old"), 1),
            applying("code", Pass::Forward, None, 1),
            applying("code", Pass::Forward, Some("code-new"), 2),
        ] {
            assert!(at(before, wrong).contains("what comes next"));
        }
        let mut run = Run::replay(before).unwrap();
        run.record(&applying("code", Pass::Forward, Some("code-new"), 1))
            .unwrap();
        assert_eq!(run.status(), Status::Applying);
    }

    #[test]
    fn only_the_call_under_way_has_effects_and_results() {
        let played = Script::deploy(PLAN).play();
        let applying = |event: &Event| event.kind().as_str() == "applying";
        let cut = played.events.iter().position(applying).unwrap() + 1;
        let effect = Event::Effect {
            step: "app".into(),
            what: "restart".into(),
        };
        let failed = |step: &str, pass| Event::Failed {
            step: step.into(),
            pass,
            problem: Diagnostic::new("test.no", "no"),
            temporary: false,
        };
        for wrong in [
            effect,
            failed("app", Pass::Forward),
            failed("code", Pass::Back),
        ] {
            assert!(at(&played.events[..cut], wrong).contains("call under way"));
        }
    }

    #[test]
    fn an_outcome_is_the_engines_to_say() {
        let played = Script::deploy(PLAN).play();
        let last = played.events.len() - 1;
        for outcome in Outcome::ALL {
            let ended = |evidence| Event::Ended {
                outcome,
                evidence,
                problem: None,
            };
            let mut run = Run::replay(&played.events[..last]).unwrap();
            let told = run.record(&ended(Some(Evidence::Applied))).is_ok();
            let may = [Outcome::Succeeded, Outcome::Interrupted].contains(&outcome);
            assert_eq!(told, may, "{outcome}");
            let mut run = Run::replay(&played.events[..last]).unwrap();
            let flattered = run.record(&ended(Some(Evidence::Verified))).is_ok();
            assert_eq!(flattered, outcome == Outcome::Interrupted, "{outcome}");
        }
    }

    #[test]
    fn a_confirmation_that_nobody_asked_for_is_illegal() {
        let confirmed = || Event::Confirmed { by: "ann".into() };
        let asks = || Script::deploy(PLAN).given(|o| o.confirm = true);
        let unplanned = Event::from(asks().spec);
        assert!(at(&[unplanned], confirmed()).contains("no confirmation was asked for"));
        for script in [Script::deploy(PLAN), asks().given(|o| o.dry_run = true)] {
            let played = script.play();
            let proposed = |event: &Event| event.kind().as_str() == "proposed";
            let planned = played.events.iter().rposition(proposed).unwrap() + 1;
            let illegal = at(&played.events[..planned], confirmed());
            assert!(illegal.contains("no confirmation was asked for"));
        }
    }
}

mod making_releases {
    use super::*;
    use deployhost_engine::Receipt;

    #[test]
    fn a_release_has_the_receipts_pins_or_else_the_planned_ones() {
        let mut played = Script::deploy("hours:gate code:change:pin app:change:pin")
            .sees("apply app", Evidence::Running)
            .play();
        for event in &mut played.events {
            if let Event::Applied { step, receipt, .. } = event
                && step == "app"
            {
                *receipt = Receipt {
                    pin: Some("images".into()),
                    outputs: vec![("commit".into(), "{\"id\":\"c\"}".into())],
                    ..receipt.clone()
                };
            }
        }
        let made = Run::replay(&played.events).unwrap().release().unwrap();
        assert_eq!(
            made,
            Release {
                id: "r2".into(),
                plan: "plan of r2".into(),
                plugins: vec![("plugin".into(), "digest of r2".into())],
                steps: script::steps("hours:gate code:change:pin app:change:pin"),
                pins: release("", "", "code=code-new app=images").pins,
                evidence: Some(Evidence::Running),
                commit: Some("{\"id\":\"c\"}".into()),
            }
        );
    }

    #[test]
    fn release_zero_is_what_was_found_in_place() {
        let played = Script::deploy("hours:gate code:change:pin v:verify").play();
        let found = Release::found(&played.run);
        assert_eq!(found.id, Release::FOUND);
        assert_eq!(found.pins, release("", "", "code=code-old").pins);
        assert_eq!((found.evidence, found.commit), (None, None));
    }

    #[test]
    fn a_run_that_did_not_succeed_makes_none() {
        let played = Script::deploy(PLAN).fails("verify health").play();
        assert_eq!(played.run.release(), None);
    }
}
