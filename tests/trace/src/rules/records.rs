//! A record's writes make one chain: each replaces what it says it replaces, and nobody moves a running execution on but
//! the holder of its claim, or whoever comes after its lease. The chain is told by stamps, not by clocks.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Finding, Rule, Terms};
use crate::line::{Event, Outcome, Process, Put};

/// A process whose lines end this soon after one of its own may have died before it could write the next.
const DEATH: TimeDelta = TimeDelta::seconds(10);

/// A write of a record, and by whom and when.
#[derive(Clone, Copy)]
struct Write<'a> {
    put: &'a Put,
    by: &'a Process,
    at: DateTime<Utc>,
}

pub(super) fn check(trace: &[Process], terms: Terms) -> Vec<Finding> {
    let mut by_stamp: BTreeMap<&str, Write<'_>> = BTreeMap::new();
    let mut accepted: BTreeMap<(&str, &str), Vec<Write<'_>>> = BTreeMap::new();
    let mut removed: BTreeSet<&str> = BTreeSet::new();
    let mut ended: BTreeMap<&str, &str> = BTreeMap::new();
    for process in trace {
        for line in &process.lines {
            match &line.event {
                Event::RecordPut(put) if put.may_be_written() => {
                    let write = Write {
                        put,
                        by: process,
                        at: line.timestamp,
                    };
                    by_stamp.insert(&put.stamp, write);
                    if put.outcome == Outcome::Written {
                        let replaced = (put.execution.as_str(), put.expected.as_str());
                        accepted.entry(replaced).or_default().push(write);
                    }
                }
                Event::RecordRemoved { stamp, .. } => {
                    removed.insert(stamp);
                }
                Event::Finished { claim, stamp, .. } => {
                    ended.insert(stamp, claim);
                }
                _ => {}
            }
        }
    }
    let mut findings = Vec::new();
    for ((execution, expected), writes) in &accepted {
        findings.extend(winners(execution, expected, writes, &removed));
        for write in writes {
            let before = by_stamp.get(expected).copied();
            if before.is_none() && *expected != "absent" && terms.is_complete {
                let detail = format!("{execution}: {} over {expected}", write.by.name);
                findings.push(Finding::new(Rule::MissingLink, detail));
            }
            findings.extend(before.and_then(|before| succession(before, *write, &ended)));
        }
    }
    findings
}

/// Whether more than one write replaced the same state.
fn winners(
    execution: &str,
    expected: &str,
    writes: &[Write<'_>],
    removed: &BTreeSet<&str>,
) -> Option<Finding> {
    // What was removed again leaves the place free; so may what a process that died soon after was about to remove.
    let holds = |write: &&Write<'_>| {
        let last = write.by.lines.last().map(|line| line.timestamp);
        let died = last.is_none_or(|last| last - write.at < DEATH);
        !removed.contains(write.put.stamp.as_str()) && !died
    };
    let mut names: Vec<_> = writes.iter().map(|write| write.by.name.as_str()).collect();
    names.sort_unstable();
    let stand = if expected == "absent" {
        // The last of them may stand.
        writes.len() > 1 && writes.iter().filter(holds).count() > 1
    } else {
        writes.len() > 1
    };
    stand.then(|| {
        let detail = format!("{execution} over {expected}: {}", names.join(", "));
        Finding::new(Rule::TwoWinners, detail)
    })
}

/// What is wrong with `write` having replaced `before`.
fn succession(
    before: Write<'_>,
    write: Write<'_>,
    ended: &BTreeMap<&str, &str>,
) -> Option<Finding> {
    let held = before.put;
    let place = || {
        let (from, to) = (&before.by.name, &write.by.name);
        format!(
            "{}: {from} holds it until {:?}, {to} writes {} at {}",
            held.execution, held.lease_until, write.put.state, write.at
        )
    };
    if let Some(claim) = ended.get(write.put.stamp.as_str())
        && held.claim.as_deref() != Some(claim)
    {
        return Some(Finding::new(Rule::FinishedAfterTakeOver, place()));
    }
    // Workers outside have another law.
    if held.state != "Running" || held.offered || write.put.claim == held.claim {
        return None;
    }
    let is_over = held.lease_until.is_none_or(|until| until <= write.at);
    // Its holder ends it, or steps back and leaves it as it was: perhaps as another one's whose lease had run out. The
    // holder is whoever wrote the claim, or prolonged it.
    let lets_go = write.put.state != "Running" || write.put.lease_until <= Some(write.at);
    let by_holder = before.by.name == write.by.name && lets_go;
    let by_flagged_holder = ended.contains_key(write.put.stamp.as_str());
    (!is_over && !by_holder && !by_flagged_holder)
        .then(|| Finding::new(Rule::TakenOverEarly, place()))
}
