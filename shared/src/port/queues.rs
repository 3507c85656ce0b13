//! Queues. Sending is at least once, and messages carry no authority, so a resend is always safe.

use chrono::{DateTime, TimeDelta, Utc};

use super::PortResult;
use crate::domain::{Band, DispatchMessage, Lane, NotificationMessage, Queue, UserId};

/// When a message should reach its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SendAt {
    /// As soon as may be.
    Now,
    /// Shortly before this instant, which is at most 900 s away: the reader sleeps the rest. The delay is computed when
    /// the message is sent, not when it was planned.
    Before(DateTime<Utc>),
}

/// A message on its way to a lane's queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingMessage {
    /// By which lane: [`Job::lane`](crate::domain::Job::lane).
    pub lane: Lane,
    /// Who waits for it. The queue serves users fairly: one who sends much waits, the others do not.
    pub user: Option<UserId>,
    /// When it should arrive.
    pub send_at: SendAt,
    /// What it asks.
    pub message: DispatchMessage,
}

/// How much is in a queue, about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Messages that could be received now.
    pub ready: u64,
    /// Messages that were received, and are being worked on.
    pub in_flight: u64,
    /// Messages that are to arrive later.
    pub delayed: u64,
}

/// The queues.
pub trait Queues: Send + Sync {
    /// Sends messages, in the given order; all of them are acknowledged, or the call is an error.
    fn send(&self, messages: &[OutgoingMessage]) -> impl Future<Output = PortResult<()>> + Send;

    /// How much is in a band's queue, about.
    fn depth(&self, band: Band) -> impl Future<Output = PortResult<Depth>> + Send;

    /// Hands an execution that ended badly to the dead-letter handler, through its lane's dead-letter queue.
    fn send_dead_letter(
        &self,
        lane: Lane,
        message: &DispatchMessage,
    ) -> impl Future<Output = PortResult<()>> + Send;

    /// Hands a body that nothing here can read to the dead-letter handler, unchanged.
    fn send_unreadable(
        &self,
        lane: Lane,
        body: &str,
    ) -> impl Future<Output = PortResult<()>> + Send;

    /// Asks for a user to be told, then.
    fn send_notification(
        &self,
        message: &NotificationMessage,
        send_at: SendAt,
    ) -> impl Future<Output = PortResult<()>> + Send;

    /// Has a received message handed over again after `delay`, rather than when its visibility ends.
    fn postpone(
        &self,
        queue: Queue,
        receipt_handle: &str,
        delay: TimeDelta,
    ) -> impl Future<Output = PortResult<()>> + Send;
}
