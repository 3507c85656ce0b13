//! One version of a job: what it was, and who made it so.

use punctual::domain::{Action, Invalid, Job, JobRequest, JobState, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Page, utc_ms};

/// A version of a job, for its owner.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Version)]
pub struct VersionView {
    #[schema(minimum = 1)]
    version: u64,
    /// When it was made.
    #[schema(format = DateTime)]
    at: String,
    /// By whom; `punctual` for what happens by itself.
    by: UserId,
    /// By doing what.
    action: Action,
    /// In which request.
    #[schema(required)]
    request_id: Option<String>,
    status: JobState,
    /// What `PUT` would be given to make it.
    definition: JobRequest,
}

/// A part of a list of versions.
pub type VersionPage = Page<VersionView>;

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
