//! What a record says of single attempts.

use chrono::serde::ts_milliseconds;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Reason;

/// What went wrong in one attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AttemptError {
    /// Which attempt, from 1.
    #[schema(minimum = 1)]
    pub attempt: u32,
    /// Why it failed.
    pub reason: Reason,
    /// One line for a person.
    pub detail: String,
}

/// When an attempt was under way. Its stored names are short: they are a part of a record that is to stay within one write
/// unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptTimes {
    /// Which attempt, from 1.
    #[serde(rename = "n")]
    pub attempt: u32,
    /// When the queue accepted its message.
    #[serde(rename = "d", with = "ts_milliseconds")]
    pub dispatched_at: DateTime<Utc>,
    /// When a worker claimed it.
    #[serde(rename = "c", with = "ts_milliseconds")]
    pub claimed_at: DateTime<Utc>,
    /// When its handler started.
    #[serde(rename = "s", with = "ts_milliseconds")]
    pub started_at: DateTime<Utc>,
    /// When its end was recorded.
    #[serde(rename = "e", with = "ts_milliseconds")]
    pub ended_at: DateTime<Utc>,
}
