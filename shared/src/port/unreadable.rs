//! Messages that nothing here can read, kept for a person to look at.

use chrono::{DateTime, Utc};

use super::PortResult;

/// A message that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableMessage {
    /// The queue's id of it.
    pub message_id: String,
    /// The queue.
    pub queue: String,
    /// Its beginning.
    pub body: String,
    /// Why it could not be read.
    pub reason: String,
    /// When it was received.
    pub received_at: DateTime<Utc>,
}

/// Where unreadable messages are kept: the `control` table.
pub trait Unreadable: Send + Sync {
    /// Keeps a message for 14 days. Keeping it twice is fine.
    fn record_unreadable(
        &self,
        message: &UnreadableMessage,
    ) -> impl Future<Output = PortResult<()>> + Send;
}
