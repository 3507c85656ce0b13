//! Takes the slots that an execution needs, between the judgement and the run, under the claim: first that of its owner,
//! then that of its key. All are looked at before any is taken, so one who is refused has read and not written. They are
//! given back after the end is on record; those of a worker that died are free when its time is over.

use chrono::{DateTime, TimeDelta, Utc};

use super::claiming::Won;
use super::gate::Gate;
use crate::domain::{ClaimToken, Job, Sharers, SlotKey, SlotLimits, Slots, Stamp};
use crate::plan::{CLOCK_MARGIN, Delivery, SlotTake, take_slot};
use crate::port::{Clock, Entropy, PortResult, Put, SlotTable};
use crate::usecase::{RACES, World, contended};

/// The slots that an execution holds.
#[derive(Debug)]
pub(super) struct Held {
    keys: Vec<(SlotKey, SlotLimits)>,
    holder: ClaimToken,
    until: Option<DateTime<Utc>>,
}

impl Held {
    /// Whether they are still held after a silence of this length from `now` on.
    pub(super) fn outlast(&self, silence: TimeDelta, now: DateTime<Utc>) -> bool {
        let heard_of_by = now + silence + CLOCK_MARGIN;
        self.until.is_none_or(|until| heard_of_by <= until)
    }

    /// Whether they may be somebody else's by now.
    pub(super) fn has_lapsed(&self, now: DateTime<Utc>) -> bool {
        !self.outlast(TimeDelta::zero(), now)
    }

    /// Holds them until `until`, with the lease that they go with. `false`: one of them was lost.
    pub(super) async fn prolong(
        &mut self,
        world: &impl World,
        until: Option<DateTime<Utc>>,
    ) -> PortResult<bool> {
        let (Some(_), Some(until)) = (self.until, until) else {
            return Ok(true);
        };
        for (key, limits) in &self.keys {
            let slots = world.store().slots(key).await?;
            let taken = take(world, key, *limits, slots, self.holder, until).await?;
            if taken.is_none() {
                continue;
            }
            let slots = world.store().slots(key).await?;
            let held_until = slots.and_then(|slots| slots.held.get(&self.holder).copied());
            if held_until > Some(world.clock().now()) {
                // A crowd at the door, but it is held still.
                return contended("slots");
            }
            return Ok(false);
        }
        self.until = Some(until);
        Ok(true)
    }
}

/// What was found for an execution.
#[derive(Debug)]
pub(super) enum Found {
    /// All that it needs.
    Held(Held),
    /// Not all of it, and not before this instant.
    NoneBefore(DateTime<Utc>),
}

/// Takes what `won`, an execution of `job`, needs.
pub(super) async fn take_slots(
    world: &impl World,
    gate: &Gate,
    delivery: &Delivery,
    job: &Job,
    won: &Won,
) -> PortResult<Found> {
    let needed = needed(world, gate, job).await?;
    let now = world.clock().now();
    let mut held = Held {
        keys: Vec::new(),
        holder: won.token,
        until: (!needed.is_empty()).then(|| delivery.lease(job.timeout_seconds, now)),
    };
    let Some(until) = held.until else {
        return Ok(Found::Held(held));
    };
    let mut seen = Vec::with_capacity(needed.len());
    for (key, limits) in needed {
        let slots = world.store().slots(&key).await?;
        let stamp = Stamp(world.entropy().next_u64());
        if let SlotTake::NoneBefore(at) =
            take_slot(slots.as_ref(), limits, won.token, until, now, stamp)
        {
            return Ok(Found::NoneBefore(at));
        }
        seen.push((key, limits, slots));
    }
    for (key, limits, slots) in seen {
        match take(world, &key, limits, slots, held.holder, until).await? {
            Some(not_before) => {
                give_back(world, held).await;
                return Ok(Found::NoneBefore(not_before));
            }
            None if limits.at_once.is_some() => held.keys.push((key, limits)),
            None => {}
        }
    }
    Ok(Found::Held(held))
}

/// The slots that an execution of `job` needs: its key's last, for what has counted for a rate cannot be given back.
async fn needed(
    world: &impl World,
    gate: &Gate,
    job: &Job,
) -> PortResult<Vec<(SlotKey, SlotLimits)>> {
    let cap = gate.cap(world, &job.user).await?;
    let of_owner = cap.map(|cap| {
        let user = job.user.clone();
        let limits = SlotLimits {
            at_once: Some(cap),
            rate: None,
        };
        let sharers = Sharers::All;
        (SlotKey { user, sharers }, limits)
    });
    Ok(of_owner.into_iter().chain(job.slots()).collect())
}

/// Takes one slot; otherwise says before when there is none.
async fn take(
    world: &impl World,
    key: &SlotKey,
    limits: SlotLimits,
    mut slots: Option<Slots>,
    holder: ClaimToken,
    until: DateTime<Utc>,
) -> PortResult<Option<DateTime<Utc>>> {
    for _ in 0..RACES {
        let now = world.clock().now();
        let stamp = Stamp(world.entropy().next_u64());
        let next = match take_slot(slots.as_ref(), limits, holder, until, now, stamp) {
            SlotTake::Write(next) => next,
            SlotTake::NoneBefore(at) => return Ok(Some(at)),
        };
        let expected = slots.map(|slots| slots.stamp);
        match world.store().put_slots(key, &next, expected).await? {
            Put::Written => return Ok(None),
            Put::Refused(found) => slots = found,
        }
    }
    // A crowd at the door is no failure: whoever lost comes back, as if it had been full.
    Ok(Some(world.clock().now()))
}

/// Gives all of them back. A failure costs time only: they are free when the lease is over.
pub(super) async fn give_back(world: &impl World, held: Held) {
    for (key, _) in &held.keys {
        let stamp = Stamp(world.entropy().next_u64());
        let given = world.store().give_slot_back(key, held.holder, stamp).await;
        if let Err(error) = given {
            tracing::warn!(%error, user = %key.user, "a slot could not be given back; its time ends by itself");
        }
    }
}
