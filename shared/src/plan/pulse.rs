//! How the holder of a long attempt shows that it lives. Its lease is short, and is prolonged as long as it works: a worker
//! that dies is missed when its lease ends, however long the attempt might have gone on.

use chrono::{DateTime, TimeDelta, Utc};

use super::claim::{CLOCK_MARGIN, lease};
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
