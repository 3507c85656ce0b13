//! A job: durable user intent. No run writes to it; which occurrences it owes follows from this row alone.

use std::collections::BTreeSet;

use chrono::serde::{ts_milliseconds, ts_milliseconds_option};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    Action, After, Author, Change, ConcurrencyKey, Exclusions, Execution, Invalid, JobId, Lane,
    MaxConcurrency, Misfire, Notify, Occasion, Overlap, Priority, RatePerMinute, RetryPolicy,
    Schedule, TimeoutSeconds, Timetable, UserId,
};

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
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

/// The most fire times that a job may skip at once: upcoming ones, and past ones that could still fire late.
pub const MAX_SKIPS: usize = 100;

/// What is known about a pause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pause {
    /// Why, in the words of whoever paused the job, or of the rule that did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether the job paused itself, after too many failures in a row.
    pub automatic: bool,
}

impl Pause {
    /// A pause that its user asked for, with a note of 1 to 500 characters, or none.
    ///
    /// # Errors
    /// [`Invalid`] names `note`.
    pub fn by_hand(note: Option<&str>) -> Result<Self, Invalid> {
        let acceptable = note.is_none_or(|note| {
            (1..=500).contains(&note.chars().count()) && !note.chars().any(char::is_control)
        });
        if !acceptable {
            return Err(Invalid::new(
                "note",
                "must be 1 to 500 characters, none of them a control character",
            ));
        }
        Ok(Self {
            note: note.map(ToOwned::to_owned),
            automatic: false,
        })
    }

    /// The pause of a job whose last `failures` executions ended badly.
    pub fn automatic(failures: u32) -> Self {
        let note = match failures {
            1 => "paused because an execution ended badly".to_owned(),
            _ => format!("paused because {failures} executions in a row ended badly"),
        };
        Self {
            note: Some(note),
            automatic: true,
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
    pub timetable: Timetable,
    /// What it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<After>,
    /// Where it stands.
    pub state: JobState,
    /// Counts the changes made to it, from 1. Every write is conditional on it.
    pub version: u64,
    /// No instant before this is governed by the present timetable: set by create, resume and edits of it.
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
    /// What happens when an execution is due while an earlier one still runs.
    #[serde(default)]
    pub overlap: Overlap,
    /// Who is told of what becomes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<Notify>,
    /// What shares its limits: the jobs that name this key, or this job alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency_key: Option<ConcurrencyKey>,
    /// How many executions of the key may run when one of this job starts, that one included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_concurrency: Option<MaxConcurrency>,
    /// How many executions of the key may start in a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_per_minute: Option<RatePerMinute>,
    /// After how many executions in a row that ended badly the job is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_after_failures: Option<u32>,
    /// Fire times, not past when they were named, that its owner wants left out.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub skips: BTreeSet<DateTime<Utc>>,
    /// Of a paused job: what is known about the pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<Pause>,
    /// Digest of the request that created it: tells a replay from another request under the same idempotency key.
    pub request_digest: String,
    /// What made this version.
    pub change: Change,
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
    /// The job with its runs counted without what `exclusions` exclude, from when its timetable began to govern.
    ///
    /// # Errors
    /// [`Invalid`] if nothing that it could fire at is left.
    pub fn counted(self, exclusions: &Exclusions) -> Result<Self, Invalid> {
        let mut counted = self;
        let last_fire_at = counted.timetable.last_fire_at.take();
        let runs = counted.timetable.max_runs;
        let owed = counted.owed(exclusions);
        let from = counted.effective_from;
        if owed.next(from).is_none() {
            let reason = "leaves no time at which the job could fire";
            return Err(Invalid::new("exclude_calendars", reason));
        }
        counted.timetable.last_fire_at = match runs {
            Some(runs) => {
                let last = usize::try_from(runs)
                    .unwrap_or(usize::MAX)
                    .saturating_sub(1);
                owed.from(from).nth(last)
            }
            None => last_fire_at,
        };
        Ok(counted)
    }

    /// How long a canceled job is kept: as long as its executions.
    pub const CANCELED_RETENTION: TimeDelta = Execution::RETENTION;

    /// Whether it was canceled so long ago that it need not be kept.
    pub fn has_expired(&self, now: DateTime<Utc>) -> bool {
        self.state == JobState::Canceled
            && self
                .canceled_at
                .is_some_and(|at| at + Self::CANCELED_RETENTION < now)
    }

    /// The length of its payload as JSON text: what caps are about.
    pub fn payload_bytes(&self) -> usize {
        self.payload.to_string().len()
    }

    /// The jobs that it waits for.
    pub fn upstreams(&self) -> &[JobId] {
        self.after.as_ref().map_or(&[], |after| &after.jobs)
    }

    /// Whether it has no fire times of its own.
    pub fn runs_after_others_only(&self) -> bool {
        self.timetable.schedule == Schedule::After
    }

    /// Whether its present row speaks for a run that its upstreams make on this occasion. One that was asked for in the
    /// second of the change counts: the change was there, as far as the second tells.
    pub fn governs(&self, occasion: Occasion) -> bool {
        match occasion {
            Occasion::Scheduled(fire_time) => fire_time >= self.effective_from,
            Occasion::Manual { requested_at, .. } => {
                requested_at >= self.effective_from - TimeDelta::seconds(1)
            }
        }
    }

    /// By which lane its executions travel. What is offered is in nobody's hands here for long, whatever its timeout.
    pub fn lane(&self) -> Lane {
        if self.is_pulled() || self.timeout_seconds <= TimeoutSeconds::MAX_SHORT {
            Lane::Band(self.priority.band())
        } else {
            Lane::Long
        }
    }

    /// Whether the job's state lets occurrences fire. A completed job still answers for those under way.
    pub fn fires(&self) -> bool {
        matches!(self.state, JobState::Active | JobState::Completed)
    }

    /// What made this very version: its change, or Punctual, which put the label `completed` on.
    pub fn made_by(&self) -> Change {
        match self.unlabelled() {
            Some(_) => Change::new(
                &Author::punctual(""),
                Action::Complete,
                self.version,
                self.updated_at,
            ),
            None => self.change.clone(),
        }
    }

    /// The version before the label `completed` was put on, if it was: the label is all that differs, so it is not
    /// archived, and is taken off again here.
    pub fn unlabelled(&self) -> Option<Self> {
        let labelled = self.state == JobState::Completed && self.version == self.change.version + 1;
        labelled.then(|| Self {
            state: JobState::Active,
            version: self.change.version,
            updated_at: self.change.at,
            ..self.clone()
        })
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

#[cfg(test)]
mod tests;
