//! The brief's bodies. What they do not mention gets the model's default on create, and stays as it is on update.

use punctual::domain::schedule::ScheduleRequest;
use punctual::domain::{Invalid, JobId, JobRequest, job_name};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::translate::{BriefSchedule, Recurrence, schedule};
use crate::merge_patch::with_default_undecided;

/// The body of `POST /job/create`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BriefJobRequest, examples(json!({
    "job_name": "daily report",
    "job_type": "http",
    "job_schedule_type": "RECCURING",
    "job_schedule": { "hour": 9, "minute": 0, "days_of_week": ["MON", "FRI"] },
    "timezone": "Europe/Berlin",
    "payload": { "url": "https://example.com/hook" }
})))]
pub struct CreateRequest {
    #[schema(schema_with = job_name)]
    job_name: String,
    job_type: String,
    job_schedule_type: Recurrence,
    job_schedule: BriefSchedule,
    /// IANA; UTC, if absent.
    #[schema(format = "iana-time-zone", example = "Europe/Berlin")]
    timezone: Option<String>,
    /// An empty object, if absent.
    payload: Option<Value>,
}

impl CreateRequest {
    /// The same wish in the shared model's words.
    ///
    /// # Errors
    /// [`Invalid`], in the brief's names.
    pub fn into_job_request(self) -> Result<JobRequest, Invalid> {
        let schedule = schedule(
            self.job_schedule_type,
            &self.job_schedule,
            self.timezone.as_deref(),
        )?;
        let payload = self.payload.unwrap_or_else(|| Value::Object(Map::new()));
        Ok(JobRequest::new(
            self.job_name,
            self.job_type,
            payload,
            schedule,
        ))
    }
}

/// The body of `PUT /job/update`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BriefJobChange, examples(json!({
    "job_id": "0b7e9d3c-5f1a-4e0b-9c53-8a2f6d1e4b70",
    "job_name": "weekly report"
})))]
pub struct UpdateRequest {
    /// Which job.
    pub job_id: JobId,
    #[schema(required = false, schema_with = job_name)]
    job_name: Option<String>,
    job_type: Option<String>,
    job_schedule_type: Option<Recurrence>,
    job_schedule: Option<BriefSchedule>,
    #[schema(format = "iana-time-zone", example = "Europe/Berlin")]
    timezone: Option<String>,
    payload: Option<Value>,
}

/// What an update changes.
pub struct Changes {
    name: Option<String>,
    job_type: Option<String>,
    schedule: Option<ScheduleRequest>,
    payload: Option<Value>,
}

impl UpdateRequest {
    /// The same wish in the shared model's words. A schedule is given whole or not at all: its type, its fields and its
    /// time zone mean nothing without each other.
    ///
    /// # Errors
    /// [`Invalid`], in the brief's names.
    pub fn into_changes(self) -> Result<Changes, Invalid> {
        let schedule = match (self.job_schedule_type, &self.job_schedule, &self.timezone) {
            (Some(recurrence), Some(fields), timezone) => {
                Some(schedule(recurrence, fields, timezone.as_deref())?)
            }
            (None, None, None) => None,
            (None, _, _) => {
                return Err(Invalid::new(
                    "job_schedule_type",
                    "must be given with job_schedule and timezone",
                ));
            }
            (Some(_), None, _) => {
                return Err(Invalid::new(
                    "job_schedule",
                    "must be given with job_schedule_type",
                ));
            }
        };
        Ok(Changes {
            name: self.job_name,
            job_type: self.job_type,
            schedule,
            payload: self.payload,
        })
    }
}

impl Changes {
    /// `current` with these changes made.
    pub fn applied_to(&self, current: JobRequest) -> JobRequest {
        let current = match self.schedule {
            Some(_) => with_default_undecided(current),
            None => current,
        };
        JobRequest {
            name: self.name.clone().unwrap_or(current.name),
            job_type: self.job_type.clone().unwrap_or(current.job_type),
            schedule: self.schedule.clone().unwrap_or(current.schedule),
            payload: self.payload.clone().unwrap_or(current.payload),
            ..current
        }
    }
}
