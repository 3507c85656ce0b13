//! What the bodies of requests about jobs ask for: the part of the handlers that decides by bytes alone. A body is read
//! whole or refused, and a refusal names its field.

use punctual::domain::calendar::CalendarRequest;
use punctual::domain::{Invalid, JobId, JobRequest};
use punctual::usecase::BatchItem;
use serde_json::{Map, Value};

use crate::body::decode;
use crate::brief::{CreateRequest, UpdateRequest};
use crate::merge_patch::patched;
use crate::problem::Problem;
use crate::routes::batch::BatchRequest;

/// Why a body was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is not a JSON object.
    Malformed,
    /// It is one, but this cannot be accepted.
    Field(Invalid),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        problem.into_invalid().map_or(Self::Malformed, Self::Field)
    }
}

impl From<Invalid> for Refused {
    fn from(invalid: Invalid) -> Self {
        Self::Field(invalid)
    }
}

/// The job that `POST /v1/jobs` and `PUT /v1/jobs/{id}` ask for.
///
/// # Errors
/// [`Refused`], as in every function here.
pub fn job(body: &[u8]) -> Result<JobRequest, Refused> {
    Ok(decode(body)?)
}

/// What `PATCH /v1/jobs/{id}` makes of the job `current`.
///
/// # Errors
/// [`Refused`].
pub fn patch(body: &[u8], current: JobRequest) -> Result<JobRequest, Refused> {
    let patch: Map<String, Value> = decode(body)?;
    Ok(patched(current, &patch)?)
}

/// The items of `POST /v1/jobs/batch`, each of which may be refused by itself.
///
/// # Errors
/// [`Refused`].
pub fn batch(body: &[u8]) -> Result<Vec<BatchItem>, Refused> {
    Ok(decode::<BatchRequest>(body)?.into_items().collect())
}

/// The calendar that `PUT /v1/calendars/{name}` asks for.
///
/// # Errors
/// [`Refused`].
pub fn calendar(body: &[u8]) -> Result<CalendarRequest, Refused> {
    Ok(decode(body)?)
}

/// The job that `POST /job/create` asks for, in the brief's words.
///
/// # Errors
/// [`Refused`].
pub fn brief_job(body: &[u8]) -> Result<JobRequest, Refused> {
    Ok(decode::<CreateRequest>(body)?.into_job_request()?)
}

/// What `PUT /job/update` makes of the job `current`, and the job that it is meant for.
///
/// # Errors
/// [`Refused`].
pub fn brief_change(body: &[u8], current: JobRequest) -> Result<(JobId, JobRequest), Refused> {
    let request: UpdateRequest = decode(body)?;
    let id = request.job_id;
    Ok((id, request.into_changes()?.applied_to(current)))
}
