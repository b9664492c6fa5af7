//! A notice without secrets: what it says comes from events, which have none, but also from whoever
//! started the run and from what was looked up for it.

use deployhost_policy::secret::Redactor;
use deployhost_runtime::sandbox::NotifierEvent;

/// The same notice, each of its texts redacted.
pub fn redact(event: &NotifierEvent, redactor: &Redactor) -> NotifierEvent {
    let mut redact = event.clone();
    let NotifierEvent {
        context,
        steps,
        problem,
        by_hand,
        // Words of ours.
        kind: _,
        evidence: _,
        at_unix_ms: _,
        duration_ms: _,
    } = &mut redact;
    let hide = |text: &mut String| *text = redactor.redact(text).into_owned();
    for commit in [&mut context.commit, &mut context.previous]
        .into_iter()
        .flatten()
    {
        hide(&mut commit.subject);
        hide(&mut commit.author);
    }
    let pairs = context.outputs.iter_mut().chain(&mut context.details);
    pairs.chain(steps).for_each(|(_, text)| hide(text));
    let texts = [&mut context.actor, &mut context.url, &mut context.last];
    texts.into_iter().flatten().chain(by_hand).for_each(hide);
    if let Some(problem) = problem {
        let values = problem.parameters.iter_mut().map(|(_, value)| value);
        let texts = values.chain(&mut problem.notes).chain(&mut problem.help);
        texts.chain([&mut problem.message]).for_each(hide);
    }
    redact
}

#[cfg(test)]
mod tests;
