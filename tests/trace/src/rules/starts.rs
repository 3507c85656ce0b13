//! The worker's order: claim, read the job, look at the lease, start. And what a delete asks of whoever is on its way.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{Finding, Rule};
use crate::line::{Event, Line, Outcome, Process, job_of};

/// A start, and what its process had done for it.
struct Start<'a> {
    execution: &'a str,
    attempt: u32,
    at: DateTime<Utc>,
    claimed_at: DateTime<Utc>,
    place: String,
}

pub(super) fn check(trace: &[Process]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let rows = rows(trace);
    let mut starts = Vec::new();
    for process in trace {
        of_process(process, &rows, &mut starts, &mut findings);
    }
    findings.extend(unflagged(trace, &starts));
    findings.extend(repeated(trace, &starts));
    findings
}

/// When each version of a job's row was acknowledged.
fn rows(trace: &[Process]) -> BTreeMap<&str, Vec<(DateTime<Utc>, u64)>> {
    let mut rows: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for line in trace.iter().flat_map(|process| &process.lines) {
        if let Event::JobPut {
            outcome: Outcome::Written,
            job,
            version,
            ..
        } = &line.event
        {
            rows.entry(job)
                .or_default()
                .push((line.timestamp, *version));
        }
    }
    rows
}

fn of_process<'a>(
    process: &'a Process,
    rows: &BTreeMap<&str, Vec<(DateTime<Utc>, u64)>>,
    starts: &mut Vec<Start<'a>>,
    findings: &mut Vec<Finding>,
) {
    // By claim: when it was acknowledged here, and whether the job was read behind it.
    let mut claims: BTreeMap<&str, DateTime<Utc>> = BTreeMap::new();
    let mut read: BTreeSet<&str> = BTreeSet::new();
    for Line { timestamp, event } in &process.lines {
        match event {
            Event::RecordPut(put) if put.outcome == Outcome::Written && put.state == "Running" => {
                if let Some(claim) = &put.claim {
                    claims.entry(claim).or_insert(*timestamp);
                }
            }
            Event::JobRead {
                execution,
                claim: Some(claim),
                version,
                ..
            } => {
                let Some(claimed_at) = claims.get(claim.as_str()) else {
                    continue;
                };
                read.insert(claim);
                let known = rows.get(job_of(execution)).into_iter().flatten();
                let newest = known
                    .filter(|(at, _)| at < claimed_at)
                    .map(|(_, version)| *version)
                    .max();
                if newest > Some(*version) {
                    let detail = format!(
                        "{}: {execution} claimed at {claimed_at} reads version {version}, {newest:?} was there",
                        process.name
                    );
                    findings.push(Finding::new(Rule::StaleRead, detail));
                }
            }
            Event::Started {
                execution,
                attempt,
                claim,
                lease_until,
            } => {
                let claim = claim.as_deref().unwrap_or_default();
                let claimed_at = claims.get(claim).copied();
                let place = format!(
                    "{} starts {execution}, attempt {attempt}, at {timestamp}",
                    process.name
                );
                if claimed_at.is_none() {
                    findings.push(Finding::new(Rule::StartedUnclaimed, &place));
                }
                if !read.contains(claim) {
                    findings.push(Finding::new(Rule::StartedUnread, &place));
                }
                if lease_until.is_none_or(|until| until < *timestamp) {
                    let detail = format!("{place}, its lease until {lease_until:?}");
                    findings.push(Finding::new(Rule::StartedPastLease, detail));
                }
                starts.push(Start {
                    execution,
                    attempt: *attempt,
                    at: *timestamp,
                    claimed_at: claimed_at.unwrap_or(*timestamp),
                    place,
                });
            }
            _ => {}
        }
    }
}

/// Whoever starts after a delete had returned was seen by it: its record was flagged before. One that claims after it
/// sees that its job is gone, and does not start at all.
fn unflagged(trace: &[Process], starts: &[Start<'_>]) -> Vec<Finding> {
    let mut flagged = BTreeSet::new();
    let mut deleted: BTreeMap<&str, DateTime<Utc>> = BTreeMap::new();
    for line in trace.iter().flat_map(|process| &process.lines) {
        match &line.event {
            Event::RecordPut(put) if put.may_be_written() && put.is_flagged() => {
                flagged.insert(put.execution.as_str());
            }
            Event::CancelReturned { job } => {
                let first = deleted.entry(job).or_insert(line.timestamp);
                *first = line.timestamp.min(*first);
            }
            _ => {}
        }
    }
    let mut findings = Vec::new();
    for start in starts {
        let Some(deleted_at) = deleted.get(job_of(start.execution)) else {
            continue;
        };
        let is_after = start.at > *deleted_at && !flagged.contains(start.execution);
        if is_after || start.claimed_at > *deleted_at {
            let detail = format!(
                "{}, claimed at {}, deleted at {deleted_at}",
                start.place, start.claimed_at
            );
            findings.push(Finding::new(Rule::UnflaggedStart, detail));
        }
    }
    findings
}

/// One attempt starts once. Attempts are counted anew only for an execution that was skipped, and is owed after all.
fn repeated(trace: &[Process], starts: &[Start<'_>]) -> Vec<Finding> {
    let mut skipped = BTreeSet::new();
    for line in trace.iter().flat_map(|process| &process.lines) {
        if let Event::RecordPut(put) = &line.event
            && put.may_be_written()
            && put.state == "Skipped"
        {
            skipped.insert(put.execution.as_str());
        }
    }
    let mut seen: BTreeMap<(&str, u32), &str> = BTreeMap::new();
    let mut findings = Vec::new();
    for start in starts
        .iter()
        .filter(|start| !skipped.contains(start.execution))
    {
        if let Some(other) = seen.insert((start.execution, start.attempt), &start.place) {
            let detail = format!("{}; {other}", start.place);
            findings.push(Finding::new(Rule::StartedTwice, detail));
        }
    }
    findings
}
