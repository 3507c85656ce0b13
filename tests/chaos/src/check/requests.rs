//! What was acknowledged was done, once; what was refused was not done; of what nobody knows, both are allowed.

use super::{Case, Finding, Rule};
use crate::evidence::{JobRecord, Operation, Outcome, Request};

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for operation in &case.evidence.operations {
        let found = match operation.request {
            Request::Create => created(case, operation),
            _ => changed(case, operation),
        };
        findings.extend(found);
    }
    for (number, jobs) in &case.numbers {
        if jobs.len() > 1 {
            let ids: Vec<_> = jobs.iter().map(|job| job.id.as_str()).collect();
            let detail = format!("number {number}: {}", ids.join(" "));
            findings.push(Finding::new(Rule::DuplicateJob, detail));
        }
    }
    findings
}

fn created(case: &Case<'_>, operation: &Operation) -> Option<Finding> {
    let exists = case.numbers.contains_key(&operation.number);
    let detail = format!(
        "number {}, asked for at {}",
        operation.number, operation.begun_at
    );
    match &operation.outcome {
        Outcome::Acknowledged { .. } if !exists => Some(Finding::new(Rule::LostJob, detail)),
        Outcome::Refused { status } if exists => Some(Finding::new(
            Rule::RefusedButDone,
            format!("{detail}: {status}"),
        )),
        _ => None,
    }
}

fn changed(case: &Case<'_>, operation: &Operation) -> Option<Finding> {
    let id = operation.job.as_deref()?;
    let detail = format!("{:?} of {id} at {}", operation.request, operation.begun_at);
    let Some(job) = case.jobs.get(id).copied() else {
        return operation
            .outcome
            .is_acknowledged()
            .then(|| Finding::new(Rule::LostJob, detail));
    };
    match &operation.outcome {
        Outcome::Acknowledged { version, execution } => {
            let broken = match &operation.request {
                Request::RunNow => {
                    let known = execution.as_deref();
                    let recorded = known.is_some_and(|id| case.executions.contains_key(id));
                    (!recorded).then_some(Rule::LostRun)
                }
                Request::CancelExecution { execution } => {
                    let record = case.executions.get(execution.as_str());
                    let stopped = record.is_some_and(|record| record.is_flagged());
                    (!stopped).then_some(Rule::LostCancel)
                }
                request => (!shows(job, request, *version)).then_some(Rule::LostChange),
            };
            broken.map(|rule| {
                Finding::new(
                    rule,
                    format!("{detail}, version {version:?}, {execution:?}"),
                )
            })
        }
        Outcome::Refused { status } => match &operation.request {
            Request::Edit { name } if has_been_called(job, name) => Some(Finding::new(
                Rule::RefusedButDone,
                format!("{detail}: {status}"),
            )),
            _ => None,
        },
        Outcome::Unknown { .. } => None,
    }
}

/// Whether the job's versions show what was acknowledged.
fn shows(job: &JobRecord, request: &Request, version: Option<u64>) -> bool {
    let acknowledged = job
        .versions
        .iter()
        .find(|found| Some(found.version) == version);
    let is_now = |states: &[&str]| {
        acknowledged.is_some_and(|version| states.contains(&version.status.as_str()))
    };
    match request {
        Request::Edit { name } => acknowledged.is_some_and(|found| found.definition.name == *name),
        Request::Pause => is_now(&["paused"]),
        Request::Resume => is_now(&["active", "completed"]),
        Request::Skip { .. } => acknowledged.is_some(),
        Request::Delete => job.status == "canceled",
        Request::Create | Request::RunNow | Request::CancelExecution { .. } => true,
    }
}

fn has_been_called(job: &JobRecord, name: &str) -> bool {
    let mut versions = job.versions.iter();
    versions.any(|version| version.definition.name == name)
}
