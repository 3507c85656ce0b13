//! What an attempt's end makes of its execution, and what follows from that. The record is written first, what follows
//! is done after it and can be done again: a redelivered message finds the record and repeats the rest.

use chrono::{DateTime, TimeDelta, Utc};

use super::horizon;
use super::pull::{offered, watch};
use crate::domain::{
    AttemptError, Execution, ExecutionState, Job, JobState, Output, Owed, Reason, Stamp,
    next_second,
};
use crate::port::{Hint, HintKind, OfferedWork, SendAt};

/// How a handler's attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// It did its work.
    Succeeded {
        /// Its result.
        output: Option<Output>,
    },
    /// It failed; another attempt may do better.
    Failed {
        /// Why.
        reason: Reason,
        /// One line for a person.
        detail: String,
        /// Its result.
        output: Option<Output>,
    },
    /// It failed; another attempt may do better, but not before long.
    Postponed {
        /// Why.
        reason: Reason,
        /// One line for a person.
        detail: String,
        /// Its result.
        output: Option<Output>,
        /// How long the target wants to be left alone.
        pause: TimeDelta,
    },
    /// It failed; another attempt would fail as well.
    Rejected {
        /// Why.
        reason: Reason,
        /// One line for a person.
        detail: String,
        /// Its result.
        output: Option<Output>,
    },
    /// It was stopped at its user's wish.
    Canceled,
}

impl Ended {
    /// Its result, if it has one.
    pub fn output(&self) -> Option<&Output> {
        match self {
            Self::Succeeded { output }
            | Self::Failed { output, .. }
            | Self::Postponed { output, .. }
            | Self::Rejected { output, .. } => output.as_ref(),
            Self::Canceled => None,
        }
    }
}

/// The record after an attempt of `claimed` that took `duration` and ended at `now`. `jitter` is drawn from [0, 1).
pub fn finish(
    claimed: &Execution,
    job: &Job,
    ended: Ended,
    duration: TimeDelta,
    now: DateTime<Utc>,
    jitter: f64,
    stamp: Stamp,
) -> Execution {
    let mut execution = Execution {
        user: Some(job.user.clone()),
        job_version: Some(job.version),
        duration_ms: u64::try_from(duration.num_milliseconds()).ok(),
        claim: None,
        lease_until: None,
        output: None,
        result: None,
        result_lost: false,
        stamp,
        ..claimed.clone()
    };
    let mut fail = |reason, detail, output: Option<Output>| {
        execution.output = output.map(|output| output.excerpt());
        execution.push_error(AttemptError {
            attempt: claimed.attempt,
            reason,
            detail,
        });
    };
    let pause = match &ended {
        Ended::Postponed { pause, .. } => *pause,
        _ => TimeDelta::zero(),
    };
    let (state, reason) = match ended {
        Ended::Succeeded { output } => {
            execution.output = output.map(|output| output.excerpt());
            (ExecutionState::Succeeded, None)
        }
        Ended::Canceled => (ExecutionState::Canceled, Some(Reason::CanceledByUser)),
        Ended::Rejected {
            reason,
            detail,
            output,
        } => {
            fail(reason, detail, output);
            (ExecutionState::Failed, Some(reason))
        }
        Ended::Failed {
            reason,
            detail,
            output,
        }
        | Ended::Postponed {
            reason,
            detail,
            output,
            ..
        } => {
            fail(reason, detail, output);
            if claimed.cancel_requested {
                (ExecutionState::Canceled, Some(Reason::CanceledByUser))
            } else if claimed.attempt < claimed.last_attempt(job) {
                (ExecutionState::RetryWait, Some(reason))
            } else {
                (ExecutionState::Dead, Some(reason))
            }
        }
    };
    if state == ExecutionState::RetryWait {
        // What the target asks for counts as far as the job's own policy would go.
        let longest = TimeDelta::seconds(job.retry.max_backoff_seconds.into());
        let delay = job.retry.delay(claimed.attempt, jitter);
        execution.retry_at = Some(now + delay.max(pause.min(longest)));
    }
    end(execution, state, reason, now)
}

/// The record after a claimed execution was judged not to run.
pub fn end_unrun(
    claimed: &Execution,
    job: Option<&Job>,
    state: ExecutionState,
    reason: Reason,
    now: DateTime<Utc>,
    stamp: Stamp,
) -> Execution {
    // The claim counted an attempt that is not made.
    let attempts_made = claimed.attempt.saturating_sub(1);
    let execution = Execution {
        user: job
            .map(|job| job.user.clone())
            .or_else(|| claimed.user.clone()),
        job_version: job.map(|job| job.version).or(claimed.job_version),
        attempt: attempts_made,
        started_at: claimed.started_at.filter(|_| attempts_made > 0),
        claim: None,
        lease_until: None,
        stamp,
        ..claimed.clone()
    };
    end(execution, state, Some(reason), now)
}

fn end(
    execution: Execution,
    state: ExecutionState,
    reason: Option<Reason>,
    now: DateTime<Utc>,
) -> Execution {
    Execution {
        state,
        reason,
        finished_at: state.is_terminal().then_some(now),
        ..execution
    }
}

/// What is to be done once a record is written, and again whenever its message is redelivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FollowUp {
    /// Nothing.
    Nothing,
    /// Send the next attempt's message.
    SendRetry {
        /// Its number.
        attempt: u32,
        /// When it should arrive.
        send_at: SendAt,
    },
    /// Put the next attempt into a time bucket: it is too far off for the queue's delay.
    HintRetry(Hint),
    /// Have the end of the offer seen to, as the next attempt would be; then put it where workers look.
    Offer {
        /// What workers find.
        work: OfferedWork,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// Hand the execution to the dead-letter handler.
    DeadLetter,
}

/// What follows from `execution` as it is at `now`.
pub fn follow_up(execution: &Execution, now: DateTime<Utc>) -> FollowUp {
    match (execution.state, execution.retry_at) {
        (ExecutionState::RetryWait, Some(retry_at)) => next_attempt_at(execution, retry_at, now),
        (ExecutionState::Waiting, _) => match execution.waits_until {
            Some(until) => next_attempt_at(execution, until, now),
            None => FollowUp::Nothing,
        },
        (ExecutionState::Running, _) => watch(execution),
        (ExecutionState::Offered, _) => offered(execution),
        (ExecutionState::Failed | ExecutionState::Dead, _)
            if execution.dead_lettered_at.is_none() =>
        {
            FollowUp::DeadLetter
        }
        _ => FollowUp::Nothing,
    }
}

/// Has the attempt after this one asked for then.
pub fn next_attempt_at(execution: &Execution, at: DateTime<Utc>, now: DateTime<Utc>) -> FollowUp {
    let attempt = execution.attempt.saturating_add(1);
    if at < horizon(now) {
        FollowUp::SendRetry {
            attempt,
            send_at: SendAt::Before(at),
        }
    } else {
        FollowUp::HintRetry(Hint {
            at: next_second(at),
            job: execution.id.job,
            kind: HintKind::Retry {
                occasion: execution.id.occasion,
                attempt,
            },
        })
    }
}

/// The job's row once its last execution has ended, if `execution` is that and the job is still active.
pub fn complete(owed: Owed<'_>, execution: &Execution, now: DateTime<Utc>) -> Option<Job> {
    let (job, occasion) = (owed.job, execution.id.occasion);
    let is_last = execution.state.is_terminal()
        && occasion.is_scheduled()
        && job.state == JobState::Active
        && owed.contains(occasion.fire_time())
        && owed.ends_with(occasion.fire_time());
    is_last.then(|| Job {
        state: JobState::Completed,
        version: job.version + 1,
        updated_at: now,
        ..job.clone()
    })
}
