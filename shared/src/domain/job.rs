//! A job: durable user intent. No run writes to it; which occurrences it owes follows from this row alone.

use chrono::serde::{ts_milliseconds, ts_milliseconds_option};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{JobId, Misfire, Notify, Priority, RetryPolicy, Schedule, TimeoutSeconds, UserId};

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Its occurrences fire.
    Active,
    /// Its occurrences do not fire until it is resumed.
    Paused,
    /// Its last occurrence has ended. A label for people: nothing is decided by it.
    Completed,
    /// Deleted by its user; kept for its history.
    Canceled,
}

impl JobState {
    /// Every state, in the order in which lists show them.
    pub const ALL: [Self; 4] = [Self::Active, Self::Paused, Self::Completed, Self::Canceled];

    /// The name in the API and in keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Canceled => "canceled",
        }
    }
}

/// A job as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its identity.
    pub id: JobId,
    /// Its owner.
    pub user: UserId,
    /// What its owner calls it.
    pub name: String,
    /// A name in the registry of job types.
    pub job_type: String,
    /// Validated by its job type.
    #[serde(with = "json_text")]
    pub payload: Value,
    /// When it fires.
    pub schedule: Schedule,
    /// Where it stands.
    pub state: JobState,
    /// Counts the changes made to it, from 1. Every write is conditional on it.
    pub version: u64,
    /// No instant before this is governed by the present schedule: set by create, resume and schedule edits.
    #[serde(with = "ts_milliseconds")]
    pub effective_from: DateTime<Utc>,
    /// How urgent it is.
    pub priority: Priority,
    /// What its misfires do.
    pub misfire: Misfire,
    /// How failed attempts are tried again.
    pub retry: RetryPolicy,
    /// How long an attempt may take.
    pub timeout_seconds: TimeoutSeconds,
    /// Who is told of bad ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<Notify>,
    /// Digest of the request that created it: tells a replay from another request under the same idempotency key.
    pub request_digest: String,
    /// When it was created.
    #[serde(with = "ts_milliseconds")]
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    #[serde(with = "ts_milliseconds")]
    pub updated_at: DateTime<Utc>,
    /// When it was canceled.
    #[serde(
        default,
        with = "ts_milliseconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub canceled_at: Option<DateTime<Utc>>,
}

impl Job {
    /// The membership law: whether this job owes an execution at `fire_time`. Hints and messages only ask; this answers.
    pub fn owes(&self, fire_time: DateTime<Utc>) -> bool {
        self.fires() && fire_time >= self.effective_from && self.schedule.contains(fire_time)
    }

    /// Whether the job's state lets occurrences fire. A completed job still answers for those under way.
    pub fn fires(&self) -> bool {
        matches!(self.state, JobState::Active | JobState::Completed)
    }

    /// The next fire time at or after `now`, if the job is active.
    pub fn next_fire_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        (self.state == JobState::Active)
            .then(|| self.schedule.next(now.max(self.effective_from)))
            .flatten()
    }

    /// Whether `fire_time` is the last this job will ever owe.
    pub fn ends_with(&self, fire_time: DateTime<Utc>) -> bool {
        self.schedule
            .next(fire_time + TimeDelta::seconds(1))
            .is_none()
    }
}

/// Keeps a payload as JSON text: what the user sent comes back number for number, at one attribute's cost.
mod json_text {
    use serde::{Deserialize, Deserializer, Serializer, de, ser};
    use serde_json::Value;

    pub fn serialize<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&serde_json::to_string(value).map_err(ser::Error::custom)?)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        serde_json::from_str(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
