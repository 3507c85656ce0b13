//! What jobs of Punctual's own kinds do with their owner's data.

use chrono::{DateTime, Utc};

use super::PortResult;
use crate::domain::{Cleaned, Digest, UserId};

/// Chores for one owner. Each is bounded, so that it fits into one attempt.
pub trait Chores: Send + Sync + 'static {
    /// Removes what has expired of `owner`'s data. What one call does not get to is the next one's.
    fn clean_up(&self, owner: &UserId) -> impl Future<Output = PortResult<Cleaned>> + Send;

    /// Sums up `owner`'s executions with fire times from `from` up to, but not including, `until`.
    fn digest(
        &self,
        owner: &UserId,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> impl Future<Output = PortResult<Digest>> + Send;
}
