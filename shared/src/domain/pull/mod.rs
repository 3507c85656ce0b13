//! Work that Punctual does not do itself: it is offered, and workers elsewhere take it. The record says who holds it and
//! until when; what a worker is told, and what it says, carries no authority beyond its claim token.

mod names;
mod terms;
mod worker;

use std::collections::BTreeSet;

use chrono::serde::{ts_milliseconds, ts_milliseconds_option};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::names::{WorkName, WorkerName};
pub use self::terms::{HeartbeatSeconds, PullTerms};
pub use self::worker::{MAX_WORKERS, MAX_WORKS, PullWorker};
use super::{ClaimToken, HoldId, Invalid, Priority, TimeoutSeconds, WorkerId};

/// The job type whose executions are offered instead of run.
pub const PULL: &str = "pull";

/// What an execution's record says about its offer, from when it is made until the record is purged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// What is to be done, by its owner's name for it.
    pub work: WorkName,
    /// How urgent it was when it was offered.
    pub priority: Priority,
    /// How long a holder may be silent.
    pub heartbeat_seconds: HeartbeatSeconds,
    /// How long a holder may take in all.
    pub timeout_seconds: TimeoutSeconds,
    /// Nobody takes it from then on.
    #[serde(with = "ts_milliseconds")]
    pub until: DateTime<Utc>,
    /// Who took it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<WorkerId>,
    /// When.
    #[serde(
        default,
        with = "ts_milliseconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub taken_at: Option<DateTime<Utc>>,
    /// Under which claim its end was reported: a report that is sent again is known by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_under: Option<ClaimToken>,
    /// The holds that had let it go when it was offered, none of which keeps it from being handed out.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub released_by: BTreeSet<HoldId>,
}

impl Offer {
    /// When a holder's time is over, however lively it is. `None` while nobody has taken it.
    pub fn deadline(&self) -> Option<DateTime<Utc>> {
        Some(self.taken_at? + self.timeout_seconds.duration())
    }
}

/// How far a worker says it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// From 0 to 100.
    pub percent: u8,
    /// One line for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When it said so.
    #[serde(with = "ts_milliseconds")]
    pub at: DateTime<Utc>,
}

/// What a heartbeat says of its progress.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgressReport {
    /// From 0 to 100.
    #[schema(minimum = 0, maximum = 100)]
    percent: u8,
    /// One line for a person, of at most 200 characters.
    #[serde(default)]
    #[schema(max_length = 200)]
    message: Option<String>,
}

impl ProgressReport {
    /// What the record keeps of it.
    ///
    /// # Errors
    /// [`Invalid`] names the field under `progress`.
    pub fn made_at(self, at: DateTime<Utc>) -> Result<Progress, Invalid> {
        if self.percent > 100 {
            return Err(Invalid::new("progress.percent", "must be from 0 to 100"));
        }
        if self
            .message
            .as_ref()
            .is_some_and(|message| message.chars().count() > 200)
        {
            let reason = "must be at most 200 characters";
            return Err(Invalid::new("progress.message", reason));
        }
        Ok(Progress {
            percent: self.percent,
            message: self.message,
            at,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn progress_is_at_most_the_whole_and_says_so_in_two_hundred_characters() {
        let made = |percent: u8, length: usize| {
            let report = json!({ "percent": percent, "message": "ä".repeat(length) });
            let report: ProgressReport = serde_json::from_value(report).unwrap();
            let made = report.made_at(DateTime::UNIX_EPOCH);
            made.map(|progress| progress.percent)
                .map_err(|invalid| invalid.field)
        };
        assert_eq!(made(100, 200), Ok(100));
        assert_eq!(made(101, 200), Err("progress.percent".to_owned()));
        assert_eq!(made(100, 201), Err("progress.message".to_owned()));
    }
}
