//! Whether an execution may start within the limits of its key. The rate is kept by one instant, as a virtual schedule of
//! evenly spaced starts (GCRA); the number at once by who holds a slot, and until when.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::overlap::{Refused, given_up, wait};
use crate::domain::{
    ClaimToken, DispatchMessage, Execution, Occasion, Owed, Reason, SlotLimits, Slots, Stamp,
};

/// What becomes of a request for a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlotTake {
    /// It is granted once these are written.
    Write(Slots),
    /// There is none, at least until this instant.
    NoneBefore(DateTime<Utc>),
}

/// Asks for a slot for `holder` until `until`, by its own `limits`, whatever those of others who share the key are. Who
/// holds one already has it prolonged. Slots whose time is over are free, whoever held them.
pub fn take_slot(
    slots: Option<&Slots>,
    limits: SlotLimits,
    holder: ClaimToken,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
    stamp: Stamp,
) -> SlotTake {
    let held = slots.into_iter().flat_map(|slots| &slots.held);
    let mut held: BTreeMap<_, _> = held
        .filter(|(_, until)| **until > now)
        .map(|(holder, until)| (*holder, *until))
        .collect();
    let mut spaced_until = slots.and_then(|slots| slots.spaced_until);
    if !held.contains_key(&holder) {
        let full = |most: u32| held.len() >= usize::try_from(most).unwrap_or(usize::MAX);
        if limits.at_once.is_some_and(full) {
            return SlotTake::NoneBefore(now);
        }
        if let Some(rate) = limits.rate {
            let ahead = rate.interval() * i32::try_from(rate.burst() - 1).unwrap_or(i32::MAX);
            let spaced = spaced_until.map_or(now, |spaced| spaced.max(now));
            if spaced - ahead > now {
                return SlotTake::NoneBefore(spaced - ahead);
            }
            spaced_until = Some(spaced + rate.interval());
        }
    }
    // Who does not ask how many run at once is not counted: a rate alone costs one write.
    if limits.at_once.is_some() {
        held.insert(holder, until);
    }
    SlotTake::Write(Slots {
        held,
        spaced_until,
        stamp,
    })
}

/// Decides about `claimed`, for which no slot is free before `not_before`; `due` is when its attempt was. It waits for as
/// long as its misfire policy lets it fire late; what was deferred or held, what has begun, and what a person asked for, for
/// the catch-up window.
pub fn wait_for_slot(
    owed: Owed<'_>,
    claimed: &Execution,
    message: &DispatchMessage,
    (due, not_before): (DateTime<Utc>, DateTime<Utc>),
    now: DateTime<Utc>,
    jitter: f64,
) -> Refused {
    if may_wait(owed, claimed, message, due, now) {
        let not_before = not_before.clamp(now, now + LONGEST_PAUSE);
        Refused::Wait(not_before + wait(message.waits, jitter))
    } else {
        let (state, _) = given_up(claimed);
        Refused::End(state, Reason::Limited)
    }
}

/// Whether `claimed`, whose attempt was due at `due`, may go on waiting for what is no concern of its job's own.
pub(super) fn may_wait(
    owed: Owed<'_>,
    claimed: &Execution,
    message: &DispatchMessage,
    due: DateTime<Utc>,
    now: DateTime<Utc>,
) -> bool {
    let misfire = owed.job.misfire;
    match claimed.id.occasion {
        Occasion::Scheduled(fire_time) if claimed.attempt == 1 && claimed.ready_at.is_none() => {
            let spared = message.deferred && misfire.may_catch_up(fire_time, now);
            spared || misfire.still_fires(owed, fire_time, now)
        }
        _ => now - due <= misfire.catch_up_window_seconds.duration(),
    }
}

/// The longest pause that a rate asks for: that of one start in a minute.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(1);
