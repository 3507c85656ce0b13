//! A message is deleted only when its work is done, and what was sent is accounted for.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Rule, Terms};
use crate::line::{Event, Line, Process, fire_time, is_terminal};

pub(super) fn check(trace: &[Process], terms: Terms) -> Vec<Finding> {
    let mut findings: Vec<_> = trace.iter().flat_map(deleted_too_soon).collect();
    findings.extend(unaccounted(trace, terms));
    findings
}

/// What a process has done for an execution since it last deleted a message of it. One that is handed back in between says
/// nothing of that: it is a copy, which found another at work.
#[derive(Default)]
struct Deeds {
    /// The state of the last record that it wrote.
    state: Option<String>,
    /// Whether it has asked for the execution anew since then, by a message or by a hint.
    has_asked: bool,
}

fn deleted_too_soon(process: &Process) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut deeds: BTreeMap<&str, Deeds> = BTreeMap::new();
    for Line { timestamp, event } in &process.lines {
        match event {
            Event::RecordPut(put) if put.may_be_written() => {
                let deeds = deeds.entry(&put.execution).or_default();
                deeds.state = Some(put.state.clone());
                deeds.has_asked = false;
            }
            Event::Sent { execution, .. }
            | Event::Deferred { execution, .. }
            | Event::HintPut {
                execution: Some(execution),
                ..
            } => {
                deeds.entry(execution).or_default().has_asked = true;
            }
            Event::Settled {
                verdict,
                what,
                execution,
                state,
                ..
            } if verdict == "deleted" => {
                let done = deeds.remove(execution.as_str()).unwrap_or_default();
                let state = state.as_deref().or(done.state.as_deref());
                let follows = match (what.as_str(), state) {
                    // Nobody would carry it on.
                    ("Attempted" | "Judged" | "AlreadyOver", Some(state)) if is_terminal(state) => {
                        true
                    }
                    ("Attempted" | "AlreadyOver", Some("RetryWait")) | ("Queued", _) => {
                        done.has_asked
                    }
                    ("Attempted" | "Judged", _) => false,
                    _ => true,
                };
                if !follows {
                    let detail = format!(
                        "{} deletes a message of {execution} at {timestamp}: {what}, {state:?}",
                        process.name
                    );
                    findings.push(Finding::new(Rule::DeletedTooSoon, detail));
                }
            }
            _ => {}
        }
    }
    findings
}

/// What was sent, was due, and was never heard of again.
fn unaccounted(trace: &[Process], terms: Terms) -> Vec<Finding> {
    let mut sent: BTreeMap<&str, &str> = BTreeMap::new();
    let mut accounted = BTreeSet::new();
    for process in trace {
        for line in &process.lines {
            match &line.event {
                Event::Sent { execution, .. } => {
                    sent.entry(execution).or_insert(&process.name);
                }
                Event::RecordPut(put)
                    if put.may_be_written() && (put.is_terminal() || waits(&put.state)) =>
                {
                    accounted.insert(put.execution.as_str());
                }
                Event::Settled {
                    verdict,
                    what,
                    execution,
                    state,
                    ..
                } if verdict == "deleted" => {
                    let is_over = state.as_deref().is_some_and(is_terminal);
                    if is_over || what == "NoSuchJob" {
                        accounted.insert(execution);
                    }
                }
                Event::Deferred { execution, .. } => {
                    accounted.insert(execution);
                }
                _ => {}
            }
        }
    }
    let due = |execution: &str| fire_time(execution).is_some_and(|at| at < terms.until);
    sent.into_iter()
        .filter(|(execution, _)| due(execution) && !accounted.contains(execution))
        .map(|(execution, by)| {
            Finding::new(Rule::Unaccounted, format!("{execution}, sent by {by}"))
        })
        .collect()
}

/// Whether it waits for something that only people, or other executions, bring about.
fn waits(state: &str) -> bool {
    ["Waiting", "Offered", "Held"].contains(&state)
}
