//! Which minutes a tick scans, and in which order: what is due soon first, what was missed after it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::Minute;
use crate::port::Progress;

/// How many minutes ahead of the present one a bucket may be scanned.
pub const LOOKAHEAD_MINUTES: i64 = 3;

/// Hints older than this have been reaped: scanning for them would only delay what is left.
pub(super) const OLDEST: TimeDelta = TimeDelta::days(7);

/// The minutes that a tick at `now` must scan: those not done, from the present minute to the end of the look-ahead in
/// the order of time, then those of the past, newest first.
pub fn minutes_to_scan(progress: &Progress, now: DateTime<Utc>) -> Vec<Minute> {
    let present = Minute::of(now);
    let oldest = progress.low_water.max(Minute::of(now - OLDEST));
    let not_done = |minute: &Minute| *minute >= oldest && !progress.done.contains(minute);
    let ahead = (0..=LOOKAHEAD_MINUTES).map(|count| present.plus(count));
    let behind = (1..)
        .map(|count: i64| present.plus(-count))
        .take_while(|minute| *minute >= oldest);
    ahead.chain(behind).filter(not_done).collect()
}

/// The low-water mark once `done` is done too: the first minute that is not.
pub fn low_water_after(progress: &Progress) -> Minute {
    let mut mark = progress.low_water;
    while progress.done.contains(&mark) {
        mark = mark.plus(1);
    }
    mark
}
