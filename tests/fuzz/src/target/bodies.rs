//! Bodies of requests, as the API reads them: what is accepted becomes a job that says the same once it was stored and
//! asked for again, and a refusal names a field that the body has, or lacks.

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::calendar::Calendar;
use punctual::domain::{Invalid, Job, JobId, JobRequest, UserId};
use punctual_api::bodies::{self, Refused};
use serde_json::{Map, Value};

use super::ical::excludes_by_its_own_account;
use super::json::parsed;

pub(super) const WORDS: &[&str] = &[
    "name",
    "job_type",
    "payload",
    "schedule",
    "kind",
    "cron",
    "once",
    "every",
    "rrule",
    "expression",
    "timezone",
    "at",
    "local",
    "seconds",
    "anchor_at",
    "rule",
    "starts_at_local",
    "after",
    "after_condition",
    "after_limit_seconds",
    "all_succeeded",
    "all_finished",
    "starts_at",
    "ends_at",
    "max_runs",
    "exclude_calendars",
    "spread_seconds",
    "spread",
    "overlap",
    "allow",
    "skip",
    "queue",
    "concurrency_key",
    "max_concurrency",
    "rate_per_minute",
    "priority",
    "misfire",
    "policy",
    "fire_latest",
    "fire_all",
    "catch_up_window_seconds",
    "retry",
    "max_retries",
    "backoff_seconds",
    "max_backoff_seconds",
    "timeout_seconds",
    "pause_after_failures",
    "notify",
    "webhook_url",
    "on",
    "dead",
    "channels",
    "jobs",
    "key",
    "idempotency_key",
    "key:a",
    "echo",
    "http",
    "pull",
    "UTC",
    "Europe/Berlin",
    "0 9 * * *",
    "H H * * *",
    "2026-11-21T12:00:00Z",
    "2027-03-28T02:30:00",
    "https://example.com/hook",
    "job_name",
    "job_schedule_type",
    "RECCURING",
    "ONCE",
    "job_schedule",
    "year",
    "month",
    "date",
    "hour",
    "minute",
    "days_of_week",
    "MON",
    "Friday",
    "job_id",
    "0b0d8a54-7b1e-4c62-9f0e-5d3f5f6f2b11",
    "dates",
    "ranges",
    "from",
    "until",
    "weekly",
    "days",
    "ical",
    "2026-12-25",
    "22:00",
    "job",
    "patch",
];

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 250_000_000).unwrap_or_default()
}

fn made(request: JobRequest) -> Result<Job, Invalid> {
    let user = UserId::new("alice")?;
    request.into_job(JobId::from_random(7), user, now())
}

/// The body of a create or a replace.
pub(super) fn job(bytes: &[u8]) {
    let request = match bodies::job(bytes) {
        Ok(request) => request,
        Err(refused) => return names_a_field(&refused, bytes),
    };
    match made(request.clone()) {
        Ok(job) => holds_of_a_job(&job),
        Err(invalid) => names_a_field(&Refused::Field(invalid), bytes),
    }
    assert_eq!(
        request.digest().ok(),
        bodies::job(bytes)
            .ok()
            .and_then(|again| again.digest().ok())
    );
}

/// Stored, and asked for again as it is, it stays what it is.
fn holds_of_a_job(job: &Job) {
    let stored = serde_json::to_value(job).unwrap_or_default();
    let read: Option<Job> = serde_json::from_value(stored.clone()).ok();
    // Instants are stored to the millisecond, and none here has more.
    assert_eq!(read.as_ref(), Some(job), "{stored} is read as another job");
    let again = JobRequest::from_job(job)
        .and_then(|request| request.into_edit_of(job, now() + TimeDelta::hours(1)));
    match again {
        Ok(again) => {
            assert_eq!(
                again.timetable, job.timetable,
                "an edit that changes nothing moved its fire times"
            );
            assert_eq!(
                again.effective_from, job.effective_from,
                "an edit that changes nothing lets it govern anew"
            );
            assert_eq!(again.payload, job.payload);
            assert_eq!(again.overlap, job.overlap);
            assert_eq!(again.retry, job.retry);
        }
        Err(invalid) => panic!("{stored} was accepted, and is refused as it is: {invalid}"),
    }
}

/// `{"job": …, "patch": …}`: a body of a create, and that of a change of what it made.
pub(super) fn patch(bytes: &[u8]) {
    let Some(input) = parsed(bytes) else {
        return;
    };
    let text = |key: &str| input.get(key).map(Value::to_string).unwrap_or_default();
    let Some(current) = bodies::job(text("job").as_bytes())
        .ok()
        .and_then(|request| made(request).ok())
        .and_then(|job| JobRequest::from_job(&job).ok())
    else {
        return;
    };
    let patch = text("patch");
    let patched = match bodies::patch(patch.as_bytes(), current.clone()) {
        Ok(patched) => patched,
        Err(refused) => return names_a_field(&refused, patch.as_bytes()),
    };
    let again = bodies::patch(patch.as_bytes(), patched.clone());
    assert_eq!(
        again.as_ref(),
        Ok(&patched),
        "{patch} makes another change the second time"
    );
    let (before, after) = (fields_of(&current), fields_of(&patched));
    let asked: Map<String, Value> = serde_json::from_str(&patch).unwrap_or_default();
    let left_alone = |key: &&String| {
        // A new schedule leaves it open again whether a default misfire policy was chosen.
        !(asked.contains_key(*key) || *key == "misfire" && asked.contains_key("schedule"))
    };
    for key in before.keys().chain(after.keys()).filter(left_alone) {
        assert_eq!(before.get(key), after.get(key), "{patch} changed {key}");
    }
    if let Ok(job) = made(patched) {
        holds_of_a_job(&job);
    }
}

fn fields_of(request: &JobRequest) -> Map<String, Value> {
    match serde_json::to_value(request) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// The body of a batch: each item is read as if it had been sent alone.
pub(super) fn batch(bytes: &[u8]) {
    let items = match bodies::batch(bytes) {
        Ok(items) => items,
        Err(refused) => return names_a_field(&refused, bytes),
    };
    let asked = parsed(bytes).and_then(|body| body.get("jobs").and_then(Value::as_array).cloned());
    let asked = asked.unwrap_or_default();
    assert_eq!(items.len(), asked.len(), "an item was lost or made up");
    for (item, asked) in items.into_iter().zip(asked) {
        let text = asked.to_string();
        let is_keyed = ["idempotency_key", "key"]
            .iter()
            .any(|key| asked.get(key).is_some());
        match item.request {
            Ok(request) if !is_keyed && item.runs_after.is_empty() => {
                assert_eq!(
                    bodies::job(text.as_bytes()),
                    Ok(request),
                    "{text} means something else in a batch"
                );
            }
            Ok(_) => {}
            Err(invalid) => {
                assert!(
                    asked.is_object() || invalid.field == "body",
                    "{text}: {invalid}"
                );
                if asked.is_object() {
                    names_a_field(&Refused::Field(invalid), text.as_bytes());
                }
            }
        }
    }
}

/// The bodies of the brief's routes.
pub(super) fn brief(bytes: &[u8]) {
    let current = match bodies::brief_job(bytes) {
        Ok(request) => {
            if let Ok(job) = made(request.clone()) {
                holds_of_a_job(&job);
            }
            request
        }
        Err(refused) => {
            names_a_field(&refused, bytes);
            JobRequest::new(
                "a".to_owned(),
                "echo".to_owned(),
                Value::Null,
                punctual::domain::schedule::ScheduleRequest::default(),
            )
        }
    };
    match bodies::brief_change(bytes, current) {
        Ok((_, request)) => {
            if let Ok(job) = made(request) {
                holds_of_a_job(&job);
            }
        }
        Err(refused) => names_a_field(&refused, bytes),
    }
}

/// The body of a calendar.
pub(super) fn calendar(bytes: &[u8]) {
    let request = match bodies::calendar(bytes) {
        Ok(request) => request,
        Err(refused) => return names_a_field(&refused, bytes),
    };
    let calendar = match Calendar::compile(&request, now()) {
        Ok(calendar) => calendar,
        Err(invalid) => return names_a_field(&Refused::Field(invalid), bytes),
    };
    let stored = serde_json::to_string(&calendar).unwrap_or_default();
    let read: Option<Calendar> = serde_json::from_str(&stored).ok();
    assert_eq!(read.as_ref(), Some(&calendar), "{stored}");
    excludes_by_its_own_account(&calendar, now() - TimeDelta::milliseconds(250));
}

/// The first part of the field is a key of the body, or one that it lacks; a body that is no object has no field.
fn names_a_field(refused: &Refused, bytes: &[u8]) {
    match refused {
        Refused::Malformed => assert!(
            !parsed_strictly(bytes),
            "refused as malformed: {}",
            String::from_utf8_lossy(bytes)
        ),
        Refused::Field(Invalid { field, reason }) => {
            assert!(
                !reason.trim().is_empty(),
                "{field} is refused without a reason"
            );
            let body = parsed(bytes).unwrap_or_default();
            let is_there = body.as_object().is_some_and(|body| {
                // A name with a backtick is not told apart from the words around it.
                body.keys()
                    .any(|key| field.starts_with(key.as_str()) || key.contains('`'))
            });
            let lacks = !reason.contains("unknown field");
            assert!(
                is_there || lacks || field == "body",
                "{field} is not in {body}: {reason}"
            );
        }
    }
}

/// Whether it is a JSON object without a key that appears twice.
fn parsed_strictly(bytes: &[u8]) -> bool {
    matches!(parsed(bytes), Some(Value::Object(_)))
}
