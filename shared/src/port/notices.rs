//! What has been told to whom, and what waits to be told together.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::PortResult;
use crate::domain::{ChannelKey, DigestKey, ExecutionId, NotifyOn, Reason, UserId};

/// Whether one may tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// The right is this caller's.
    Begun,
    /// Somebody else has it just now.
    Busy,
    /// It has been told.
    Told,
}

/// A death that is told in a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestMember {
    /// The execution.
    pub execution: ExecutionId,
    /// After how many attempts.
    pub attempt: u32,
    /// What its job is called.
    pub job_name: String,
    /// Failed or dead.
    pub event: NotifyOn,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// When it ended.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub finished_at: DateTime<Utc>,
}

/// The notices, in the `control` table.
pub trait Notices: Send + Sync {
    /// Takes the right to tell what `key` names, from `now` until `until`, unless somebody has it or it has been told.
    fn begin_telling(
        &self,
        key: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> impl Future<Output = PortResult<Telling>> + Send;

    /// Writes that it has been told, once and for all: for 15 days, which is longer than any message lives.
    fn end_telling(
        &self,
        key: &str,
        now: DateTime<Utc>,
    ) -> impl Future<Output = PortResult<()>> + Send;

    /// Gives the right back: it has not been told.
    fn give_up_telling(&self, key: &str) -> impl Future<Output = PortResult<()>> + Send;

    /// Counts one more death of `user` for `channel` in the minute that begins at `minute`; returns how many that makes.
    fn count_death(
        &self,
        user: &UserId,
        channel: ChannelKey,
        minute: DateTime<Utc>,
    ) -> impl Future<Output = PortResult<u64>> + Send;

    /// Puts a death into a digest. Putting it twice is fine.
    fn join_digest(
        &self,
        digest: &DigestKey,
        member: &DigestMember,
    ) -> impl Future<Output = PortResult<()>> + Send;

    /// Whether a message that asks for the digest has been sent.
    fn is_digest_announced(
        &self,
        digest: &DigestKey,
    ) -> impl Future<Output = PortResult<bool>> + Send;

    /// Writes that such a message has been sent.
    fn note_digest_announced(
        &self,
        digest: &DigestKey,
    ) -> impl Future<Output = PortResult<()>> + Send;

    /// What is in the digest, strongly consistent.
    fn digest_members(
        &self,
        digest: &DigestKey,
    ) -> impl Future<Output = PortResult<Vec<DigestMember>>> + Send;
}
