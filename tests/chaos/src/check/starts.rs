//! What the targets saw: each attempt once, a later one only after the end or the loss of the one before, nothing early,
//! nothing unplanned, and nothing after it had been stopped.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Case, Finding, Rule, longest_claim};
use crate::evidence::{Call, Execution, JobRecord, Request};
use crate::timetable::{effective_from, has};

/// How long before and after the loss of a worker something must have befallen the system.
const AROUND: TimeDelta = TimeDelta::seconds(60);

/// How many attempts' errors a record keeps.
const MOST_ERRORS: usize = 5;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (id, calls) in &case.calls {
        let job = id.split('_').next().and_then(|job| case.jobs.get(job));
        let record = case.executions.get(id);
        let (Some(job), Some(record)) = (job, record) else {
            findings.push(Finding::new(Rule::UnrecordedStart, id));
            continue;
        };
        findings.extend(repeated(case, record, calls));
        for call in calls {
            findings.extend(early_or_unplanned(job, record, call));
            findings.extend(stopped(case, job, record, call));
        }
    }
    for record in case
        .executions
        .values()
        .filter(|one| one.state == "succeeded")
    {
        let calls = case.calls.get(record.id.as_str()).into_iter().flatten();
        let mut of_attempt = calls.filter(|call| call.attempt == record.attempt);
        if !of_attempt.any(|call| call.answered == 200) {
            let detail = format!("{}, attempt {}", record.id, record.attempt);
            findings.push(Finding::new(Rule::PhantomSuccess, detail));
        }
    }
    findings
}

/// What is wrong with an execution having been started more than once.
fn repeated(case: &Case<'_>, record: &Execution, calls: &[&Call]) -> Vec<Finding> {
    let mut by_attempt: BTreeMap<u32, Vec<&Call>> = BTreeMap::new();
    for call in calls {
        by_attempt.entry(call.attempt).or_default().push(call);
    }
    let last = by_attempt.keys().next_back().copied().unwrap_or_default();
    let mut findings = Vec::new();
    for (attempt, calls) in by_attempt {
        let found = |why: &str| {
            let detail = format!("{}, attempt {attempt}: {why}", record.id);
            Finding::new(Rule::DoubleStart, detail)
        };
        let [call] = calls[..] else {
            findings.push(found("started twice"));
            continue;
        };
        if attempt == last {
            continue;
        }
        let error = record.errors.iter().find(|error| error.attempt == attempt);
        match error.map(|error| error.reason.as_str()) {
            // A record keeps the latest errors only.
            None if record.errors.len() >= MOST_ERRORS => {}
            None => findings.push(found("followed by another, and its end is not on record")),
            Some("worker_lost")
                if !case.was_struck(call.received_at - AROUND, call.received_at + AROUND) =>
            {
                findings.push(found("its worker was lost, and nothing befell it"));
            }
            Some("attempt_failed") if call.answered == 200 => {
                findings.push(found("answered with 200, and repeated as failed"));
            }
            Some(_) => {}
        }
    }
    findings
}

fn early_or_unplanned(job: &JobRecord, record: &Execution, call: &Call) -> Option<Finding> {
    let detail = format!("{} at {}", record.id, call.received_at);
    if call.received_at < record.fire_time {
        return Some(Finding::new(Rule::TooEarly, detail));
    }
    if record.trigger != "schedule" {
        return None;
    }
    // An edit does not recall what has begun: a later attempt is run by a version that need not have its instant any more.
    let run_by = record.job_version.unwrap_or(u64::MAX);
    let effective = effective_from(&job.versions);
    let mut known = job.versions.iter().zip(effective);
    let planned = known.any(|(version, effective)| {
        version.version <= run_by
            && record.fire_time >= effective
            && has(&version.definition.schedule, record.fire_time)
    });
    (!planned).then(|| {
        Finding::new(
            Rule::UnplannedStart,
            format!("{detail}, run by version {run_by}"),
        )
    })
}

/// What is wrong with a start after its job, or it, had been stopped.
fn stopped(case: &Case<'_>, job: &JobRecord, record: &Execution, call: &Call) -> Vec<Finding> {
    let claim = longest_claim(job);
    let mut findings = Vec::new();
    let acknowledged = case
        .operations_on(&job.id)
        .filter(|operation| operation.outcome.is_acknowledged());
    for operation in acknowledged {
        let since = operation.ended_at;
        if call.received_at <= since {
            continue;
        }
        let detail = format!(
            "{} at {}, {:?} acknowledged at {since}",
            record.id, call.received_at, operation.request
        );
        let is_late = call.received_at > since + claim
            && !case.follows_a_freeze(since + claim, call.received_at);
        let scheduled = record.trigger == "schedule";
        match &operation.request {
            Request::Delete => {
                if !record.is_flagged() {
                    findings.push(Finding::new(Rule::UnflaggedAfterDelete, &detail));
                }
                if is_late {
                    findings.push(Finding::new(Rule::StartedAfterDelete, detail));
                }
            }
            Request::Pause if scheduled && is_late && was_paused(job, since, call.received_at) => {
                findings.push(Finding::new(Rule::StartedAfterPause, detail));
            }
            Request::Skip { fire_time }
                if scheduled
                    && is_late
                    && record.fire_time == *fire_time
                    && !was_rescheduled(job, since, call.received_at) =>
            {
                findings.push(Finding::new(Rule::StartedAfterSkip, detail));
            }
            _ => {}
        }
    }
    findings
}

/// Whether the job was paused all the time from `from` to `to`, by its versions.
fn was_paused(job: &JobRecord, from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
    let before = job.versions.iter().rfind(|version| version.at <= from);
    let mut meanwhile = job
        .versions
        .iter()
        .filter(|version| version.at > from && version.at <= to);
    before.is_some_and(|version| version.status == "paused")
        && meanwhile.all(|version| version.status == "paused")
}

/// Whether the job was given another schedule after `from` and by `to`, which knows of no skips from before it.
fn was_rescheduled(job: &JobRecord, from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
    let mut pairs = job.versions.windows(2);
    // A little before: the skip that was acknowledged last may have been made first.
    pairs.any(|pair| {
        let [before, after] = pair else { return false };
        let meanwhile = after.at > from - LONGEST_COMMIT && after.at <= to;
        meanwhile && before.definition.schedule != after.definition.schedule
    })
}

/// The longest that a change can take from the reading of the clock to its answer.
const LONGEST_COMMIT: TimeDelta = TimeDelta::seconds(30);
