//! What became of an owner's executions in a stretch of time, in few words; and what a cleanup has removed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{ExecutionId, Outcome, Reason};

/// What a cleanup did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cleaned {
    /// Jobs looked at.
    pub jobs_seen: u32,
    /// Records removed.
    pub executions_removed: u32,
    /// Canceled jobs removed.
    pub jobs_removed: u32,
    /// Whether it came to the end of its owner's jobs. If not, the next one goes on from here.
    pub finished: bool,
}

/// Sums up executions.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Digest {
    /// How many executions came to each outcome.
    pub outcomes: BTreeMap<&'static str, u32>,
    /// The same for each job that had any; the first ones by name.
    pub jobs: Vec<JobDigest>,
    /// Those that ended badly, latest first.
    pub failures: Vec<Failure>,
    /// Those whose last attempt ran longest.
    pub slowest: Vec<Timed>,
    /// Those that started latest after their fire time, if by a second or more.
    pub latest: Vec<Timed>,
    /// Whether there was more than a digest looks at.
    pub cut: bool,
}

/// One job's part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobDigest {
    /// What its owner calls it.
    pub name: String,
    /// How many executions came to each outcome.
    pub outcomes: BTreeMap<&'static str, u32>,
}

/// An execution that ended badly.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Failure {
    /// Which.
    pub execution: ExecutionId,
    /// Its job's name.
    pub job: String,
    /// When it was due.
    pub fire_time: DateTime<Utc>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The last attempt's error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// An execution, and how long something took.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Timed {
    /// Which.
    pub execution: ExecutionId,
    /// Its job's name.
    pub job: String,
    /// How long.
    pub ms: i64,
}
