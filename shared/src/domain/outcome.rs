//! What became of an occurrence. Every one that was planned has exactly one outcome, whether or not a record says so.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Execution, ExecutionState, Reason};

/// What became of an occurrence, or of a run that a person asked for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It ran and did its work.
    Ran,
    /// It waits for jobs that it runs after.
    Waiting,
    /// An attempt is under way.
    Running,
    /// It is offered to workers, and none has taken it yet.
    Offered,
    /// An attempt failed, and the next one is due.
    Retrying,
    /// It failed for a reason that another attempt could not mend.
    Failed,
    /// Its attempts were used up.
    Dead,
    /// It came too late, or another one stands for it, by the job's misfire policy.
    SkippedMisfire,
    /// An earlier execution of the job was still under way.
    SkippedOverlap,
    /// It waited too long for a slot of its key, or of its owner.
    SkippedLimited,
    /// Its owner wanted it left out.
    SkippedByUser,
    /// A calendar excluded it.
    Excluded,
    /// A job that it runs after did not succeed.
    UpstreamFailed,
    /// A job that it runs after had not ended in time.
    UpstreamNotFinished,
    /// The job was paused.
    Paused,
    /// The schedule was changed, and no longer had it.
    Superseded,
    /// It is due, and waits for capacity.
    Deferred,
    /// It is due, and an operator holds what it is of.
    Held,
    /// It was canceled, or its job was deleted.
    Canceled,
    /// It is not due yet, or so lately that nothing can be said.
    Pending,
    /// It was due, and nothing says what became of it. There must be none.
    Missing,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 21] = [
        Self::Ran,
        Self::Waiting,
        Self::Running,
        Self::Offered,
        Self::Retrying,
        Self::Failed,
        Self::Dead,
        Self::SkippedMisfire,
        Self::SkippedOverlap,
        Self::SkippedLimited,
        Self::SkippedByUser,
        Self::Excluded,
        Self::UpstreamFailed,
        Self::UpstreamNotFinished,
        Self::Paused,
        Self::Superseded,
        Self::Deferred,
        Self::Held,
        Self::Canceled,
        Self::Pending,
        Self::Missing,
    ];

    /// The name in the API and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ran => "ran",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Offered => "offered",
            Self::Retrying => "retrying",
            Self::Failed => "failed",
            Self::Dead => "dead",
            Self::SkippedMisfire => "skipped_misfire",
            Self::SkippedOverlap => "skipped_overlap",
            Self::SkippedLimited => "skipped_limited",
            Self::SkippedByUser => "skipped_by_user",
            Self::Excluded => "excluded",
            Self::UpstreamFailed => "upstream_failed",
            Self::UpstreamNotFinished => "upstream_not_finished",
            Self::Paused => "paused",
            Self::Superseded => "superseded",
            Self::Deferred => "deferred",
            Self::Held => "held",
            Self::Canceled => "canceled",
            Self::Pending => "pending",
            Self::Missing => "missing",
        }
    }

    /// What a record says.
    pub fn of(execution: &Execution) -> Self {
        match execution.state {
            ExecutionState::Waiting => Self::Waiting,
            ExecutionState::Running => Self::Running,
            ExecutionState::Offered => Self::Offered,
            ExecutionState::Held => Self::Held,
            ExecutionState::RetryWait => Self::Retrying,
            ExecutionState::Succeeded => Self::Ran,
            ExecutionState::Failed => Self::Failed,
            ExecutionState::Dead => Self::Dead,
            ExecutionState::Canceled => Self::Canceled,
            ExecutionState::Skipped => match execution.reason {
                Some(Reason::Overlap) => Self::SkippedOverlap,
                Some(Reason::Limited) => Self::SkippedLimited,
                Some(Reason::SkippedByUser) => Self::SkippedByUser,
                Some(Reason::Excluded) => Self::Excluded,
                Some(Reason::UpstreamFailed) => Self::UpstreamFailed,
                Some(Reason::UpstreamNotFinished) => Self::UpstreamNotFinished,
                Some(Reason::JobPaused) => Self::Paused,
                Some(Reason::Superseded) => Self::Superseded,
                Some(Reason::JobCanceled | Reason::CanceledByUser) => Self::Canceled,
                // What kept it until its policies did not let it run any more, the explanation says.
                None
                | Some(
                    Reason::Misfire
                    | Reason::Deferred
                    | Reason::Held
                    | Reason::TargetBreaker
                    // Why an attempt does not succeed: nothing is skipped for that.
                    | Reason::AttemptFailed
                    | Reason::Rejected
                    | Reason::TimedOut
                    | Reason::Panicked
                    | Reason::WorkerLost
                    | Reason::RedeliveryExhausted
                    | Reason::UnknownJobType
                    | Reason::SecretMissing
                    | Reason::SecretUnavailable
                    | Reason::NoWorker
                    | Reason::TargetRefused
                    | Reason::DnsFailed
                    | Reason::ConnectFailed
                    | Reason::TlsFailed
                    | Reason::ResponseBroken
                    | Reason::TooManyRedirects,
                ) => Self::SkippedMisfire,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_is_stored_under_the_name_that_the_api_shows() {
        for outcome in Outcome::ALL {
            let stored = serde_json::to_value(outcome).unwrap();
            assert_eq!(stored, outcome.name());
        }
    }
}
