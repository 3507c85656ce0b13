//! A lock for each job whose executions exclude each other. It is held by an execution, not by a process: whoever carries
//! the execution on, holds it.

use super::{PortResult, Put};
use crate::domain::{ExecutionId, JobId, Stamp};

/// A job's lock, as held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The execution that holds it; its job is whose lock it is.
    pub holder: ExecutionId,
    /// Set anew by every write.
    pub stamp: Stamp,
}

/// The locks, in the `control` table.
pub trait Locks: Send + Sync {
    /// Writes `lock` if the stored one is at the stamp `expected`, or if none is held and `expected` is `None`.
    fn put_lock(
        &self,
        lock: Lock,
        expected: Option<Stamp>,
    ) -> impl Future<Output = PortResult<Put<Lock>>> + Send;

    /// Removes the lock of `holder`'s job if `holder` holds it; otherwise changes nothing.
    fn release_lock(&self, holder: ExecutionId) -> impl Future<Output = PortResult<()>> + Send;

    /// The lock of `job`, strongly consistent.
    fn lock(&self, job: JobId) -> impl Future<Output = PortResult<Option<Lock>>> + Send;
}
