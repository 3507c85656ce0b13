//! Makes a run that breaks a rule smaller, for a person to read: fewer jobs, fewer kinds of faults, as long as the same
//! rule is broken.

use std::collections::BTreeSet;

use crate::fault::Fault;
use crate::oracle::Law;
use crate::run::{Outcome, run};
use crate::scenario::Scenario;

/// The smallest run found that breaks `law` as `scenario` does, after at most `tries` runs.
pub fn shrunk(scenario: &Scenario, law: Law, tries: usize) -> Scenario {
    let mut smallest = scenario.clone();
    let mut left = tries;
    let mut breaks = |candidate: &Scenario| {
        if left == 0 {
            return false;
        }
        left -= 1;
        is_broken(&run(candidate, false), law)
    };
    for fault in Fault::ALL {
        let mut candidate = smallest.clone();
        candidate.faults.without.push(fault);
        if breaks(&candidate) {
            smallest = candidate;
        }
    }
    let mut part = smallest.kept.len() / 2;
    while part > 0 {
        let kept: Vec<_> = smallest.kept.iter().copied().collect();
        for dropped in kept.chunks(part) {
            let rest: BTreeSet<_> = smallest
                .kept
                .iter()
                .filter(|job| !dropped.contains(job))
                .copied()
                .collect();
            if rest.is_empty() {
                continue;
            }
            let candidate = smallest.keeping(rest);
            if breaks(&candidate) {
                smallest = candidate;
            }
        }
        part /= 2;
    }
    smallest
}

fn is_broken(outcome: &Outcome, law: Law) -> bool {
    outcome
        .verdict
        .violations
        .iter()
        .any(|violation| violation.law == law)
}
