//! Outputs: what steps tell later steps, key by key.

use super::Run;
use crate::release::find;
use crate::{Pass, Step};

impl Run {
    /// The outputs of a pass so far, as key and JSON text; a later step of the plan wins, and of
    /// one step its receipt wins over what it proposed.
    ///
    /// Undoing is part of the forward pass here. On the way back only what was done on the way back
    /// counts, so that nothing of the failed run is taken for the release's.
    pub fn outputs(&self, pass: Pass) -> Vec<(String, String)> {
        let mut outputs = Vec::new();
        for step in self.steps(pass) {
            if pass != Pass::Back {
                for proposals in [&self.proposals, &self.reproposals] {
                    let proposal = find(proposals, &step.name);
                    set(&mut outputs, proposal.map(|proposal| &proposal.outputs[..]));
                }
            }
            let receipts = match pass {
                Pass::Forward | Pass::Undo => self.receipts(Pass::Forward),
                Pass::Back => self.receipts(Pass::Back),
            };
            let receipt = find(receipts, &step.name);
            set(&mut outputs, receipt.map(|receipt| &receipt.outputs[..]));
        }
        outputs
    }

    /// The steps that the calls of a pass are about.
    pub fn steps(&self, pass: Pass) -> &[Step] {
        match (pass, &self.back) {
            (Pass::Forward | Pass::Undo, _) => self.spec.forward_steps(),
            (Pass::Back, Some(back)) => &back.release.steps,
            (Pass::Back, None) => &[],
        }
    }
}

fn set(outputs: &mut Vec<(String, String)>, new: Option<&[(String, String)]>) {
    for (key, value) in new.unwrap_or_default() {
        match outputs.iter_mut().find(|(own, _)| own == key) {
            Some((_, old)) => old.clone_from(value),
            None => outputs.push((key.clone(), value.clone())),
        }
    }
}
