//! One version of a job: what it was, and who made it so.

use punctual::domain::{Action, Invalid, Job, JobRequest, JobState, UserId};
use serde::Serialize;

use super::utc_ms;

/// A version of a job, for its owner.
#[derive(Debug, Serialize)]
pub struct VersionView {
    version: u64,
    /// When it was made.
    at: String,
    /// By whom; `punctual` for what happens by itself.
    by: UserId,
    /// By doing what.
    action: Action,
    /// In which request.
    request_id: Option<String>,
    status: JobState,
    /// What `PUT` would be given to make it.
    definition: JobRequest,
}

impl TryFrom<Job> for VersionView {
    type Error = Invalid;

    fn try_from(job: Job) -> Result<Self, Invalid> {
        let change = job.made_by();
        Ok(Self {
            version: change.version,
            at: utc_ms(change.at),
            by: change.by,
            action: change.action,
            request_id: Some(change.request_id).filter(|id| !id.is_empty()),
            status: job.state,
            definition: JobRequest::from_job(&job)?,
        })
    }
}
