//! Whether an execution may start while an earlier one of its job is perhaps under way. Most jobs need no lock to be
//! sure: all their attempts end before the next fire time, and one that could not end by then is not begun. A lock is
//! for the others.

use chrono::{DateTime, TimeDelta, Utc};

use super::claim::{CLOCK_MARGIN, lease};
use crate::domain::{
    DispatchMessage, Execution, ExecutionState, GRACE, Job, Lane, MisfirePolicy, Occasion, Overlap,
    Owed, Reason,
};

/// How long a queue may take to hand over the message of a worker that died: its visibility timeout.
fn redelivery(lane: Lane) -> TimeDelta {
    match lane {
        Lane::Band(_) => TimeDelta::seconds(120),
        Lane::Long => TimeDelta::seconds(900),
    }
}

/// How many of a timetable's gaps are looked at. Those beyond them are not trusted: see [`turn`].
const GAPS: usize = 64;

/// A holder that is this much overdue has lost its message: no worker will come to end it.
const ABANDONED_AFTER: TimeDelta = TimeDelta::minutes(15);

/// Whether executions of `job` exclude each other by a lock: where one can outlast the gap to the next, with all its
/// attempts and a redelivery, or where several may be caught up with at once. Depends on the job alone, and on nothing
/// that an edit leaves as it was: of two neighbours, both take the lock or neither.
pub fn needs_lock(job: &Job) -> bool {
    if job.overlap == Overlap::Allow {
        return false;
    }
    // However long it waits for others, it may then run beside the next.
    if job.after.is_some() {
        return true;
    }
    let limit = match job.misfire.policy {
        // An offer waits for a worker as long as its misfire policy lets it.
        _ if job.is_pulled() => TimeDelta::MAX,
        MisfirePolicy::FireAll => TimeDelta::MAX,
        MisfirePolicy::FireLatest | MisfirePolicy::Skip => longest_span(job),
    };
    let timetable = &job.timetable;
    let mut fire_times = timetable.from(job.effective_from).take(GAPS + 1);
    let Some(mut before) = fire_times.next() else {
        return false;
    };
    fire_times.any(|next| {
        let gap = next - before;
        before = next;
        gap <= limit
    })
}

/// How long an execution may take from its fire time to its end, if it starts in time.
fn longest_span(job: &Job) -> TimeDelta {
    let attempts = job.retry.max_attempts();
    let attempt =
        lease(job.timeout_seconds.duration(), DateTime::UNIX_EPOCH) - DateTime::UNIX_EPOCH;
    let running = attempt * i32::try_from(attempts).unwrap_or(i32::MAX);
    let waiting: TimeDelta = (1..attempts)
        .map(|number| job.retry.delay(number, 1.0))
        .sum();
    running + waiting + redelivery(job.lane())
}

/// How a claimed execution that is to run comes to its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is its turn: nothing of the job can be under way.
    Now,
    /// Once it has the job's lock.
    WithLock,
    /// Never: it would still be under way when the next is due, which cannot know of it.
    Never(ExecutionState, Reason),
}

/// Decides how `claimed`, an execution of `job` that was judged to run, comes to its turn at `now`.
pub fn turn(job: &Job, claimed: &Execution, now: DateTime<Utc>) -> Turn {
    let Occasion::Scheduled(fire_time) = claimed.id.occasion else {
        return Turn::Now;
    };
    // What a person asks for takes no part, and a redrive is asked for.
    if job.overlap == Overlap::Allow || claimed.redriven.is_some() {
        return Turn::Now;
    }
    if needs_lock(job) {
        return Turn::WithLock;
    }
    let ended_by = lease(job.timeout_seconds.duration(), now) + CLOCK_MARGIN;
    let next = job.timetable.next(fire_time + TimeDelta::seconds(1));
    if next.is_none_or(|next| ended_by <= next) {
        Turn::Now
    } else {
        let (state, reason) = given_up(claimed);
        Turn::Never(state, reason)
    }
}

/// How an execution ends that does not get its turn: skipped if nothing of it was tried.
pub(super) fn given_up(claimed: &Execution) -> (ExecutionState, Reason) {
    if claimed.attempt > 1 {
        (ExecutionState::Dead, Reason::Overlap)
    } else {
        (ExecutionState::Skipped, Reason::Overlap)
    }
}

/// Whether what `job` planned at `at` may wait for its turn at `now`, if another of its executions holds the lock: until
/// it has it, it leaves no record, or the one of its last attempt. `slack` is for what is on its way.
pub fn may_wait_for_turn(
    job: &Job,
    at: DateTime<Utc>,
    has_begun: bool,
    now: DateTime<Utc>,
    slack: TimeDelta,
) -> bool {
    let waits =
        has_begun || job.overlap == Overlap::Queue || job.misfire.policy == MisfirePolicy::FireAll;
    let within_window = now - at <= job.misfire.catch_up_window_seconds.duration() + slack;
    waits && within_window && needs_lock(job)
}

/// Whether the execution that holds a lock may still run, by its record. One that waits for a retry may; so may one
/// whose worker died, until its message must have come back.
pub fn holds_on(holder: Option<&Execution>, now: DateTime<Utc>) -> bool {
    let Some(holder) = holder else {
        return false;
    };
    if let (ExecutionState::Offered, Some(offer)) = (holder.state, &holder.offer) {
        // Nobody runs it, and nobody takes it from then on.
        return offer.until > now;
    }
    let due = match holder.state {
        ExecutionState::Running => holder.lease_until,
        ExecutionState::RetryWait => holder.retry_at,
        _ => None,
    };
    due.is_some_and(|due| now - due < ABANDONED_AFTER)
}

/// What becomes of an execution to which the lock was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It ends in this state for this reason.
    End(ExecutionState, Reason),
    /// It waits: its message is sent anew, to arrive then.
    Wait(DateTime<Utc>),
}

/// Decides about `claimed`, whose job's lock another execution holds. `message` says how often it has waited already, and
/// whether its lateness is its own; `jitter` is drawn from [0, 1).
pub fn refused(
    owed: Owed<'_>,
    claimed: &Execution,
    message: &DispatchMessage,
    now: DateTime<Utc>,
    jitter: f64,
) -> Refused {
    let age = now - claimed.could_start_at();
    if may_wait(owed, claimed, message.deferred, age, now) {
        Refused::Wait(now + wait(message.waits, jitter))
    } else {
        let (state, reason) = given_up(claimed);
        Refused::End(state, reason)
    }
}

/// Whether the misfire policy lets an execution of this age wait for its turn.
fn may_wait(
    owed: Owed<'_>,
    claimed: &Execution,
    deferred: bool,
    age: TimeDelta,
    now: DateTime<Utc>,
) -> bool {
    let job = owed.job;
    let misfire = job.misfire;
    // What has begun waits whatever the policy: giving it up would take back its retries.
    let begun = claimed.attempt > 1;
    // Who asks for every missed occurrence does not want those that are caught up with to skip each other.
    let caught_up = misfire.policy == MisfirePolicy::FireAll && age > GRACE;
    if !(begun || caught_up || job.overlap == Overlap::Queue) {
        return false;
    }
    let within_window = age <= misfire.catch_up_window_seconds.duration();
    match misfire.policy {
        _ if begun || deferred => within_window,
        MisfirePolicy::FireAll => within_window,
        // It has waited for others until another one of its own may be due: that one waits, too.
        MisfirePolicy::FireLatest if claimed.ready_at.is_some() => within_window,
        MisfirePolicy::Skip => age <= GRACE,
        MisfirePolicy::FireLatest => {
            let next = owed.next(claimed.id.occasion.fire_time() + TimeDelta::seconds(1));
            within_window && next.is_none_or(|next| next > now)
        }
    }
}

/// 1 to 2 s the first time, doubled each time, at most a minute. Half of it is drawn, so that those who wait for one
/// lock do not come back together.
pub(super) fn wait(waits: u32, jitter: f64) -> TimeDelta {
    let full_ms = 2_000_i32 << waits.min(5);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at most 30,000 times a factor below one"
    )]
    let drawn_ms = (f64::from(full_ms.min(60_000) / 2) * jitter.clamp(0.0, 1.0)) as i64;
    TimeDelta::milliseconds(i64::from(full_ms.min(60_000) / 2) + drawn_ms)
}
