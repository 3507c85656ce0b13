//! When a queue is sent nothing: its workers do not keep up, so a longer queue would help nobody. It is tried again by
//! itself, with a few messages first.

use chrono::{DateTime, TimeDelta, Utc};

use super::Load;
use crate::domain::{BandPressure, Breaker};

/// As many minutes of work in the queue open it at once.
const DEEP_MINUTES: u64 = 10;

/// A queue that would take as many minutes to drain is slow. SQS does not tell how old its oldest message is; how long
/// the last in line has to wait is as good, and can be computed.
const SLOW_MINUTES: u64 = 10;

/// A queue must be slow for as long to be opened: at the beginning of a herd nothing has been measured yet.
const SLOW_FOR: TimeDelta = TimeDelta::minutes(2);

/// After how long an open one is tried again.
pub const OPEN_FOR: TimeDelta = TimeDelta::minutes(2);

/// The band's memory after a look at its queue.
pub fn next_breaker(present: BandPressure, load: &Load, now: DateTime<Utc>) -> BandPressure {
    let slow_since = load
        .drains_slower_than(SLOW_MINUTES)
        .then(|| present.slow_since.unwrap_or(now));
    let trips = load.reaches(DEEP_MINUTES)
        || slow_since.is_some_and(|since| now.signed_duration_since(since) >= SLOW_FOR);
    let breaker = match present.breaker {
        Breaker::Open { since } if now.signed_duration_since(since) < OPEN_FOR => present.breaker,
        // Time alone ends it: only what is sent shows whether it is over.
        Breaker::Open { .. } => Breaker::HalfOpen { since: now },
        Breaker::Closed | Breaker::HalfOpen { .. } if trips => Breaker::Open { since: now },
        Breaker::HalfOpen { .. } if !load.reaches(1) => Breaker::Closed,
        breaker @ (Breaker::Closed | Breaker::HalfOpen { .. }) => breaker,
    };
    let changed = std::mem::discriminant(&breaker) != std::mem::discriminant(&present.breaker);
    BandPressure {
        breaker,
        // Judged afresh after every change, or the past would open it again.
        slow_since: slow_since.filter(|_| !changed),
        ..present
    }
}

/// How many are sent in a minute to see whether a queue drains.
pub fn probe(capacity: u64) -> u64 {
    (capacity / 20).max(1)
}
