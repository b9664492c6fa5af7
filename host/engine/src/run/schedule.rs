//! A course: the calls that one pass over a plan or a release consists of, in their order.

use crate::release::find;
use crate::{Evidence, Receipt, Release, Role, Step};

/// One call of a course.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScheduledCall<'a> {
    pub step: &'a Step,
    /// It is verified, not applied.
    pub verify: bool,
    /// What it leaves decides from where on evidence counts.
    pub changes: bool,
    /// The release's pin; a plan's leg has none, since planning resolves it.
    pub pin: Option<&'a str>,
}

/// The legs of a plan: every step, in the plan's order.
pub(super) fn of_plan(steps: &[Step]) -> Vec<ScheduledCall<'_>> {
    let scheduled = |step| ScheduledCall::new(step, None);
    steps.iter().map(scheduled).collect()
}

/// The legs of a release: its pins in the plan's order, then what verifies them.
///
/// Verifying comes last even where the plan had it in between, so that a doubt about the first half
/// does not keep the second half from being put back. Without a pin there is nothing to verify.
pub(super) fn of_release(release: &Release) -> Vec<ScheduledCall<'_>> {
    let pinned = |step| Some(ScheduledCall::new(step, Some(release.pin(&step.name)?)));
    let mut calls: Vec<ScheduledCall<'_>> = release.steps.iter().filter_map(pinned).collect();
    if !calls.is_empty() {
        for step in &release.steps {
            if step.role == Role::Verify {
                calls.push(ScheduledCall::new(step, None));
            }
        }
    }
    calls
}

impl<'a> ScheduledCall<'a> {
    fn new(step: &'a Step, pin: Option<&'a str>) -> Self {
        ScheduledCall {
            step,
            verify: step.role == Role::Verify,
            changes: step.role == Role::Change || pin.is_some(),
            pin,
        }
    }
}

/// The strongest evidence reported by the last changing leg or a later one: what was seen earlier
/// was seen before the last change. A changing step that reports none was at least applied.
pub(super) fn evidence(
    calls: &[ScheduledCall<'_>],
    receipts: &[(String, Receipt)],
) -> Option<Evidence> {
    let last = calls
        .iter()
        .rposition(|scheduled| scheduled.changes)
        .unwrap_or(0);
    let seen = calls.iter().skip(last).filter_map(|scheduled| {
        let reported = find(receipts, &scheduled.step.name)?.evidence;
        reported.or(scheduled.changes.then_some(Evidence::Applied))
    });
    seen.max()
}
