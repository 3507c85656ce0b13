//! A job in the brief's words. A schedule that those cannot say, because it was made through the REST face, is shown by
//! its expression alone, never approximated.

use std::num::ParseIntError;

use chrono::{DateTime, Datelike, NaiveDateTime, Timelike, Utc};
use punctual::domain::{Exclusions, Job, JobId, JobState, Schedule};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::translate::{BriefSchedule, Recurrence};
use crate::view::{Page, utc};

/// A job, as the brief shows one.
#[derive(Debug, Serialize, ToSchema)]
pub struct BriefJob {
    job_id: JobId,
    job_name: String,
    job_type: String,
    job_schedule_type: Recurrence,
    /// Null where these words cannot say it.
    #[schema(required)]
    job_schedule: Option<BriefSchedule>,
    #[schema(format = "iana-time-zone", example = "UTC")]
    timezone: &'static str,
    /// Of a recurring job.
    #[serde(skip_serializing_if = "Option::is_none")]
    cron_expression: Option<String>,
    /// Of a one-time job.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    fire_time: Option<String>,
    payload: Value,
    status: JobState,
    /// Null where nothing further will fire.
    #[schema(required, format = DateTime)]
    next_fire_at: Option<String>,
}

/// A part of a list of jobs.
pub type BriefJobPage = Page<BriefJob>;

impl BriefJob {
    /// `job` as seen at `now`, kept from firing by `exclusions`.
    pub fn of(job: Job, exclusions: &Exclusions, now: DateTime<Utc>) -> Self {
        let timezone = job.timetable.schedule.timezone();
        let next_fire_at = job.owed(exclusions).next_fire_at(now).map(utc);
        let once = matches!(job.timetable.schedule, Schedule::Once(_));
        let fire_time = job.timetable.next(DateTime::UNIX_EPOCH).filter(|_| once);
        let cron_expression = expression(&job.timetable.schedule);
        let job_schedule = match fire_time {
            Some(at) => Some(date_fields(at.with_timezone(&timezone).naive_local())),
            None => cron_expression.as_deref().and_then(cron_fields),
        };
        Self {
            job_id: job.id,
            job_name: job.name,
            job_type: job.job_type,
            job_schedule_type: if once {
                Recurrence::Once
            } else {
                Recurrence::Recurring
            },
            job_schedule,
            timezone: timezone.name(),
            cron_expression,
            fire_time: fire_time.map(utc),
            payload: job.payload,
            status: job.state,
            next_fire_at,
        }
    }
}

fn expression(schedule: &Schedule) -> Option<String> {
    let stored = serde_json::to_value(schedule).ok()?;
    Some(stored.get("expression")?.as_str()?.to_owned())
}

fn date_fields(at: NaiveDateTime) -> BriefSchedule {
    BriefSchedule {
        year: Some(at.year().into()),
        month: Some(at.month().into()),
        date: Some(at.day().into()),
        hour: Some(at.hour().into()),
        minute: Some(at.minute().into()),
        days_of_week: Vec::new(),
    }
}

/// The fields of an expression that names single values only. `None`: the brief has no words for it.
fn cron_fields(expression: &str) -> Option<BriefSchedule> {
    let parts: Vec<_> = expression.split_ascii_whitespace().collect();
    let [minute, hour, date, month, days] = parts[..] else {
        return None;
    };
    Some(BriefSchedule {
        year: None,
        month: single(month).ok()?,
        date: single(date).ok()?,
        hour: single(hour).ok()?,
        minute: Some(single(minute).ok()??),
        days_of_week: match days {
            "*" => Vec::new(),
            days if days.contains(|c: char| !c.is_ascii_alphabetic() && c != ',') => return None,
            days => days.split(',').map(Value::from).collect(),
        },
    })
}

/// `*` names no value.
fn single(field: &str) -> Result<Option<i64>, ParseIntError> {
    match field {
        "*" => Ok(None),
        number => number.parse().map(Some),
    }
}
