//! The audit's entries: who did what to what, and when. An entry is written before its change takes effect and never
//! again, so no change is without one; one whose change lost its race, or crashed, stays.

use std::fmt;

use chrono::serde::ts_milliseconds;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_with::{DeserializeFromStr, SerializeDisplay};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{Action, ExecutionId, HoldId, Invalid, JobId, RedriveId, Role, UserId, WorkerId};

/// How long history is kept: archived versions and audit entries.
pub const HISTORY_RETENTION: TimeDelta = TimeDelta::days(400);

/// The beginning of the SHA-256 of a thing as it is stored: 128 bits, as 32 hexadecimal digits.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, SerializeDisplay, DeserializeFromStr, ToSchema,
)]
#[schema(value_type = String, pattern = "^[0-9a-f]{32}$")]
pub struct ContentHash(u128);

impl ContentHash {
    /// The hash of `stored`, as JSON with its fields in their declared order. What cannot be written as JSON cannot be
    /// stored either, and hashes like nothing at all.
    pub fn of(stored: &impl Serialize) -> Self {
        let text = serde_json::to_vec(stored).unwrap_or_default();
        let mut first = [0; 16];
        first.copy_from_slice(&Sha256::digest(text)[..16]);
        Self(u128::from_be_bytes(first))
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl std::str::FromStr for ContentHash {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let number = u128::from_str_radix(text, 16).ok().map(Self);
        number
            .filter(|hash| hash.to_string() == text)
            .ok_or_else(|| Invalid::new("hash", "must be 32 hexadecimal digits"))
    }
}

/// What a change is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Subject {
    /// A job.
    Job(JobId),
    /// One execution of a job.
    Execution(ExecutionId),
    /// A calendar, by its owner's name for it.
    Calendar(String),
    /// A worker that has registered.
    Worker(WorkerId),
    /// A user.
    User(UserId),
    /// Many dead letters, by the request that is about them.
    DeadLetters(RedriveId),
    /// A hold.
    Hold(HoldId),
    /// All of it.
    Service,
}

impl Subject {
    /// Its id, as text.
    pub fn id(&self) -> String {
        match self {
            Self::Job(id) => id.to_string(),
            Self::Execution(id) => id.to_string(),
            Self::Calendar(id) => id.clone(),
            Self::Worker(id) => id.to_string(),
            Self::User(id) => id.to_string(),
            Self::DeadLetters(id) => id.to_string(),
            Self::Hold(id) => id.to_string(),
            Self::Service => "punctual".to_owned(),
        }
    }
}

/// One entry of the audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When it was written: before the change took effect.
    #[serde(with = "ts_milliseconds")]
    pub at: DateTime<Utc>,
    /// Keeps two entries of one millisecond apart.
    pub nonce: u64,
    /// Who made the change; `punctual` for what happens by itself.
    pub by: UserId,
    /// In which role. `None` for what happens by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// What was done.
    pub action: Action,
    /// To what.
    pub subject: Subject,
    /// Whose that is.
    pub owner: UserId,
    /// Of a change of a job's row: the version that it makes, if it takes effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The request that asked for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub request_id: String,
    /// What was there before. `None` where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<ContentHash>,
    /// What is there afterwards. `None` where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ContentHash>,
    /// Of a change of many: which, and how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use serde_json::json;

    use super::super::{Job, JobRequest};
    use super::*;

    fn job() -> Job {
        let request: JobRequest = serde_json::from_value(json!({
            "name": "n", "job_type": "echo", "payload": { "b": 0.1, "a": [1, null] },
            "schedule": { "kind": "cron", "expression": "0 9 * * MON", "timezone": "Europe/Berlin" },
        }))
        .unwrap();
        let now = Utc.timestamp_nanos(1_795_262_400_123_456_789);
        let user = UserId::new("ann").unwrap();
        request.into_job(JobId::from_random(7), user, now).unwrap()
    }

    #[test]
    fn what_is_stored_and_read_again_has_the_same_hash() {
        let stored = serde_json::to_string(&job()).unwrap();
        let read: Job = serde_json::from_str(&stored).unwrap();
        assert_eq!(ContentHash::of(&read), ContentHash::of(&job()));
    }

    /// A field that is added to jobs must be left out where it says nothing, or every older version would seem to have been
    /// replaced by something that nobody announced.
    #[test]
    fn a_version_that_was_stored_long_ago_keeps_its_hash() {
        let stored = include_str!("audit/version.json").trim();
        let read: Job = serde_json::from_str(stored).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), stored);
    }

    #[test]
    fn a_hash_has_one_spelling() {
        let hash = ContentHash::of(&job());
        let text = hash.to_string();
        assert_eq!(text.len(), 32);
        assert_eq!(text.parse(), Ok(hash));
        for other in [
            text.to_uppercase().replace('0', "O"),
            format!("0{text}"),
            format!("+{}", &text[1..]),
        ] {
            assert!(other.parse::<ContentHash>().is_err(), "{other}");
        }
    }
}
