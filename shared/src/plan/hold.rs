//! What a hold keeps, what becomes of the record of what it keeps, and how it lets it go. The worker decides what is
//! held, the tick what is released; neither asks the clock of the other.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{
    Execution, ExecutionState, HeldBy, Hold, HoldId, HoldState, Holdable, LONGEST_HOLD, Minute,
    Stamp, UserId,
};

/// A hold that is lifted is looked after for as long: a worker that read it before may put something into its backlog
/// for as long as an invocation can last.
const LINGER: TimeDelta = TimeDelta::minutes(15);

/// The hold, among `holds`, that keeps a job from starting. The one that has let it go does not hold it again; every
/// other one does.
pub fn held_by<'a>(
    holds: &'a [Hold],
    job: &Holdable<'_>,
    released_by: Option<HoldId>,
) -> Option<&'a Hold> {
    let mut holding = holds.iter().filter(|hold| hold.holds());
    holding.find(|hold| Some(hold.id) != released_by && hold.thing.has(job))
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
