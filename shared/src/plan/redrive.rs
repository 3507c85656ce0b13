//! Whether a dead letter may have another attempt, what becomes of its record, and at what pace many of them get theirs.
//! A redrive keeps the execution's id: its target sees the key that it has seen before.

use chrono::{DateTime, Utc};

use super::horizon;
use crate::domain::{
    BulkRedrive, Execution, ExecutionState, Job, JobState, MINUTE, Minute, RedriveId, RedriveState,
    Redriven, Stamp, UserId, next_second,
};
use crate::port::{Expected, Hint, HintKind, SendAt};

/// What is to be done about a redrive of one execution.
#[derive(Clone, Debug, PartialEq)]
pub enum Redrive {
    /// Put the hint, write the record, then send the message: [`return_hint`] and [`return_message`].
    Grant {
        /// The record with its new attempt.
        execution: Box<Execution>,
        /// What it replaces.
        expected: Expected,
    },
    /// It was redriven before and is under way: send its message again, nothing more.
    UnderWay,
    /// It cannot be redriven.
    Refuse(WhyNoRedrive),
}

/// Why an execution cannot be redriven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhyNoRedrive {
    /// Only what ended badly can be.
    #[error("the execution has not ended badly: there is nothing to redrive")]
    NotDead,
    /// Nothing of a deleted job starts any more.
    #[error("the job is deleted: nothing of it may start any more")]
    JobDeleted,
}

/// Who redrives an execution, on whose request for many, and for when.
#[derive(Clone, Copy, Debug)]
pub struct RedriveOrder<'a> {
    /// Who asks for it.
    pub by: &'a UserId,
    /// The request for many that it is a part of.
    pub request: Option<RedriveId>,
    /// When the attempt is to be made, if that is later than now.
    pub at: DateTime<Utc>,
}

/// Decides about a redrive of `current`, an execution of `job`.
pub fn redrive(
    current: &Execution,
    job: Option<&Job>,
    order: RedriveOrder<'_>,
    now: DateTime<Utc>,
    stamp: Stamp,
) -> Redrive {
    let ended_badly = matches!(current.state, ExecutionState::Failed | ExecutionState::Dead);
    if !ended_badly {
        let is_under_way = !current.state.is_terminal() && current.redriven.is_some();
        return if is_under_way {
            Redrive::UnderWay
        } else {
            Redrive::Refuse(WhyNoRedrive::NotDead)
        };
    }
    let Some(job) = job.filter(|job| job.state != JobState::Canceled) else {
        return Redrive::Refuse(WhyNoRedrive::JobDeleted);
    };
    let execution = Execution {
        state: ExecutionState::RetryWait,
        user: Some(job.user.clone()),
        job_version: current.job_version.or(Some(job.version)),
        finished_at: None,
        retry_at: Some(order.at.max(now)),
        cancel_requested: false,
        dead_lettered_at: None,
        discarded: None,
        redriven: Some(Redriven {
            at: now,
            by: order.by.clone(),
            attempt: current.attempt.saturating_add(1),
            request: order.request,
        }),
        ..current.clone().stamped(stamp)
    };
    Redrive::Grant {
        execution: Box::new(execution),
        expected: Expected::Stamp(current.stamp),
    }
}

/// The hint that finds a redriven execution if its message is never sent: beyond the horizon of `now`, where no scanner
/// reads yet. Put before the record is written, it asks for nothing if that never happens.
pub fn return_hint(redriven: &Execution, now: DateTime<Utc>) -> Hint {
    let due = redriven.retry_at.unwrap_or(now);
    Hint {
        at: next_second(due.max(horizon(now))),
        job: redriven.id.job,
        kind: HintKind::Retry {
            occasion: redriven.id.occasion,
            attempt: redriven.attempt.saturating_add(1),
        },
    }
}

/// When the message of a redriven execution is to arrive. `None`: so late that its hint alone will do.
pub fn return_message(redriven: &Execution, now: DateTime<Utc>) -> Option<SendAt> {
    let due = redriven.retry_at.unwrap_or(now);
    if due <= now {
        Some(SendAt::Now)
    } else {
        (due < horizon(now)).then_some(SendAt::Before(due))
    }
}

/// How many letters `bulk` may release at `now`: its rate, once in a minute of the clock. What was not released while
/// nothing ticked is not made up for: a burst is what the rate is there to prevent.
pub fn allowance(bulk: &BulkRedrive, now: DateTime<Utc>) -> u32 {
    let has_released = bulk
        .released_at
        .is_some_and(|at| Minute::of(at) >= Minute::of(now));
    if bulk.state != RedriveState::Releasing || has_released {
        0
    } else {
        bulk.rate_per_minute
    }
}

/// When letter number `index` of a minute's release is to run: they are spread over the minute.
pub fn release_time(bulk: &BulkRedrive, begun: DateTime<Utc>, index: u32) -> DateTime<Utc> {
    let rate = bulk.rate_per_minute.max(1);
    begun + MINUTE * i32::try_from(index.min(rate)).unwrap_or(0) / i32::try_from(rate).unwrap_or(1)
}
