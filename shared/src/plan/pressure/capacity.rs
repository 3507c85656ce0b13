//! What a band can do in a minute: its places, and how long a message takes one up. The latter is measured.

use chrono::TimeDelta;

use crate::domain::Work;

/// Over how many minutes work is measured, the present one included.
pub const MEASURED_MINUTES: i64 = 5;

/// Assumed before anything was measured, and soon outweighed: ten messages that took a second each.
const ASSUMED: Work = Work {
    runs: 10,
    busy_ms: 10_000,
};

/// No message takes up a place for less: beyond this, the queue is the limit, not the workers.
const SHORTEST_MS: u64 = 20;

/// A worker writes down its work once it amounts to this much, and not more often than [`NOTED_EVERY`].
const NOTED_MS: u64 = 60_000;

/// How often a worker writes down its work, at most.
const NOTED_EVERY: TimeDelta = TimeDelta::seconds(5);

/// How many messages `places` can take in a minute, by the `measured` work of the last few. One at least: nothing is
/// ever deferred for good.
pub fn capacity(places: u32, measured: Work) -> u64 {
    let Work { runs, busy_ms } = measured.and(ASSUMED);
    let mean_ms = (busy_ms / runs).max(SHORTEST_MS);
    (u64::from(places) * 60_000 / mean_ms).max(1)
}

/// Whether work that has not been written down yet is worth a write, `since_last` after the last one. An idle worker's
/// is not: a minute of work, however long it takes to come together, is one write.
pub fn worth_noting(work: Work, since_last: TimeDelta) -> bool {
    work.busy_ms >= NOTED_MS && since_last >= NOTED_EVERY
}

/// What a tick sees of a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Messages that are in its queue and could be received now.
    pub ready: u64,
    /// How many it can take in a minute.
    pub capacity: u64,
    /// How many it has taken in the last [`MEASURED_MINUTES`].
    pub taken: u64,
    /// How many executions it can have under way at once.
    pub places: u32,
}

/// How many more may arrive in a minute in which `admitted` will: what its workers can take, less what is left over by then
/// of what is ready now and of what was let in for the minutes `before`, the present one first.
pub fn room(load: &Load, before: impl IntoIterator<Item = u64>, admitted: u64) -> u64 {
    let left_over = before.into_iter().fold(load.ready, |waiting, admitted| {
        waiting
            .saturating_add(admitted)
            .saturating_sub(load.capacity)
    });
    load.capacity
        .saturating_sub(left_over.saturating_add(admitted))
}

impl Load {
    /// Whether what is ready amounts to `minutes` of work.
    pub fn reaches(&self, minutes: u64) -> bool {
        self.ready >= self.capacity.saturating_mul(minutes)
    }

    /// Whether what is ready would take longer than `minutes` at the rate at which work ends (Little's law), and is more
    /// than can be under way at once.
    pub fn drains_slower_than(&self, minutes: u64) -> bool {
        let within = self.taken.saturating_mul(minutes) / MEASURED_MINUTES.unsigned_abs();
        self.ready > u64::from(self.places) && self.ready > within
    }
}
