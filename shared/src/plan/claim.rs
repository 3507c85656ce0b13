//! Who may carry out an execution, and whether it is still to be carried out. The order is the protocol's heart: claim
//! first, then read the job strongly, then judge. Reading first would let a cancel return before a start it missed.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::Pulse;
use super::finish::end_unrun;
use crate::domain::pull::Offer;
use crate::domain::{
    AttemptError, ClaimToken, DispatchMessage, Execution, ExecutionState, Job, Occasion, Owed,
    Reason, Stamp, TimeoutSeconds,
};
use crate::port::Expected;

/// Added to the job's timeout for the read before it and the write after it.
const LEASE_MARGIN: TimeDelta = TimeDelta::seconds(10);

/// A holder whose lease ends sooner than this must not start a handler: clocks differ.
pub const CLOCK_MARGIN: TimeDelta = TimeDelta::seconds(2);

/// A message younger than this may have overtaken the commit of the change that sent it: no verdict on it is final.
const YOUNG: TimeDelta = TimeDelta::seconds(60);

/// How a message reached a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The message.
    pub message: DispatchMessage,
    /// When the queue accepted it.
    pub sent_at: DateTime<Utc>,
    /// How often it has been handed over, this time included.
    pub receive_count: u32,
    /// Of a message of the long lane: how its worker shows that it lives.
    pub pulse: Option<Pulse>,
}

impl Delivery {
    /// Until when a claim made at `now` holds if nothing more is heard of its holder, for an attempt that may take `timeout`.
    pub fn lease(&self, timeout: TimeoutSeconds, now: DateTime<Utc>) -> DateTime<Utc> {
        match self.pulse {
            Some(pulse) => now + pulse.lease(),
            // What may take longer is not run here: it is offered, or sent to the long lane, at once.
            None => lease(timeout.min(TimeoutSeconds::MAX_SHORT).duration(), now),
        }
    }

    fn is_young(&self, now: DateTime<Utc>) -> bool {
        now - self.sent_at < YOUNG
    }

    /// When to hand the message over again after a call that failed at `now`: within 2 s the first time, 8 s and 32 s then.
    /// `jitter`, from 0 to 1, draws apart those that failed together. `None`: when the queue does it by itself; what goes on
    /// failing is an outage, in which a message must not use up its receives.
    pub fn after_failure(&self, now: DateTime<Utc>, jitter: f64) -> Option<DateTime<Utc>> {
        let least = match self.receive_count {
            0 | 1 => 1,
            2 => 4,
            3 => 16,
            _ => return None,
        };
        let pause = Duration::from_secs(least).mul_f64(1.0 + jitter.clamp(0.0, 1.0));
        Some(now + pause)
    }

    /// When to look at the message again; later each time, so that a young message uses up few of its receives.
    fn look_again_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + TimeDelta::seconds(5) * i32::try_from(self.receive_count.clamp(1, 12)).unwrap_or(12)
    }
}

/// When the attempt was due that `delivery` asks for, and under whose claim `before` became `claimed`: the retry, or the
/// fire time; if it was held, when it was let go. Whoever waits in rounds sends a message for each, and is late all the same.
pub fn due(before: Option<&Execution>, claimed: &Execution, delivery: &Delivery) -> DateTime<Utc> {
    if before.is_some_and(|before| before.held.is_some()) {
        return delivery.message.released_at.unwrap_or(delivery.sent_at);
    }
    let retry_at = before.and_then(|before| before.retry_at);
    retry_at.unwrap_or(claimed.could_start_at())
}

/// What a worker does about a delivery, by the record it found.
#[derive(Clone, Debug, PartialEq)]
pub enum ClaimDecision {
    /// Write `execution` if `expected` holds; whoever succeeds holds the claim.
    Write {
        /// The claimed record.
        execution: Box<Execution>,
        /// What it replaces.
        expected: Expected,
    },
    /// Read the job, then ask [`supersede`]: the execution was skipped, perhaps by a judgement that a later edit
    /// overruled.
    AskWhetherSuperseded,
    /// Leave the message in the queue until then: another worker holds the claim, or it is too early.
    ComeBackAt(DateTime<Utc>),
    /// This attempt is over, or in others' hands. Do again what follows from the record: its worker may have died before
    /// doing so.
    FollowUp,
    /// End it so: nobody took it while it was offered.
    GiveUp {
        /// The ended record.
        execution: Box<Execution>,
        /// What it replaces.
        expected: Expected,
    },
    /// Write that it stands for more missed occurrences than the record says, then decide again.
    StandForMore {
        /// The record that says so.
        execution: Box<Execution>,
        /// What it replaces.
        expected: Expected,
    },
    /// Delete the message: it asks for what is long under way elsewhere, and is watched by another message.
    Forget,
}

/// Decides about a delivery, given the present record. `token` and `stamp` are fresh random numbers.
pub fn claim(
    current: Option<&Execution>,
    delivery: &Delivery,
    now: DateTime<Utc>,
    token: ClaimToken,
    stamp: Stamp,
) -> ClaimDecision {
    let message = &delivery.message;
    let Some(current) = current else {
        let blank = Execution::new(message.execution_id(), ExecutionState::Running, stamp);
        return write(
            blank,
            message.attempt,
            delivery,
            now,
            token,
            Expected::Absent,
        );
    };
    let expected = Expected::Stamp(current.stamp);
    let next_attempt = current.attempt.saturating_add(1);
    let again = || current.clone().stamped(stamp);
    // Two chains of hints, an old timetable's and the present one's, may ask for one execution on behalf of stretches of
    // different length: it stands for the longer one, whichever message came first. A holder's own write comes first.
    if current.state != ExecutionState::Running && message.stands_for > current.stands_for {
        return ClaimDecision::StandForMore {
            execution: Box::new(Execution {
                stands_for: message.stands_for,
                ..again()
            }),
            expected,
        };
    }
    match current.state {
        ExecutionState::Running => match current.lease_until {
            // A holder elsewhere may hold it for hours, which no message may wait for: the next watch is sent. Also by the one
            // that asked for this very attempt: who took over what another had taken may have died before it sent any. Each take
            // may leave one message more on watch; they end with the execution.
            Some(lease_until) if lease_until > now && current.offer.is_some() => {
                if message.attempt >= current.attempt {
                    ClaimDecision::FollowUp
                } else {
                    ClaimDecision::Forget
                }
            }
            Some(lease_until) if lease_until > now => ClaimDecision::ComeBackAt(lease_until),
            _ => {
                let mut lost = again();
                lost.push_error(lost_attempt(current));
                write(lost, next_attempt, delivery, now, token, expected)
            }
        },
        ExecutionState::Offered => match &current.offer {
            // No other message asks for the attempt after the one that is offered before the offer is over.
            Some(offer) if message.attempt > current.attempt && offer.until > now => {
                ClaimDecision::ComeBackAt(offer.until)
            }
            Some(offer) if offer.until > now => ClaimDecision::FollowUp,
            _ => {
                let (state, reason) = (ExecutionState::Dead, Reason::NoWorker);
                let given_up = end_unrun(current, None, state, reason, now, stamp);
                ClaimDecision::GiveUp {
                    execution: Box::new(given_up),
                    expected,
                }
            }
        },
        ExecutionState::RetryWait if message.attempt <= current.attempt => ClaimDecision::FollowUp,
        ExecutionState::RetryWait => match current.retry_at {
            Some(retry_at) if retry_at > now => ClaimDecision::ComeBackAt(retry_at),
            _ => write(again(), next_attempt, delivery, now, token, expected),
        },
        // Another attempt than the one that is held.
        ExecutionState::Held if message.attempt <= current.attempt => ClaimDecision::Forget,
        // Whether it is held still, or waits still, is asked behind the claim, as everything is.
        ExecutionState::Waiting | ExecutionState::Held => {
            write(again(), next_attempt, delivery, now, token, expected)
        }
        ExecutionState::Skipped => ClaimDecision::AskWhetherSuperseded,
        _ => ClaimDecision::FollowUp,
    }
}

/// Decides about a delivery whose execution was skipped, given what the job owes now. A skip is not final: the schedule
/// may have been changed, or the job resumed, since it was judged.
pub fn supersede(
    skipped: &Execution,
    owed: Option<Owed<'_>>,
    delivery: &Delivery,
    now: DateTime<Utc>,
    token: ClaimToken,
    stamp: Stamp,
) -> ClaimDecision {
    let overruled = owed.is_some_and(|owed| {
        Some(owed.job.version) > skipped.job_version
            && owed.contains(skipped.id.occasion.fire_time())
    });
    if overruled {
        let blank = Execution::new(skipped.id, ExecutionState::Running, stamp);
        write(
            blank,
            1,
            delivery,
            now,
            token,
            Expected::Stamp(skipped.stamp),
        )
    } else if delivery.is_young(now) {
        ClaimDecision::ComeBackAt(delivery.look_again_at(now))
    } else {
        ClaimDecision::FollowUp
    }
}

pub(super) fn write(
    from: Execution,
    attempt: u32,
    delivery: &Delivery,
    now: DateTime<Utc>,
    token: ClaimToken,
    expected: Expected,
) -> ClaimDecision {
    let execution = Execution {
        state: ExecutionState::Running,
        reason: None,
        attempt,
        claim: Some(token),
        lease_until: Some(delivery.lease(delivery.message.timeout_seconds, now)),
        offer: None,
        held: None,
        progress: None,
        dispatched_at: from.dispatched_at.or(Some(delivery.sent_at)),
        started_at: from.started_at.or(Some(now)),
        retry_at: None,
        stands_for: from.stands_for.or(delivery.message.stands_for),
        asked_in: from.asked_in.or(delivery.message.asked_in),
        ..from
    };
    ClaimDecision::Write {
        execution: Box::new(execution),
        expected,
    }
}

/// What became of an attempt whose lease ended before its end was on record.
pub(super) fn lost_attempt(current: &Execution) -> AttemptError {
    let deadline = current.offer.as_ref().and_then(Offer::deadline);
    let (reason, detail) = match &current.offer {
        Some(offer) if deadline.is_some() && current.lease_until >= deadline => {
            let limit = u32::from(offer.timeout_seconds);
            (Reason::TimedOut, format!("ran past {limit} s"))
        }
        Some(offer) => {
            let silent = u32::from(offer.heartbeat_seconds);
            let detail = format!("its worker was not heard of for {silent} s");
            (Reason::WorkerLost, detail)
        }
        None => {
            let detail = "the lease ended before the worker recorded how it went";
            (Reason::WorkerLost, detail.to_owned())
        }
    };
    AttemptError {
        attempt: current.attempt,
        reason,
        detail,
    }
}

/// When an attempt that begins at `now` and may take `timeout` is over, with all that comes before it and after it.
pub fn lease(timeout: TimeDelta, now: DateTime<Utc>) -> DateTime<Utc> {
    now + timeout + LEASE_MARGIN
}

/// What becomes of a claimed execution, by what its job, read after the claim, owes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Run the handler.
    Run,
    /// Put the record back as it was before the claim, and look at the message again then.
    UndoAndComeBackAt(DateTime<Utc>),
    /// Put the record back as it was before the claim, and delete the message: there is no such job.
    UndoAndForget,
    /// End it in this state for this reason, without running.
    End(ExecutionState, Reason),
}

/// Judges a claimed execution.
pub fn judge(
    claimed: &Execution,
    owed: Option<Owed<'_>>,
    delivery: &Delivery,
    now: DateTime<Utc>,
) -> Judgement {
    use ExecutionState::{Canceled, Dead, Skipped};

    if claimed.cancel_requested {
        return Judgement::End(Canceled, Reason::CanceledByUser);
    }
    // An earlier attempt ended; or one was lost, and its handler may have run, whatever the record says.
    let judged_before = claimed.job_version.is_some();
    let begun = judged_before || claimed.attempt > 1;
    let Some(owed) = owed else {
        return if !judged_before && delivery.is_young(now) {
            Judgement::UndoAndComeBackAt(delivery.look_again_at(now))
        } else if begun {
            Judgement::End(Canceled, Reason::JobCanceled)
        } else {
            Judgement::UndoAndForget
        };
    };
    let job = owed.job;
    if claimed.attempt > claimed.last_attempt(job) {
        // Retries never go this far: an expired lease used up the last attempt.
        return Judgement::End(Dead, used_up_by(claimed));
    }
    match claimed.id.occasion {
        Occasion::Manual { .. } => by_hand(job),
        Occasion::Scheduled(_) if claimed.redriven.is_some() => by_hand(job),
        // Later attempts ask the job's state only: an edit of the schedule does not recall what has begun.
        Occasion::Scheduled(_) if judged_before => match why_not(job) {
            Some(reason) => Judgement::End(Canceled, reason),
            None => Judgement::Run,
        },
        // It has no fire times: whether its upstreams owe it this one is the gate's to say.
        Occasion::Scheduled(_) if job.runs_after_others_only() => match why_not(job) {
            Some(reason) => Judgement::End(Skipped, reason),
            None if job.governs(claimed.id.occasion) => Judgement::Run,
            None => Judgement::End(Skipped, Reason::Superseded),
        },
        Occasion::Scheduled(fire_time) if owed.contains(fire_time) => {
            let spared = delivery.message.deferred && job.misfire.may_catch_up(fire_time, now);
            let waited = claimed.waits_until.is_some();
            if begun || spared || waited || job.misfire.still_fires(owed, fire_time, now) {
                Judgement::Run
            } else if let Some(reason) = delivery.message.kept_by {
                Judgement::End(Skipped, reason)
            } else if delivery.message.waits > 0 {
                // It came in time, and waited for its turn until it was too late.
                Judgement::End(Skipped, Reason::Overlap)
            } else if delivery.message.deferred {
                Judgement::End(Skipped, Reason::Deferred)
            } else {
                Judgement::End(Skipped, Reason::Misfire)
            }
        }
        Occasion::Scheduled(_) if delivery.is_young(now) => {
            Judgement::UndoAndComeBackAt(delivery.look_again_at(now))
        }
        Occasion::Scheduled(fire_time) => {
            // Also of a lost first attempt: a skip can be overruled by a change that is about to commit.
            let reason = why_not(job)
                .or_else(|| owed.why_not(fire_time))
                .unwrap_or(Reason::Superseded);
            Judgement::End(Skipped, reason)
        }
    }
}

/// The judgement on what a person asked for: a paused job may be run by hand; a deleted one may not.
fn by_hand(job: &Job) -> Judgement {
    match why_not(job) {
        Some(Reason::JobCanceled) => Judgement::End(ExecutionState::Canceled, Reason::JobCanceled),
        _ => Judgement::Run,
    }
}

/// Why the last attempt allowed was lost.
pub(super) fn used_up_by(claimed: &Execution) -> Reason {
    let last = claimed.errors.last();
    last.map_or(Reason::WorkerLost, |error| error.reason)
}

/// Why the job's state lets nothing fire, if it does not.
pub(super) fn why_not(job: &Job) -> Option<Reason> {
    use crate::domain::JobState::{Active, Canceled, Completed, Paused};
    match job.state {
        Active | Completed => None,
        Paused => Some(Reason::JobPaused),
        Canceled => Some(Reason::JobCanceled),
    }
}
