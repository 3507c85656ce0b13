//! Offers, and the workers that look for them. An offer only asks, as a hint does: whether it may still be taken is the
//! execution's record to say. One too many costs a look; one too few is seen to when it ends.

use chrono::{DateTime, Utc};

use super::PortResult;
use crate::domain::pull::{PullWorker, WorkName};
use crate::domain::{ExecutionId, Priority, UserId, WorkerId};

/// "This attempt of this execution may be taken."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedWork {
    /// Whose work it is.
    pub user: UserId,
    /// What is to be done.
    pub work: WorkName,
    /// How urgent it is.
    pub priority: Priority,
    /// The execution.
    pub execution: ExecutionId,
    /// The attempt.
    pub attempt: u32,
}

/// The offers, in the `control` table.
pub trait Offers: Send + Sync {
    /// Puts an offer, which stands until `until`.
    fn put_offer(
        &self,
        offer: &OfferedWork,
        until: DateTime<Utc>,
    ) -> impl Future<Output = PortResult<()>> + Send;

    /// The user's most urgent offers of this work, those of one priority by their fire times: at most `limit`, eventually
    /// consistent.
    fn offers(
        &self,
        user: &UserId,
        work: &WorkName,
        limit: usize,
    ) -> impl Future<Output = PortResult<Vec<OfferedWork>>> + Send;

    /// Removes an offer. Removing nothing is fine.
    fn remove_offer(&self, offer: &OfferedWork) -> impl Future<Output = PortResult<()>> + Send;
}

/// The registered workers, in the `control` table.
pub trait PullWorkers: Send + Sync {
    /// Writes a worker, whatever is there.
    fn put_worker(&self, worker: &PullWorker) -> impl Future<Output = PortResult<()>> + Send;

    /// Reads one of the user's workers, strongly consistent.
    fn worker(
        &self,
        user: &UserId,
        id: WorkerId,
    ) -> impl Future<Output = PortResult<Option<PullWorker>>> + Send;

    /// The user's workers, strongly consistent. One that expired may be among them.
    fn workers(&self, user: &UserId) -> impl Future<Output = PortResult<Vec<PullWorker>>> + Send;

    /// Removes a worker. Removing nothing is fine.
    fn remove_worker(
        &self,
        user: &UserId,
        id: WorkerId,
    ) -> impl Future<Output = PortResult<()>> + Send;
}
