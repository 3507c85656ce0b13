//! Every planned instant came to one recorded end, or another one stands for it; and the reason that a record gives is one
//! that somebody gave cause for.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Case, Finding, Rule};
use crate::evidence::{Execution, JobRecord, Occurrence, Request};
use crate::timetable::owed;

/// Up to this late, an execution is merely late.
const GRACE: TimeDelta = TimeDelta::seconds(60);

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let jobs = case.evidence.jobs.iter();
    jobs.flat_map(|job| of_job(case, job)).collect()
}

fn of_job(case: &Case<'_>, job: &JobRecord) -> Vec<Finding> {
    let until = case.evidence.until;
    let mut findings = Vec::new();
    let mut records: BTreeMap<DateTime<Utc>, &Execution> = BTreeMap::new();
    let mut ids = std::collections::BTreeSet::new();
    for execution in &job.executions {
        let is_second = !ids.insert(&execution.id);
        let scheduled = execution.trigger == "schedule";
        let replaced = scheduled
            .then(|| records.insert(execution.fire_time, execution))
            .flatten();
        if is_second || replaced.is_some() {
            findings.push(Finding::new(Rule::DuplicateRecord, &execution.id));
        }
        if execution.fire_time < until && !execution.has_ended() {
            let detail = format!("{} is {}", execution.id, execution.state);
            findings.push(Finding::new(Rule::Unfinished, detail));
        }
        if let Some(why) = unfounded(case, job, execution) {
            let detail = format!("{}: {why}", execution.id);
            findings.push(Finding::new(Rule::WrongReason, detail));
        }
    }
    let scheduled = job
        .occurrences
        .iter()
        .filter(|one| one.trigger == "schedule");
    let told: BTreeMap<_, _> = scheduled.map(|one| (one.fire_time, one)).collect();
    let owed = owed(&job.versions, until);
    for (at, _) in &owed {
        if !records.contains_key(at)
            && !stands(case, job, *at, told.get(at).copied(), &records, &owed)
        {
            let outcome = told.get(at).map(|one| one.outcome.as_str());
            let detail = format!("{} at {at}, told as {outcome:?}", job.id);
            findings.push(Finding::new(Rule::LostInstant, detail));
        }
    }
    // What the product itself calls missing, it has lost, whatever this checker computes.
    for one in told.values().filter(|one| one.outcome == "missing") {
        let detail = format!(
            "{} at {} is missing by its own ledger",
            job.id, one.fire_time
        );
        findings.push(Finding::new(Rule::LostInstant, detail));
    }
    findings
}

/// Whether an owed instant may be without a record: another one stands for it, and is entitled to, or its owner wanted it
/// left out.
fn stands(
    case: &Case<'_>,
    job: &JobRecord,
    at: DateTime<Utc>,
    told: Option<&Occurrence>,
    records: &BTreeMap<DateTime<Utc>, &Execution>,
    owed: &[(DateTime<Utc>, usize)],
) -> bool {
    let Some(told) = told else { return false };
    if told.outcome == "skipped_by_user" {
        return asked_to_skip(case, job, at);
    }
    let Some(by) = told.stood_for_by else {
        return false;
    };
    let count = owed
        .iter()
        .filter(|(one, _)| (at..=by).contains(one))
        .count() as u64;
    let record = records.get(&by);
    record.is_some_and(|record| {
        record
            .stands_for
            .is_some_and(|stands_for| stands_for >= count)
    })
}

fn asked_to_skip(case: &Case<'_>, job: &JobRecord, at: DateTime<Utc>) -> bool {
    case.operations_on(&job.id).any(|operation| {
        operation.request == (Request::Skip { fire_time: at }) && !operation.outcome.is_refused()
    })
}

/// Why the reason of a record has no cause, if it has none.
fn unfounded(case: &Case<'_>, job: &JobRecord, execution: &Execution) -> Option<String> {
    let ended = execution.finished_at?;
    let reason = execution.reason.as_deref()?;
    let version_by_then = |status: &str| {
        let mut versions = job.versions.iter();
        versions.any(|version| version.status == status && version.at <= ended)
    };
    let founded = match reason {
        "skipped_by_user" => asked_to_skip(case, job, execution.fire_time),
        "job_paused" => version_by_then("paused"),
        "job_canceled" => version_by_then("canceled"),
        // Whoever cancels a job cancels what runs of it.
        "canceled_by_user" => {
            version_by_then("canceled")
                || case.operations_on(&job.id).any(|operation| {
                    let canceled = Request::CancelExecution {
                        execution: execution.id.clone(),
                    };
                    operation.request == canceled && !operation.outcome.is_refused()
                })
        }
        "superseded" => job.versions.len() > 1,
        "misfire" => ended - execution.fire_time > GRACE,
        "missing"
        | "upstream_failed"
        | "upstream_not_finished"
        | "excluded"
        | "held"
        | "no_worker"
        | "panicked"
        | "unknown_job_type" => false,
        _ => true,
    };
    (!founded).then(|| format!("nothing accounts for {reason}"))
}
