//! Whether an execution may start within the limits of its key. The rate is kept by one instant, as a virtual schedule of
//! evenly spaced starts (GCRA); the number at once by who holds a slot, and until when.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::domain::{ClaimToken, SlotLimits, Slots, Stamp};

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
