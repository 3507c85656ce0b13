//! Offers, and who holds what was offered. The record alone decides: an offer asks, a claim token proves, and every change
//! is written under the condition of the record that was read. So two who take the same offer collide, and a token whose
//! claim is over changes nothing.

use chrono::{DateTime, TimeDelta, Utc};

use super::FollowUp;
use super::claim::{lost_attempt, used_up_by, why_not};
use crate::domain::pull::{Offer, Progress, PullTerms};
use crate::domain::{
    ClaimToken, DispatchMessage, Execution, ExecutionState, GRACE, Job, MisfirePolicy, Occasion,
    Owed, Reason, Stamp, WorkerId,
};
use crate::port::{Expected, OfferedWork, SendAt};

/// An offer stands for at least this long, whatever its misfire policy: its execution was judged to run.
const SHORTEST_OFFER: TimeDelta = TimeDelta::seconds(10);

/// A heartbeat that would extend a lease by less than this, and says nothing new, is not worth a write.
const WORTH_A_WRITE: TimeDelta = TimeDelta::seconds(5);

/// The record once `claimed`, which `message` asked for and which was judged to run, is offered instead.
pub fn offer(
    claimed: &Execution,
    message: &DispatchMessage,
    owed: Owed<'_>,
    terms: &PullTerms,
    now: DateTime<Utc>,
    stamp: Stamp,
) -> Execution {
    let job = owed.job;
    Execution {
        state: ExecutionState::Offered,
        user: Some(job.user.clone()),
        job_version: Some(job.version),
        claim: None,
        lease_until: None,
        // It starts when somebody takes it.
        started_at: claimed.started_at.filter(|_| claimed.attempt > 1),
        offer: Some(Offer {
            work: terms.work.clone(),
            priority: job.priority,
            heartbeat_seconds: terms.heartbeat_seconds,
            timeout_seconds: job.timeout_seconds,
            until: stands_until(claimed, message.deferred, owed, now),
            worker: None,
            taken_at: None,
            reported_under: None,
            released_by: message.released_by.clone(),
        }),
        stamp,
        ..claimed.clone()
    }
}

/// Until when an offer stands: as long as the misfire policy would let the execution start. Of what was `deferred`, as
/// long as its window is, and never so short that it is lost for a lateness that is not its own.
fn stands_until(
    claimed: &Execution,
    deferred: bool,
    owed: Owed<'_>,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let misfire = owed.job.misfire;
    let window = misfire.catch_up_window_seconds.duration();
    let until = match claimed.id.occasion {
        // What has begun goes on whatever the policy: giving it up would take back its retries.
        _ if claimed.attempt > 1 || claimed.ready_at.is_some() => now + window,
        Occasion::Manual { requested_at, .. } => requested_at + window,
        Occasion::Scheduled(fire_time) if deferred => fire_time + window,
        Occasion::Scheduled(fire_time) => match misfire.policy {
            MisfirePolicy::Skip => fire_time + GRACE,
            MisfirePolicy::FireAll => fire_time + window,
            MisfirePolicy::FireLatest => {
                let next = owed.next(fire_time + TimeDelta::seconds(1));
                let end = fire_time + window;
                next.map_or(end, |next| next.max(fire_time + GRACE).min(end))
            }
        },
    };
    until.max(now + if deferred { GRACE } else { SHORTEST_OFFER })
}

/// What follows from an offer: workers find it, and its end is seen to.
pub(super) fn offered(execution: &Execution) -> FollowUp {
    match (&execution.offer, &execution.user) {
        (Some(offer), Some(user)) => FollowUp::Offer {
            work: OfferedWork {
                user: user.clone(),
                work: offer.work.clone(),
                priority: offer.priority,
                execution: execution.id,
                attempt: execution.attempt,
            },
            until: offer.until,
        },
        _ => FollowUp::Nothing,
    }
}

/// What follows while a worker outside holds an execution: when its lease ends, somebody looks. Nothing, while a worker
/// of ours holds it, whose message is that look.
pub(super) fn watch(execution: &Execution) -> FollowUp {
    match (&execution.offer, execution.lease_until) {
        (Some(_), Some(lease_until)) => FollowUp::SendRetry {
            attempt: execution.attempt.saturating_add(1),
            send_at: SendAt::Before(lease_until),
        },
        _ => FollowUp::Nothing,
    }
}

/// What a worker does about an offer that it found, by the execution's record.
#[derive(Clone, Debug, PartialEq)]
pub enum Take {
    /// Write it; whoever succeeds holds the execution.
    Write {
        /// The claimed record.
        execution: Box<Execution>,
        /// What it replaces.
        expected: Expected,
    },
    /// Leave it: somebody holds it who may have no time left to remove it, or its end is near.
    Leave,
    /// Remove it: what it offered is over.
    Remove,
}

/// Decides about the offer of attempt number `attempt`. One whose holder's lease has run out may be taken over at once, as
/// the next attempt. `token` and `stamp` are fresh random numbers.
pub fn take(
    current: Option<&Execution>,
    attempt: u32,
    worker: WorkerId,
    now: DateTime<Utc>,
    token: ClaimToken,
    stamp: Stamp,
) -> Take {
    let Some(current) = current.filter(|current| current.attempt == attempt) else {
        return Take::Remove;
    };
    let Some(offer) = &current.offer else {
        return Take::Remove;
    };
    let mut anew = current.clone().stamped(stamp);
    let mut released_by = offer.released_by.clone();
    match current.state {
        ExecutionState::Offered if offer.until > now => {}
        ExecutionState::Offered => return Take::Leave,
        ExecutionState::Running if current.lease_until > Some(now) => return Take::Leave,
        ExecutionState::Running => {
            anew.push_error(lost_attempt(current));
            anew.attempt = attempt.saturating_add(1);
            // What was let go was the attempt before.
            released_by.clear();
        }
        _ => return Take::Remove,
    }
    let held = Offer {
        released_by,
        worker: Some(worker),
        taken_at: Some(now),
        reported_under: None,
        ..offer.clone()
    };
    let execution = Execution {
        state: ExecutionState::Running,
        claim: Some(token),
        lease_until: Some(lease_of(&held, now)),
        started_at: anew.started_at.or(Some(now)),
        progress: None,
        offer: Some(held),
        ..anew
    };
    Take::Write {
        execution: Box::new(execution),
        expected: Expected::Stamp(current.stamp),
    }
}

/// Until when a holder that is heard of at `now` holds it: never past its deadline.
fn lease_of(held: &Offer, now: DateTime<Utc>) -> DateTime<Utc> {
    let lease = now + held.heartbeat_seconds.duration();
    held.deadline()
        .map_or(lease, |deadline| lease.min(deadline))
}

/// Whether what was just taken is still to be done, by its job as read after the claim; otherwise, how it ends. It was
/// judged before it was offered: only what may have changed since is asked.
///
/// # Errors
/// The state and the reason of its end.
pub fn still_wanted<'a>(
    taken: &Execution,
    job: Option<&'a Job>,
) -> Result<&'a Job, (ExecutionState, Reason)> {
    use ExecutionState::{Canceled, Dead, Skipped};

    if taken.cancel_requested {
        return Err((Canceled, Reason::CanceledByUser));
    }
    let job = job.ok_or((Canceled, Reason::JobCanceled))?;
    if taken.attempt > job.retry.max_attempts() {
        return Err((Dead, used_up_by(taken)));
    }
    match why_not(job) {
        // A paused job may be run by hand.
        Some(Reason::JobPaused) if !taken.id.occasion.is_scheduled() => Ok(job),
        Some(Reason::JobPaused) if taken.attempt == 1 => Err((Skipped, Reason::JobPaused)),
        Some(reason) => Err((Canceled, reason)),
        None => Ok(job),
    }
}

/// The record once `taken` is let go, because its job wants something else done now: as before the attempt, which is due
/// at once, and is judged and offered, or run, by what the job says.
pub fn hand_back(taken: &Execution, now: DateTime<Utc>, stamp: Stamp) -> Execution {
    Execution {
        state: ExecutionState::RetryWait,
        attempt: taken.attempt.saturating_sub(1),
        started_at: taken.started_at.filter(|_| taken.attempt > 1),
        retry_at: Some(now),
        claim: None,
        lease_until: None,
        offer: None,
        ..taken.clone().stamped(stamp)
    }
}

/// How a claim token stands to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It holds the execution.
    Holds,
    /// It held the execution, and reported its end.
    Reported,
    /// Its time is over, and so is its claim.
    TimedOut,
    /// It does not hold the execution, or no longer.
    Stale,
}

/// How `token` stands at `now`. One whose lease has run out holds as long as nobody has taken over: nothing is lost by
/// hearing it out.
pub fn standing(current: &Execution, token: ClaimToken, now: DateTime<Utc>) -> Standing {
    let Some(offer) = &current.offer else {
        return Standing::Stale;
    };
    if current.is_held_by(token) {
        match offer.deadline() {
            Some(deadline) if deadline > now => Standing::Holds,
            _ => Standing::TimedOut,
        }
    } else if offer.reported_under == Some(token) {
        Standing::Reported
    } else {
        Standing::Stale
    }
}

/// The record after its holder was heard of. `None` if there is nothing worth writing.
pub fn heartbeat(
    held: &Execution,
    progress: Option<Progress>,
    now: DateTime<Utc>,
    stamp: Stamp,
) -> Option<Execution> {
    let offer = held.offer.as_ref()?;
    let lease_until = lease_of(offer, now);
    let longer = held.lease_until.is_none_or(|until| {
        let is_last = Some(lease_until) == offer.deadline() && until < lease_until;
        is_last || lease_until - until >= WORTH_A_WRITE
    });
    let said = |progress: &Progress| (progress.percent, progress.message.clone());
    let news = progress.as_ref().map(said);
    let is_new = news.is_some() && news != held.progress.as_ref().map(said);
    (longer || is_new).then(|| Execution {
        lease_until: Some(lease_until),
        progress: progress
            .filter(|_| is_new)
            .or_else(|| held.progress.clone()),
        ..held.clone().stamped(stamp)
    })
}

/// `ended`, the record of an end that the holder of `token` reported, marked as such.
#[must_use]
pub fn report(mut ended: Execution, token: ClaimToken) -> Execution {
    if let Some(offer) = &mut ended.offer {
        offer.reported_under = Some(token);
    }
    ended
}
