//! The scanner's order, and the API's: hints and messages first, the checkpoint or the row last.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{Finding, Rule};
use crate::line::{Event, Line, Outcome, Process};

/// A fire hint: job and instant.
type Hint = (String, DateTime<Utc>);

/// What one process has planned and not yet had acknowledged.
#[derive(Default)]
struct Owing {
    hints: BTreeSet<Hint>,
    messages: BTreeSet<String>,
}

impl Owing {
    fn of(job: &str, next: Option<DateTime<Utc>>, sending: &str) -> Self {
        Self {
            hints: next
                .map(|next| (job.to_owned(), next))
                .into_iter()
                .collect(),
            messages: sending.split_whitespace().map(str::to_owned).collect(),
        }
    }

    fn extend(&mut self, other: Self) {
        self.hints.extend(other.hints);
        self.messages.extend(other.messages);
    }

    fn hear(&mut self, event: &Event) {
        match event {
            Event::HintPut { job, at, kind, .. } if kind == "fire" => {
                self.hints.remove(&(job.clone(), *at));
            }
            Event::Sent { execution, .. } | Event::Deferred { execution, .. } => {
                self.messages.remove(execution);
            }
            _ => {}
        }
    }
}

/// A scan of one bucket that is under way.
#[derive(Default)]
struct Scan {
    begun_at: DateTime<Utc>,
    owing: Owing,
    seen: BTreeSet<Hint>,
}

pub(super) fn check(trace: &[Process]) -> Vec<Finding> {
    let hints = acknowledged(trace);
    let paused = paused(trace);
    trace
        .iter()
        .flat_map(|process| {
            let mut findings = of_scans(process, &hints);
            findings.extend(of_launches(process, &paused));
            findings
        })
        .collect()
}

/// When each fire hint was first acknowledged, by its bucket.
fn acknowledged(trace: &[Process]) -> BTreeMap<String, BTreeMap<Hint, DateTime<Utc>>> {
    let mut found: BTreeMap<String, BTreeMap<Hint, DateTime<Utc>>> = BTreeMap::new();
    for line in trace.iter().flat_map(|process| &process.lines) {
        if let Event::HintPut {
            minute,
            job,
            at,
            kind,
            ..
        } = &line.event
            && kind == "fire"
        {
            let hints = found.entry(minute.clone()).or_default();
            let first = hints.entry((job.clone(), *at)).or_insert(line.timestamp);
            *first = line.timestamp.min(*first);
        }
    }
    found
}

fn of_scans(
    process: &Process,
    hints: &BTreeMap<String, BTreeMap<Hint, DateTime<Utc>>>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut scans: BTreeMap<&str, Scan> = BTreeMap::new();
    for Line { timestamp, event } in &process.lines {
        for scan in scans.values_mut() {
            scan.owing.hear(event);
        }
        match event {
            Event::ScanBegun { minute } => {
                let begun_at = *timestamp;
                scans.insert(
                    minute,
                    Scan {
                        begun_at,
                        ..Scan::default()
                    },
                );
            }
            Event::HintFollowed {
                minute,
                job,
                at,
                kind,
                next,
                sending,
            } => {
                if let Some(scan) = scans.get_mut(minute.as_str()) {
                    scan.owing.extend(Owing::of(job, *next, sending));
                    if kind == "fire" {
                        scan.seen.insert((job.clone(), *at));
                    }
                }
            }
            Event::HintDropped {
                minute, job, at, ..
            } => {
                if let Some(scan) = scans.get_mut(minute.as_str()) {
                    scan.seen.insert((job.clone(), *at));
                }
            }
            Event::Checkpointed { minute } => {
                let scan = scans.remove(minute.as_str()).unwrap_or_default();
                let place = format!("{} checkpoints {minute} at {timestamp}", process.name);
                findings.extend(of_checkpoint(&scan, &place, hints.get(minute)));
            }
            _ => {}
        }
    }
    findings
}

fn of_checkpoint(
    scan: &Scan,
    place: &str,
    hints: Option<&BTreeMap<Hint, DateTime<Utc>>>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for message in &scan.owing.messages {
        let detail = format!("{place}, {message} unsent");
        findings.push(Finding::new(Rule::CheckpointBeforeSend, detail));
    }
    for (job, at) in &scan.owing.hints {
        let detail = format!("{place}, the hint of {job} at {at} not put");
        findings.push(Finding::new(Rule::CheckpointBeforeHint, detail));
    }
    for (hint, put_at) in hints.into_iter().flatten() {
        if *put_at < scan.begun_at && !scan.seen.contains(hint) {
            let detail = format!("{place}, {} at {}, put at {put_at}", hint.0, hint.1);
            findings.push(Finding::new(Rule::HintPassedOver, detail));
        }
    }
    findings
}

/// The versions of jobs that were written as paused.
fn paused(trace: &[Process]) -> BTreeSet<(&str, u64)> {
    let lines = trace.iter().flat_map(|process| &process.lines);
    lines
        .filter_map(|line| match &line.event {
            Event::JobPut {
                outcome: Outcome::Written,
                job,
                version,
                state,
                ..
            } if state == "paused" => Some((job.as_str(), *version)),
            _ => None,
        })
        .collect()
}

fn of_launches(process: &Process, paused: &BTreeSet<(&str, u64)>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // By the request too: two that are under way at once make the same version, and one of them will lose.
    let mut launches: BTreeMap<(&str, u64, &str), Owing> = BTreeMap::new();
    for Line { timestamp, event } in &process.lines {
        for owing in launches.values_mut() {
            owing.hear(event);
        }
        match event {
            Event::Launching {
                job,
                version,
                request,
                next,
                sending,
            } => {
                launches.insert((job, *version, request), Owing::of(job, *next, sending));
            }
            Event::JobPut {
                outcome,
                job,
                version,
                request,
                state,
            } if *outcome != Outcome::Refused => {
                let planned = launches.remove(&(job.as_str(), *version, request.as_str()));
                let owing = planned
                    .as_ref()
                    .map(|owing| owing.hints.len() + owing.messages.len());
                // A job that is new, or was paused before, has no chain that could go on.
                let before = (job.as_str(), version.saturating_sub(1));
                let begins = state == "active" && (*version == 1 || paused.contains(&before));
                let place = format!(
                    "{} writes {job} version {version} at {timestamp}",
                    process.name
                );
                match owing {
                    None if begins => findings.push(Finding::new(
                        Rule::RowBeforeHint,
                        format!("{place}, with nothing launched"),
                    )),
                    Some(1..) => findings.push(Finding::new(
                        Rule::RowBeforeHint,
                        format!("{place}, {owing:?} not acknowledged"),
                    )),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    findings
}
