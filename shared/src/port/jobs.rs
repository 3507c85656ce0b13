//! Job rows. Every write is conditional on the version it was planned from.

use std::collections::HashMap;

use super::{PortResult, Put};
use crate::domain::{Job, JobId, JobState, JobText, UserId};

/// Which jobs to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Only those in this state. `None`: all but the canceled ones.
    pub state: Option<JobState>,
    /// Only those of this type.
    pub job_type: Option<String>,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The part.
    pub items: Vec<T>,
    /// Asks for what follows; opaque. `None` at the end.
    pub next: Option<String>,
}

/// How many jobs one request looks at, at most, while it looks for some by a text.
pub const MAX_SEARCHED: usize = 500;

/// What was found of the jobs that were looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundJobs {
    /// The part: it may be short, even empty, and go on all the same.
    pub page: Page<Job>,
    /// How many jobs were looked at for it, at most [`MAX_SEARCHED`].
    pub searched: usize,
}

/// The `jobs` table.
pub trait Jobs: Send + Sync {
    /// Reads a row, strongly consistent.
    fn job(&self, id: JobId) -> impl Future<Output = PortResult<Option<Job>>> + Send;

    /// Reads rows, eventually consistent: an absence or a state read here is not yet a verdict. Their payloads are left
    /// out, and read as null: what a tick reads for a herd must not grow by what its users store.
    fn jobs_eventually(
        &self,
        ids: &[JobId],
    ) -> impl Future<Output = PortResult<HashMap<JobId, Job>>> + Send;

    /// Reads rows whole, strongly consistent: as many payloads at once as the caller has room for. What cannot be read is
    /// logged and left out.
    fn jobs(&self, ids: &[JobId]) -> impl Future<Output = PortResult<HashMap<JobId, Job>>> + Send;

    /// Writes `job` if the stored row is at version `job.version - 1`, or absent for version 1.
    fn put_job(&self, job: &Job) -> impl Future<Output = PortResult<Put<Box<Job>>>> + Send;

    /// Removes the row, if it is still at `job.version`. Removing nothing is fine.
    fn remove_job(&self, job: &Job) -> impl Future<Output = PortResult<()>> + Send;

    /// Reads every row there is, eventually consistent and in no order, `limit` (1–100) at a time, from where `cursor`
    /// points. What cannot be read is logged and left out. `Ok(None)`: the cursor is not one of ours.
    fn scan_jobs(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = PortResult<Option<Page<Job>>>> + Send;

    /// Lists a user's jobs by state, then type, then newest first; at most `limit` (1–100) of them, from where `cursor` points.
    /// `Ok(None)`: the cursor is not one of ours.
    fn list_jobs(
        &self,
        user: &UserId,
        filter: &JobFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = PortResult<Option<Page<Job>>>> + Send;

    /// Those of the same list that `text` names. `Ok(None)`: as there.
    fn find_jobs(
        &self,
        user: &UserId,
        filter: &JobFilter,
        text: &JobText,
        cursor: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = PortResult<Option<FoundJobs>>> + Send;
}
