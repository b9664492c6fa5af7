use std::time::Duration;

use super::*;
use crate::context::ContextBuilder;
use crate::notify::{PlanSnapshot, refusal};
use crate::scripted_run::problem;

/// A hang is caught by it, however busy the machine is.
const LIMIT: Duration = Duration::from_secs(60);

fn event(kind: &str) -> NotifierEvent {
    let (snapshot, context_builder) = (PlanSnapshot::default(), ContextBuilder::default());
    NotifierEvent {
        kind: kind.to_owned(),
        ..refusal(
            &snapshot,
            &context_builder,
            None,
            0,
            &problem("it is broken"),
        )
    }
}

async fn next(line: &NotificationQueue, from: Instant) -> Option<String> {
    let next = tokio::time::timeout(LIMIT, line.next(from));
    next.await.ok().flatten().map(|event| event.kind)
}

#[tokio::test]
async fn what_matters_comes_first_and_in_order() {
    let (line, now) = (NotificationQueue::default(), Instant::now());
    line.push(event("started"));
    line.progress(event("one"));
    line.progress(event("two"));
    assert_eq!(next(&line, now).await.as_deref(), Some("started"));
    // Of what is under way only the newest is told.
    assert_eq!(next(&line, now).await.as_deref(), Some("two"));
    line.progress(event("three"));
    line.push(event("succeeded"));
    line.close();
    assert_eq!(next(&line, now).await.as_deref(), Some("succeeded"));
    assert_eq!(next(&line, now).await, None);
}

#[tokio::test]
async fn progress_waits_for_its_time_and_nothing_else_waits_for_progress() {
    let line = NotificationQueue::default();
    let from = Instant::now() + Duration::from_millis(200);
    line.progress(event("progress"));
    assert_eq!(next(&line, from).await.as_deref(), Some("progress"));
    assert!(Instant::now() >= from);
    // Far beyond the limit: whoever waits for it is told nothing.
    let far = from + 60 * LIMIT;
    line.progress(event("progress"));
    let (told, ()) = tokio::join!(next(&line, far), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        line.push(event("succeeded"));
    });
    assert_eq!(told.as_deref(), Some("succeeded"));
}
