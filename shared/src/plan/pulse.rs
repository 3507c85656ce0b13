//! How the holder of a long attempt shows that it lives. Its lease is short, and is prolonged as long as it works: a worker
//! that dies is missed when its lease ends, however long the attempt might have gone on.

use chrono::{DateTime, TimeDelta, Utc};

use super::claim::{CLOCK_MARGIN, Delivery, lease};
use crate::domain::{Execution, Stamp, TimeoutSeconds};

/// The rhythm of heartbeats: how far apart they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulse(pub TimeDelta);

impl Pulse {
    /// Every twenty seconds: a dead worker is missed within a minute.
    pub const STANDARD: Self = Self(TimeDelta::seconds(20));

    /// For how long a heartbeat lets its holder go on: two may fail.
    pub fn lease(self) -> TimeDelta {
        self.0 * 3
    }

    /// The record after a heartbeat at `now` in an attempt that was begun at `begun` and may take `timeout`: it is held for
    /// one more lease, but never for longer than if it had been held for all of its time from the beginning.
    pub fn prolong(
        self,
        held: &Execution,
        begun: DateTime<Utc>,
        timeout: TimeoutSeconds,
        now: DateTime<Utc>,
        stamp: Stamp,
    ) -> Execution {
        let until = (now + self.lease()).min(lease(timeout.duration(), begun));
        Execution {
            lease_until: held.lease_until.max(Some(until)),
            ..held.clone().stamped(stamp)
        }
    }
}

/// Whether the lease of `held` is over, or so near its end that another worker may think so: its handler is to be stopped,
/// and its end is not its holder's to record.
pub fn has_lapsed(held: &Execution, now: DateTime<Utc>) -> bool {
    held.lease_until
        .is_none_or(|until| until - CLOCK_MARGIN <= now)
}

/// For how long nothing will be heard of the holder of `delivery`, once it has begun an attempt that may take `timeout`.
pub fn silence(delivery: &Delivery, timeout: TimeoutSeconds) -> TimeDelta {
    delivery
        .pulse
        .map_or(timeout.duration(), |Pulse(between)| between)
}

/// What to write before an attempt that may take `timeout` begins at `now`, if the lease of `held` would end before
/// anything is heard of it: all that lies between the claim and the start took its time, or the job has been given more
/// since its message was sent.
pub fn prolonged_to_start(
    held: &Execution,
    delivery: &Delivery,
    timeout: TimeoutSeconds,
    now: DateTime<Utc>,
    stamp: Stamp,
) -> Option<Execution> {
    let needed = now + silence(delivery, timeout) + CLOCK_MARGIN;
    (held.lease_until < Some(needed)).then(|| Execution {
        lease_until: Some(delivery.lease(timeout, now)),
        ..held.clone().stamped(stamp)
    })
}
