//! Dead letters: executions that ended badly, for people to handle. The index only says where to look; whether one is
//! still open is what the execution's record says.

use chrono::serde::ts_milliseconds;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Execution, ExecutionId, ExecutionState, Invalid, Job, JobId, Reason, RedriveId, UserId,
};

/// What a dead letter says, as it was indexed. It is never changed: an execution that dies again after a redrive leaves
/// another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The execution.
    pub execution: ExecutionId,
    /// Its job's owner.
    pub user: UserId,
    /// What the owner called the job.
    pub job_name: String,
    /// The job's type.
    pub job_type: String,
    /// How it ended: failed or dead.
    pub state: ExecutionState,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// How many attempts had been made.
    pub attempt: u32,
    /// When it ended.
    #[serde(with = "ts_milliseconds")]
    pub finished_at: DateTime<Utc>,
    /// When it may be purged: with the record.
    #[serde(with = "ts_milliseconds")]
    pub keep_until: DateTime<Utc>,
}

impl DeadLetter {
    /// The letter of `ended`, an execution of `job` that ended badly. `None`: it did not, or nobody owns it.
    pub fn of(ended: &Execution, job: Option<&Job>) -> Option<Self> {
        let is_bad = matches!(ended.state, ExecutionState::Failed | ExecutionState::Dead);
        let user = job.map(|job| &job.user).or(ended.user.as_ref())?;
        Some(Self {
            execution: ended.id,
            user: user.clone(),
            job_name: job.map(|job| job.name.clone()).unwrap_or_default(),
            job_type: job.map(|job| job.job_type.clone()).unwrap_or_default(),
            state: ended.state,
            reason: ended.reason,
            attempt: ended.attempt,
            finished_at: ended.finished_at.filter(|_| is_bad)?,
            keep_until: ended.keep_until,
        })
    }

    /// Whether `record` still is as this letter says.
    fn is_about(&self, record: &Execution) -> bool {
        // Stored times have milliseconds.
        let ended_then = record
            .finished_at
            .is_some_and(|at| at.timestamp_millis() == self.finished_at.timestamp_millis());
        ended_then && record.state == self.state
    }

    /// What has been done about it, by the present record of its execution. `None`: the record is gone.
    pub fn status(&self, record: Option<&Execution>) -> Option<LetterStatus> {
        let record = record?;
        Some(match &record.discarded {
            _ if !self.is_about(record) => LetterStatus::Redriven,
            Some(_) => LetterStatus::Discarded,
            None => LetterStatus::Open,
        })
    }
}

/// What has been done about a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LetterStatus {
    /// Nothing yet.
    Open,
    /// Somebody decided that it stays as it is.
    Discarded,
    /// It was given another attempt; its execution says what came of that.
    Redriven,
}

impl LetterStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Open, Self::Discarded, Self::Redriven];

    /// The name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Discarded => "discarded",
            Self::Redriven => "redriven",
        }
    }
}

/// Which dead letters are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LetterFilter {
    /// Only this user's. Who is no operator sees none but their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub user: Option<UserId>,
    /// Only this job's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub job: Option<JobId>,
    /// Only those of jobs of this type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "http")]
    pub job_type: Option<String>,
    /// Only those that ended for this reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub reason: Option<Reason>,
    /// None that ended before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// None that ended at this or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

impl LetterFilter {
    /// Whether `letter` is meant.
    pub fn admits(&self, letter: &DeadLetter) -> bool {
        fn is<T: PartialEq>(wanted: Option<&T>, found: &T) -> bool {
            wanted.is_none_or(|wanted| wanted == found)
        }
        is(self.user.as_ref(), &letter.user)
            && is(self.job.as_ref(), &letter.execution.job)
            && is(self.job_type.as_ref(), &letter.job_type)
            && self
                .reason
                .is_none_or(|wanted| letter.reason == Some(wanted))
            && self.from.is_none_or(|from| from <= letter.finished_at)
            && self.until.is_none_or(|until| letter.finished_at < until)
    }
}

/// The last redrive of an execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redriven {
    /// When it was granted.
    #[serde(with = "ts_milliseconds")]
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: UserId,
    /// The one attempt that it grants. There is none behind it.
    pub attempt: u32,
    /// The request for many that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RedriveId>,
}

/// Somebody's decision that a dead letter stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discarded {
    /// When.
    #[serde(with = "ts_milliseconds")]
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: UserId,
    /// Why, in their words.
    pub note: String,
}

impl Discarded {
    /// A decision with a note of 1 to 500 characters.
    ///
    /// # Errors
    /// [`Invalid`] names `note`.
    pub fn new(at: DateTime<Utc>, by: UserId, note: &str) -> Result<Self, Invalid> {
        let acceptable =
            (1..=500).contains(&note.chars().count()) && !note.chars().any(char::is_control);
        if !acceptable {
            return Err(Invalid::new(
                "note",
                "must be 1 to 500 characters, none of them a control character",
            ));
        }
        let note = note.to_owned();
        Ok(Self { at, by, note })
    }
}
