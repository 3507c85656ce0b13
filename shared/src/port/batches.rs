//! Remembers what a batch under an idempotency key held, so that the key is not taken for another batch.

use chrono::{DateTime, Utc};

use super::PortResult;
use crate::domain::UserId;

/// The batches, in the `control` table.
pub trait Batches: Send + Sync {
    /// Remembers `digest` for a day from `now` under the user and the batch's idempotency key, unless a digest is
    /// remembered there already. Returns the one remembered.
    fn remember_batch(
        &self,
        user: &UserId,
        key: &str,
        digest: &str,
        now: DateTime<Utc>,
    ) -> impl Future<Output = PortResult<String>> + Send;
}
