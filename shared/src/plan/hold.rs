//! What a hold keeps, what becomes of the record of what it keeps, and how it lets it go. The worker decides what is
//! held, the tick what is released; neither asks the clock of the other.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{
    DispatchMessage, Execution, ExecutionState, HeldBy, Hold, HoldId, HoldState, Holdable, Job,
    LONGEST_HOLD, Minute, Occasion, Stamp, UserId,
};

/// A hold that is lifted is looked after for as long: a worker that read it before may put something into its backlog
/// for as long as an invocation can last.
const LINGER: TimeDelta = TimeDelta::minutes(15);

/// The hold, among `holds`, that keeps a job from starting. Those that have let it go do not hold it again; every other
/// one does.
pub fn held_by<'a>(
    holds: &'a [Hold],
    job: &Holdable<'_>,
    released_by: &BTreeSet<HoldId>,
) -> Option<&'a Hold> {
    let mut holding = holds.iter().filter(|hold| hold.holds());
    holding.find(|hold| !released_by.contains(&hold.id) && hold.thing.has(job))
}

/// Until when `job` lets `claimed` run, if it is held now: behind it, the judgement will be that it is too late. `None`
/// where no judgement is by the clock: of what has begun, what a person asked for, and what has waited for others.
pub fn fires_until(claimed: &Execution, job: &Job) -> Option<DateTime<Utc>> {
    let Occasion::Scheduled(fire_time) = claimed.id.occasion else {
        return None;
    };
    let has_begun = claimed.attempt > 1 || claimed.job_version.is_some();
    let behind_others = job.runs_after_others_only() || claimed.waits_until.is_some();
    (!has_begun && !behind_others && claimed.redriven.is_none())
        .then(|| fire_time + job.misfire.catch_up_window_seconds.duration())
}

/// `message`, which `hold` kept, as it is sent at `now`. `is_over`: it is sent to be judged too late, whatever the hold
/// says. It has not been let go: should it be judged to run, because its job was changed meanwhile, it is held again.
#[must_use]
pub fn let_go(
    mut message: DispatchMessage,
    hold: HoldId,
    is_over: bool,
    now: DateTime<Utc>,
) -> DispatchMessage {
    message.released_at = Some(now);
    if !is_over {
        message.released_by.insert(hold);
    }
    message
}

/// The record once `claimed`, an execution of `user`, is held: as before the claim, whose attempt is not counted.
pub fn hold_back(
    claimed: &Execution,
    user: &UserId,
    hold: &Hold,
    now: DateTime<Utc>,
    stamp: Stamp,
) -> Execution {
    Execution {
        state: ExecutionState::Held,
        attempt: claimed.attempt.saturating_sub(1),
        user: Some(user.clone()),
        started_at: claimed.started_at.filter(|_| claimed.attempt > 1),
        claim: None,
        lease_until: None,
        offer: None,
        held: Some(HeldBy {
            hold: hold.id,
            note: hold.note.clone(),
            since: now,
        }),
        ..claimed.clone().stamped(stamp)
    }
}

/// How many a hold may let go at `now`: its rate, once in a minute of the clock; without a rate, as many as there is
/// capacity for. What was not let go while nothing ticked is not made up for.
pub fn release_share(hold: &Hold, now: DateTime<Utc>) -> u64 {
    let has_released = hold
        .released_at
        .is_some_and(|at| Minute::of(at) >= Minute::of(now));
    match (hold.state, hold.per_minute) {
        (HoldState::Holding | HoldState::Over, _) => 0,
        (HoldState::Releasing, Some(_)) if has_released => 0,
        (HoldState::Releasing, Some(rate)) => rate.into(),
        (HoldState::Releasing, None) | (HoldState::Lifted, _) => u64::MAX,
    }
}

/// `hold` once it is released at `per_minute`, or lifted for `None`. `None`: it is lifted already.
pub fn start_release(
    hold: &Hold,
    per_minute: Option<u32>,
    now: DateTime<Utc>,
    stamp: Stamp,
) -> Option<Hold> {
    let (state, lifted_at) = match per_minute {
        Some(_) => (HoldState::Releasing, None),
        None => (HoldState::Lifted, Some(now)),
    };
    hold.holds().then(|| Hold {
        state,
        per_minute,
        lifted_at,
        updated_at: now,
        stamp,
        ..hold.clone()
    })
}

/// `hold` once its release is stopped, and it holds everything again. `None`: it is lifted already. One whose time was
/// over is given another: it would be released again at once.
pub fn pause_hold(hold: &Hold, now: DateTime<Utc>, stamp: Stamp) -> Option<Hold> {
    let until = if hold.until > now {
        hold.until
    } else {
        now + LONGEST_HOLD
    };
    hold.holds().then(|| Hold {
        state: HoldState::Holding,
        until,
        updated_at: now,
        stamp,
        ..hold.clone()
    })
}

/// What a tick makes of a hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoldStep {
    /// It stays as it is.
    Stay,
    /// Write it.
    Write(Box<Hold>),
    /// Write it to those that are over.
    Archive(Box<Hold>),
}

/// What becomes of `hold` once a tick has looked at it. `is_empty`: nothing is left in its backlog.
pub fn after_look(hold: &Hold, is_empty: bool, now: DateTime<Utc>, stamp: Stamp) -> HoldStep {
    let lingered = hold.lifted_at.is_some_and(|at| now - at >= LINGER);
    let next = match hold.state {
        HoldState::Holding if hold.until <= now => start_release(hold, hold.per_minute, now, stamp),
        HoldState::Releasing if is_empty => start_release(hold, None, now, stamp),
        HoldState::Lifted if is_empty && lingered => {
            return HoldStep::Archive(Box::new(Hold {
                state: HoldState::Over,
                updated_at: now,
                stamp,
                ..hold.clone()
            }));
        }
        _ => None,
    };
    next.map_or(HoldStep::Stay, |next| HoldStep::Write(Box::new(next)))
}
