//! The decisions by example, and their laws by property. Everything starts from a request, as a user would say it.

mod admission;
mod calendars;
mod chain;
mod claim;
mod dead_letter;
mod dependencies;
mod failures;
mod finish;
mod fires;
mod follow_up;
mod forecast;
mod history;
mod hold;
mod host_breaker;
mod judge;
mod ledger;
mod notice;
mod overlap;
mod owed;
mod pressure;
mod pull;
mod pulse;
mod redrive;
mod scan;
mod skips;
mod slots;
mod written;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::Delivery;
use crate::domain::{
    ClaimToken, DispatchMessage, Exclusions, Execution, ExecutionId, ExecutionState, Job, JobId,
    JobRequest, JobState, Occasion, Owed, Stamp, TimeoutSeconds, UserId,
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Half a minute into a minute.
fn now() -> DateTime<Utc> {
    at("2026-11-21T12:00:30Z")
}

fn seconds(count: i64) -> TimeDelta {
    TimeDelta::seconds(count)
}

/// A job asked for at `created`; the fields of `more` are added to the request.
fn job_with(schedule: &Value, more: &Value, created: DateTime<Utc>) -> Job {
    let mut request = json!({ "name": "n", "job_type": "echo", "schedule": schedule });
    let fields = request.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    let request: JobRequest = serde_json::from_value(request).unwrap();
    let user = UserId::new("ann").unwrap();
    request
        .into_job(JobId::from_random(7), user, created)
        .unwrap()
}

fn every(period: i64) -> Value {
    json!({ "kind": "every", "seconds": period, "anchor_at": "2026-11-01T00:00:00Z" })
}

fn once(instant: &str) -> Value {
    json!({ "kind": "once", "at": instant })
}

/// Fires on every full hour since the first of the month: `now` is half a minute after one of its fire times.
fn hourly(more: &Value) -> Job {
    job_with(&every(3_600), more, at("2026-11-01T00:00:00Z"))
}

/// What `job` owes without calendars.
fn owed(job: &Job) -> Owed<'_> {
    job.owed(Exclusions::none())
}

fn in_state(job: Job, state: JobState) -> Job {
    Job { state, ..job }
}

fn scheduled(fire_time: &str) -> ExecutionId {
    ExecutionId {
        job: JobId::from_random(7),
        occasion: Occasion::Scheduled(at(fire_time)),
    }
}

/// The occurrence of [`hourly`] half a minute before `now`.
fn noon() -> ExecutionId {
    scheduled("2026-11-21T12:00:00Z")
}

fn manual() -> ExecutionId {
    ExecutionId {
        job: JobId::from_random(7),
        occasion: Occasion::manual(now(), 1),
    }
}

/// A delivery whose message was sent `age` seconds before `now`.
fn delivery(id: ExecutionId, attempt: u32, age: i64) -> Delivery {
    Delivery {
        message: DispatchMessage::new(id, attempt, TimeoutSeconds::default()),
        sent_at: now() - seconds(age),
        receive_count: 1,
        pulse: None,
    }
}

const OLD_STAMP: Stamp = Stamp(1);
const NEW_STAMP: Stamp = Stamp(2);
const OLD_TOKEN: ClaimToken = ClaimToken(1);
const NEW_TOKEN: ClaimToken = ClaimToken(2);

fn record(id: ExecutionId, state: ExecutionState) -> Execution {
    Execution::new(id, state, OLD_STAMP)
}

/// A claimed execution in its attempt number `attempt`, whose lease ends `lease` seconds after `now`.
fn running(id: ExecutionId, attempt: u32, lease: i64) -> Execution {
    Execution {
        attempt,
        claim: Some(OLD_TOKEN),
        lease_until: Some(now() + seconds(lease)),
        started_at: Some(now() - seconds(5)),
        dispatched_at: Some(now() - seconds(6)),
        ..record(id, ExecutionState::Running)
    }
}
