//! Execution records. One conditional put is the only way to change one: claim, take-over, finish and cancel differ in
//! what they expect and what they write, not in how.

use chrono::{DateTime, Utc};

use super::{Page, PortResult, Put};
use crate::domain::{Execution, ExecutionId, JobId, Occasion, Stamp};

/// What a write expects to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// No record.
    Absent,
    /// The record as it was at this stamp.
    Stamp(Stamp),
}

impl Expected {
    /// Expects what was read, or nothing if nothing was there.
    pub fn from_read(read: Option<&Execution>) -> Self {
        read.map_or(Self::Absent, |execution| Self::Stamp(execution.stamp))
    }
}

/// The `executions` table.
pub trait Executions: Send + Sync {
    /// Writes `execution` whole, if `expected` holds.
    fn put_execution(
        &self,
        execution: &Execution,
        expected: Expected,
    ) -> impl Future<Output = PortResult<Put<Box<Execution>>>> + Send;

    /// Removes a record that is still at `stamp`: the undoing of a first claim. Removing nothing is fine.
    fn remove_execution(
        &self,
        id: ExecutionId,
        stamp: Stamp,
    ) -> impl Future<Output = PortResult<()>> + Send;

    /// Reads a record, strongly consistent.
    fn execution(
        &self,
        id: ExecutionId,
    ) -> impl Future<Output = PortResult<Option<Execution>>> + Send;

    /// Whether cancelling has been asked for, eventually consistent: cheap enough to ask while a handler runs.
    fn cancel_requested(&self, id: ExecutionId) -> impl Future<Output = PortResult<bool>> + Send;

    /// The job's executions that are running, are offered or wait for a retry, strongly consistent.
    fn live_executions(
        &self,
        job: JobId,
    ) -> impl Future<Output = PortResult<Vec<Execution>>> + Send;

    /// The job's `count` executions of the latest fire times, latest first, strongly consistent.
    fn latest_executions(
        &self,
        job: JobId,
        count: usize,
    ) -> impl Future<Output = PortResult<Vec<Execution>>> + Send;

    /// A job's executions whose fire times lie from `from` up to, but not including, `until`, both whole seconds, behind
    /// `after` if that is given; in the order of [`Occasion`]'s text, strongly consistent, at most `limit` of them.
    fn executions_between(
        &self,
        job: JobId,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        after: Option<Occasion>,
        limit: usize,
    ) -> impl Future<Output = PortResult<Vec<Execution>>> + Send;

    /// Lists a job's executions, latest fire time first, at most `limit` (1–100), from where `cursor` points.
    /// `Ok(None)`: the cursor is not one of ours.
    fn list_executions(
        &self,
        job: JobId,
        cursor: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = PortResult<Option<Page<Execution>>>> + Send;
}
