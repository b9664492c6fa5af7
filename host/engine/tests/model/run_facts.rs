//! What a journal says, gathered without the engine.

use deployhost_engine::{
    Event, EventKind, Evidence, Goal, Pass, Receipt, Release, Role, RunSpec, Step,
};

/// A journal and what it was opened with.
pub struct RunFacts<'a> {
    pub spec: &'a RunSpec,
    pub events: &'a [Event],
}

impl<'a> RunFacts<'a> {
    pub fn of(events: &'a [Event]) -> Self {
        match &events[0] {
            Event::Opened(spec) => RunFacts { spec, events },
            _ => panic!("not opened"),
        }
    }

    pub fn at(&self, kind: EventKind) -> Option<usize> {
        self.events.iter().position(|event| event.kind() == kind)
    }

    pub fn has(&self, kind: EventKind) -> bool {
        self.at(kind).is_some()
    }

    pub fn steps(&self) -> &'a [Step] {
        match &self.spec.to {
            Some(to) => &to.steps,
            None => &self.spec.steps,
        }
    }

    pub fn changes(&self) -> impl Iterator<Item = &'a Step> {
        self.steps().iter().filter(|step| step.role == Role::Change)
    }

    pub fn receipt(&self, name: &str, wanted: Pass) -> Option<&'a Receipt> {
        self.events.iter().find_map(|event| match event {
            Event::Applied {
                step,
                pass,
                receipt,
            }
            | Event::Verified {
                step,
                pass,
                receipt,
            } if step == name && *pass == wanted => Some(receipt),
            _ => None,
        })
    }

    pub fn applied(&self, name: &str, wanted: Pass) -> bool {
        self.events.iter().any(|event| matches!(event, Event::Applied { step, pass, .. } if step == name && *pass == wanted))
    }

    pub fn begun(&self, name: &str) -> bool {
        self.events.iter().any(|event| matches!(event, Event::Applying { step, pass: Pass::Forward, .. } if step == name))
    }

    pub fn undone(&self, name: &str) -> bool {
        self.events
            .iter()
            .any(|event| matches!(event, Event::Undone { step } if step == name))
    }

    pub fn changed_forward(&self, name: &str) -> bool {
        let end = self.at(EventKind::RollingBack).unwrap_or(self.events.len());
        self.events[..end]
            .iter()
            .any(|event| matches!(event, Event::Effect { step, .. } if step == name))
    }

    /// Where the rollback leads.
    pub fn release(&self) -> Release {
        if let Some(release) = &self.spec.release {
            return release.clone();
        }
        assert!(self.spec.goal == Goal::Deploy && !self.spec.unsettled);
        let mut pins = Vec::new();
        for event in self.events {
            if let Event::Proposed { step, proposal } = event
                && self.changes().any(|change| change.name == *step)
                && let Some(now) = &proposal.now
            {
                pins.push((step.clone(), now.clone()));
            }
        }
        Release {
            id: "found".into(),
            plan: self.spec.plan.clone(),
            plugins: vec![],
            steps: self.spec.steps.clone(),
            pins,
            evidence: None,
            commit: None,
        }
    }

    /// A release's own pins, by step, in its order.
    pub fn pinned(release: &Release) -> Vec<(String, String)> {
        let acting = release
            .steps
            .iter()
            .filter(|step| step.role != Role::Verify);
        let pin = |step: &Step| {
            release
                .pins
                .iter()
                .find(|(name, _)| *name == step.name)
                .cloned()
        };
        acting.filter_map(pin).collect()
    }

    /// Names of all that has to be done in a pass that carries out a release.
    pub fn of_release(release: &Release) -> Vec<String> {
        let pinned = Self::pinned(release);
        let mut names: Vec<String> = pinned.into_iter().map(|(name, _)| name).collect();
        if !names.is_empty() {
            let verifying = release
                .steps
                .iter()
                .filter(|step| step.role == Role::Verify);
            names.extend(verifying.map(|step| step.name.clone()));
        }
        names
    }

    pub fn to_do(&self) -> Vec<String> {
        match &self.spec.to {
            Some(to) => Self::of_release(to),
            None => self
                .spec
                .steps
                .iter()
                .map(|step| step.name.clone())
                .collect(),
        }
    }

    /// The strongest evidence since the last of the names that changes something, itself included.
    pub fn evidence(
        &self,
        names: &[String],
        pass: Pass,
        changes: impl Fn(&str) -> bool,
    ) -> Option<Evidence> {
        let mut seen = None;
        for name in names {
            let receipt = self.receipt(name, pass).unwrap();
            if changes(name) {
                seen = Some(receipt.evidence.unwrap_or(Evidence::Applied));
            } else {
                seen = seen.max(receipt.evidence);
            }
        }
        seen
    }
}
