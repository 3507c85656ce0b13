//! A request to redrive many dead letters: durable, worked off at its rate by the minute tick, and visible all the while.

use chrono::serde::{ts_milliseconds, ts_milliseconds_option};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{LetterFilter, RedriveId, Stamp, UserId};

/// How many letters a redrive releases in a minute at most.
pub const MAX_RATE: u32 = 1_000;

/// Where a redrive of many stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RedriveState {
    /// Letters are released, minute by minute.
    Releasing,
    /// All that were meant have been released or passed over.
    Done,
    /// Somebody stopped it. What was released stays released.
    Canceled,
}

/// A redrive of many, as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkRedrive {
    /// Its identity, and when it was asked for.
    pub id: RedriveId,
    /// By whom.
    pub by: UserId,
    /// Which letters: those that were open, and had ended before the request.
    pub filter: LetterFilter,
    /// How many are released in a minute at most.
    pub rate_per_minute: u32,
    /// How many there were when it was asked for.
    pub matched: u64,
    /// Whether counting them was cut short: there were at least so many.
    pub at_least: bool,
    /// Where it stands.
    pub state: RedriveState,
    /// How many it has released.
    pub released: u64,
    /// How many it could not: their jobs are deleted.
    pub refused: u64,
    /// Behind which letter it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// When it last released any. It releases none in the same minute again.
    #[serde(
        default,
        with = "ts_milliseconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub released_at: Option<DateTime<Utc>>,
    /// When it was over.
    #[serde(
        default,
        with = "ts_milliseconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub ended_at: Option<DateTime<Utc>>,
    /// When it was last worked on.
    #[serde(with = "ts_milliseconds")]
    pub updated_at: DateTime<Utc>,
    /// Set anew by every write.
    pub stamp: Stamp,
}
