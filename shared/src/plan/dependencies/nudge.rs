//! What is done by what the gate says: by the worker that has claimed the run, and by whoever has ended one of its
//! upstreams. The one who ends only asks; the one who has claimed decides, by the same gate.

use chrono::{DateTime, Utc};

use super::facts::Row;
use super::gate::Gate;
use crate::domain::{
    ClaimToken, Execution, ExecutionId, ExecutionState, Job, JobState, Occasion, Reason, Stamp,
};
use crate::plan::claim::{ClaimDecision, Delivery, write};
use crate::port::Expected;

/// Whether the gate has anything to say about a claimed run that was judged to run. Not once an attempt of it has ended,
/// and not if a person wants another one.
pub fn needs_gate(job: &Job, claimed: &Execution) -> bool {
    job.after.is_some() && claimed.job_version.is_none() && claimed.redriven.is_none()
}

/// What becomes of a claimed run.
#[derive(Clone, Debug, PartialEq)]
pub enum Gated {
    /// It goes on; it could not start before.
    Pass(Option<DateTime<Utc>>),
    /// It waits, by this record.
    Wait(Box<Execution>),
    /// It ends as skipped.
    End(Reason, Option<ExecutionId>),
}

/// Decides about `claimed`, a run of `job`.
pub fn gated(
    claimed: &Execution,
    job: &Job,
    gate: Gate,
    now: DateTime<Utc>,
    stamp: Stamp,
) -> Gated {
    match gate {
        Gate::Open(since) => Gated::Pass(since),
        Gate::Failed(cause) => Gated::End(Reason::UpstreamFailed, Some(cause)),
        Gate::Paused => Gated::End(Reason::JobPaused, None),
        Gate::NotOwed => Gated::End(Reason::Superseded, None),
        Gate::Waits(on) => {
            let until = claimed
                .waits_until
                .unwrap_or_else(|| deadline(job, claimed.id.occasion, now));
            if until <= now {
                return Gated::End(Reason::UpstreamNotFinished, Some(on));
            }
            // The claim counted an attempt that is not made.
            let attempt = claimed.attempt.saturating_sub(1);
            Gated::Wait(Box::new(Execution {
                state: ExecutionState::Waiting,
                user: Some(job.user.clone()),
                attempt,
                claim: None,
                lease_until: None,
                dispatched_at: claimed.dispatched_at.filter(|_| attempt > 0),
                started_at: claimed.started_at.filter(|_| attempt > 0),
                waits_until: Some(until),
                stamp,
                ..claimed.clone()
            }))
        }
    }
}

/// Until when a run that begins to wait at `now` may: from its own fire time on, or from when it was first heard of.
fn deadline(job: &Job, occasion: Occasion, now: DateTime<Utc>) -> DateTime<Utc> {
    let limit = job
        .after
        .as_ref()
        .map(|after| after.limit)
        .unwrap_or_default();
    let from = if job.runs_after_others_only() {
        now
    } else {
        occasion.fire_time()
    };
    from + limit.duration()
}

/// A run of `job` that begins to wait.
pub fn waiting(job: &Job, occasion: Occasion, now: DateTime<Utc>, stamp: Stamp) -> Execution {
    let id = ExecutionId {
        job: job.id,
        occasion,
    };
    Execution {
        user: Some(job.user.clone()),
        waits_until: Some(deadline(job, occasion, now)),
        ..Execution::new(id, ExecutionState::Waiting, stamp)
    }
}

/// On which occasion `row`'s job runs because an upstream has ended a run on this one, if it does. A job with a schedule
/// of its own: at its next fire time, if that has come.
pub fn occasion_after(row: &Row, upstreams: Occasion, now: DateTime<Utc>) -> Option<Occasion> {
    if row.job.state == JobState::Canceled {
        return None;
    }
    if row.job.runs_after_others_only() {
        return row.job.governs(upstreams).then_some(upstreams);
    }
    let Occasion::Scheduled(at) = upstreams else {
        return None;
    };
    let row = row.unpaused();
    let next = row.job.owed(&row.exclusions).next(at)?;
    (next <= now).then_some(Occasion::Scheduled(next))
}

/// What whoever has ended an upstream does about a run behind it.
#[derive(Clone, Debug, PartialEq)]
pub enum Nudge {
    /// Nothing: it is not its time, or others see to it.
    Nothing,
    /// Send its message.
    Send,
    /// Write that it waits, if nothing is written yet.
    Wait(Box<Execution>),
}

/// Decides about the run of `job` that has this record, once one of its upstreams has ended.
pub fn nudge(
    job: &Job,
    occasion: Occasion,
    record: Option<&Execution>,
    gate: Gate,
    now: DateTime<Utc>,
    stamp: Stamp,
) -> Nudge {
    let is_open = matches!(gate, Gate::Open(_));
    match record {
        // Its own message is on its way to it, or the reconciler will find out that it was lost.
        None if !job.runs_after_others_only() => Nudge::Nothing,
        None => match gate {
            Gate::Waits(_) => Nudge::Wait(Box::new(waiting(job, occasion, now, stamp))),
            Gate::NotOwed => Nudge::Nothing,
            Gate::Open(_) | Gate::Failed(_) | Gate::Paused => Nudge::Send,
        },
        Some(record) if record.state == ExecutionState::Waiting => match gate {
            Gate::Waits(_) => Nudge::Nothing,
            _ => Nudge::Send,
        },
        Some(record) if is_upstreams_skip(record) && is_open => Nudge::Send,
        // Its worker looks once more at its upstreams after it has written that it waits.
        Some(_) => Nudge::Nothing,
    }
}

/// Whether a run was skipped for what its upstreams did.
pub fn is_upstreams_skip(record: &Execution) -> bool {
    record.state == ExecutionState::Skipped && record.reason.is_some_and(Reason::is_upstreams)
}

/// Decides about a delivery whose execution was skipped for what its upstreams did, given what they say now.
pub fn reopened(
    skipped: &Execution,
    job: Option<&Job>,
    gate: Gate,
    delivery: &Delivery,
    now: DateTime<Utc>,
    token: ClaimToken,
    stamp: Stamp,
) -> ClaimDecision {
    let (Some(job), Gate::Open(_)) = (job, gate) else {
        return ClaimDecision::FollowUp;
    };
    let blank = Execution {
        // As if it had waited until now: that it is late is not for its misfire policy to judge.
        waits_until: Some(deadline(job, skipped.id.occasion, now).max(now)),
        // Those have no record of their own to say what became of them.
        stands_for: skipped.stands_for,
        ..Execution::new(skipped.id, ExecutionState::Running, stamp)
    };
    let expected = Expected::Stamp(skipped.stamp);
    write(blank, 1, delivery, now, token, expected)
}
