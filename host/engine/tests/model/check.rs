//! The rules of an ended run, a second time.

use crate::chance::SURPRISE;
use crate::run_facts::RunFacts;
use deployhost_engine::{
    Event, EventKind, Evidence, Goal, Outcome, Pass, Proposal, Recovery, Role,
};
use std::collections::BTreeMap;

/// Whether the journal shows what its outcome claims.
pub fn check(events: &[Event], crashed: bool) -> Outcome {
    let facts = RunFacts::of(events);
    let spec = facts.spec;
    let ends: Vec<_> = events
        .iter()
        .filter(|event| event.kind() == EventKind::Ended)
        .collect();
    let [
        Event::Ended {
            outcome, evidence, ..
        },
    ] = ends[..]
    else {
        panic!("it ends once, not {}", ends.len());
    };
    let effect = facts.has(EventKind::Effect);

    match outcome {
        Outcome::Succeeded | Outcome::Unchanged => {
            let names = facts.to_do();
            assert!(
                names
                    .iter()
                    .all(|name| facts.receipt(name, Pass::Forward).is_some())
            );
            assert!(!facts.has(EventKind::RollingBack));
            assert_eq!(*outcome == Outcome::Succeeded, effect || spec.unsettled);
            let changes = |name: &str| match &spec.to {
                Some(to) => RunFacts::pinned(to).iter().any(|(own, _)| own == name),
                None => facts.changes().any(|step| step.name == name),
            };
            assert_eq!(*evidence, facts.evidence(&names, Pass::Forward, changes));
            assert!(*evidence >= spec.require, "{evidence:?}");
        }
        Outcome::RolledBack => {
            let release = facts.release();
            let names = RunFacts::of_release(&release);
            for name in &names {
                assert!(
                    facts.receipt(name, Pass::Back).is_some(),
                    "{name} is not back"
                );
            }
            for step in facts.changes() {
                let name = &step.name;
                let back = facts.undone(name) || facts.applied(name, Pass::Back);
                let harmless = step.recovery == Recovery::None && !facts.changed_forward(name);
                if spec.unsettled {
                    assert!(step.recovery != Recovery::None && back, "{name}");
                } else if facts.begun(name) {
                    assert!(back || harmless, "{name}");
                    assert!(step.recovery != Recovery::None || harmless, "{name}");
                }
                if step.recovery == Recovery::Undo && facts.begun(name) {
                    assert!(facts.undone(name), "{name}");
                }
            }
            let pinned = RunFacts::pinned(&release);
            let changes = |name: &str| pinned.iter().any(|(own, _)| own == name);
            let seen = facts.evidence(&names, Pass::Back, changes);
            assert_eq!(*evidence, seen.max(Some(Evidence::Applied)));
        }
        Outcome::NeedsOperator => {
            assert!(effect || spec.unsettled);
            let off = !spec.automatic;
            let nowhere = spec.release.is_none() && (spec.goal == Goal::Release || spec.unsettled);
            let lost = facts.changes().any(|step| {
                step.recovery == Recovery::None
                    && (spec.unsettled || facts.changed_forward(&step.name))
            });
            let back = facts
                .at(EventKind::RollingBack)
                .map_or(&[][..], |at| &events[at..]);
            let failed = back.iter().any(|event| event.kind() == EventKind::Failed);
            assert!(off || nowhere || lost || failed);
            assert_eq!(facts.has(EventKind::RollingBack), !off && !nowhere);
        }
        Outcome::Failed => {
            assert!(!facts.has(EventKind::Started) || !spec.unsettled);
        }
        Outcome::Refused => {
            let empty = spec
                .to
                .as_ref()
                .is_some_and(|to| RunFacts::pinned(to).is_empty());
            assert!(facts.has(EventKind::Refused) || empty);
        }
        Outcome::Cancelled => {
            assert!(facts.has(EventKind::Declined) || facts.has(EventKind::Stopping))
        }
        Outcome::Planned => assert!(spec.dry_run),
        Outcome::Interrupted => panic!("nobody said so"),
    }
    let untouched = [
        Outcome::Failed,
        Outcome::Refused,
        Outcome::Cancelled,
        Outcome::Unchanged,
        Outcome::Planned,
    ];
    if untouched.contains(outcome) {
        assert!(!effect && !facts.has(EventKind::RollingBack), "{outcome}");
    }
    if ![Outcome::Succeeded, Outcome::Unchanged, Outcome::RolledBack].contains(outcome) {
        assert_eq!(*evidence, None);
    }
    if spec.dry_run {
        assert!(!facts.has(EventKind::Started) && !effect);
    }
    check_order(&facts, crashed);
    *outcome
}

/// One walk over the journal: what may be begun, given all that came before.
fn check_order(facts: &RunFacts<'_>, crashed: bool) {
    let spec = facts.spec;
    let (mut started, mut confirmed, mut stopped, mut back) = (false, false, false, false);
    let mut first: BTreeMap<&str, &Proposal> = BTreeMap::new();
    let mut second: BTreeMap<&str, &Proposal> = BTreeMap::new();
    let mut done: Vec<&str> = Vec::new();
    let mut undone: Vec<&str> = Vec::new();
    let mut redone: Vec<&str> = Vec::new();
    let mut attempts: BTreeMap<(&str, &str, bool), u32> = BTreeMap::new();
    let to_do = facts.to_do();
    for (at, event) in facts.events.iter().enumerate() {
        match event {
            Event::Started => {
                assert!(!stopped && !spec.dry_run && (confirmed || !spec.confirm));
                started = true;
            }
            Event::Confirmed { .. } => confirmed = true,
            Event::Stopping { .. } => stopped = true,
            Event::RollingBack { to, .. } => {
                assert!(started && spec.automatic && *to == facts.release().id);
                let before = &facts.events[..at];
                assert!(
                    spec.unsettled || before.iter().any(|event| event.kind() == EventKind::Effect)
                );
                back = true;
                attempts.clear();
            }
            Event::Planning { step, .. } => {
                assert!(!stopped && !back && spec.goal == Goal::Deploy, "{step}");
                assert!(
                    spec.steps
                        .iter()
                        .any(|own| own.name == *step && own.role != Role::Verify)
                );
            }
            Event::Proposed { step, proposal } => {
                assert!(!started);
                assert!(first.insert(step, proposal).is_none());
            }
            Event::Reproposed { step, proposal } => {
                assert!(started);
                assert!(second.insert(step, proposal).is_none());
            }
            Event::Applying {
                step,
                pass: Pass::Forward,
                pin,
                ..
            } => {
                assert!(started && !stopped && !back, "{step}");
                assert_eq!(to_do[done.len()], *step);
                match &spec.to {
                    Some(to) => {
                        let pin = pin.clone().unwrap();
                        assert!(RunFacts::pinned(to).contains(&(step.clone(), pin)));
                    }
                    None => {
                        let again = second.get(&step[..]);
                        let known = |it: &&Proposal| it.next.clone();
                        let resolved = known(&first[&step[..]]).or(again.and_then(known));
                        assert_eq!(*pin, resolved);
                        // What was planned once was planned a moment ago.
                        let before = facts.events[..at].iter();
                        let mut effects = before.filter(|it| it.kind() == EventKind::Effect);
                        let own =
                            |it: &Event| matches!(it, Event::Effect { step: of, .. } if of == step);
                        let as_planned = !spec.confirm && effects.all(own);
                        assert!(again.is_some() || as_planned, "{step}");
                        let mut acts = again.iter().flat_map(|it| &it.actions);
                        let surprise = acts.any(|act| act.what == SURPRISE);
                        assert!(!surprise || !spec.confirm, "{step}");
                    }
                }
            }
            Event::Verifying {
                step,
                pass: Pass::Forward,
                ..
            } => {
                assert!(started && !stopped && !back, "{step}");
                assert_eq!(to_do[done.len()], *step);
            }
            Event::Undoing { step, .. } => {
                assert!(back && redone.is_empty());
                assert!(spec.unsettled || facts.begun(step));
                let place = |name: &str| facts.changes().position(|own| own.name == name).unwrap();
                let before = undone.last().map_or(usize::MAX, |last| place(last));
                assert!(place(step) < before, "{step} is undone in reverse");
                let own = facts.changes().find(|own| own.name == *step).unwrap();
                let release = facts.release();
                let pinned = RunFacts::pinned(&release)
                    .iter()
                    .any(|(name, _)| name == step);
                assert!(
                    own.recovery == Recovery::Undo || (own.recovery == Recovery::Pin && !pinned)
                );
            }
            Event::Applying {
                step, pass, pin, ..
            } => {
                assert!(back && *pass == Pass::Back);
                let pinned = RunFacts::pinned(&facts.release());
                let next = &pinned[redone.len()];
                assert_eq!((&next.0, Some(&next.1)), (step, pin.as_ref()));
            }
            Event::Verifying { step, pass, .. } => {
                assert!(back && *pass == Pass::Back);
                assert_eq!(RunFacts::of_release(&facts.release())[redone.len()], *step);
            }
            Event::Applied { step, pass, .. } | Event::Verified { step, pass, .. } => match pass {
                Pass::Forward => done.push(step),
                _ => redone.push(step),
            },
            Event::Undone { step } => undone.push(step),
            Event::Failed { temporary, .. } => {
                // The same call may be next, or the run is over in this direction.
                let next = facts.events[at + 1..].iter().find(|event| {
                    ![EventKind::Note, EventKind::Log, EventKind::Stopping].contains(&event.kind())
                });
                let kind = next.unwrap().kind();
                let turned =
                    [EventKind::Ended, EventKind::RollingBack, EventKind::Refused].contains(&kind);
                assert!(turned || *temporary, "{kind:?}");
            }
            _ => {}
        }
        let intent = match event {
            Event::Planning { step, attempt } | Event::Undoing { step, attempt } => {
                Some((step, attempt))
            }
            Event::Applying { step, attempt, .. } | Event::Verifying { step, attempt, .. } => {
                Some((step, attempt))
            }
            _ => None,
        };
        if let Some((step, attempt)) = intent {
            assert!((1..=spec.retries + 1).contains(attempt));
            let last = attempts
                .entry((event.kind().as_str(), step, started))
                .or_default();
            // Only a crash announces the same attempt again.
            assert!(
                *attempt == *last + 1 || (crashed && attempt == last),
                "{step} {attempt}"
            );
            *last = *attempt;
        }
    }
}
