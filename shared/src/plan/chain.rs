//! Where the hint of a living chain can be. Whoever looks there and finds none knows that the chain has ended.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::horizon;
use super::scan::OLDEST;
use crate::domain::{Job, Minute};
use crate::port::Progress;

/// Further behind than this the scanner has hints in so many buckets that looking for them all is not worth it.
const FAR_BEHIND: TimeDelta = TimeDelta::hours(1);

/// The minutes that the scanner has still to scan, up to the one in which the direct window ends at `now`. `None` while
/// the scanner is so far behind that they are too many.
pub fn unscanned(progress: &Progress, now: DateTime<Utc>) -> Option<BTreeSet<Minute>> {
    let begin = progress.low_water.max(Minute::of(now - OLDEST));
    let end = Minute::of(horizon(now));
    let minutes = std::iter::successors(Some(begin), |minute| Some(minute.plus(1)));
    let unscanned: BTreeSet<_> = minutes
        .take_while(|minute| *minute <= end)
        .filter(|minute| !progress.done.contains(minute))
        .collect();
    let oldest = unscanned.first()?;
    (now - oldest.start() <= FAR_BEHIND).then_some(unscanned)
}

/// Where the hint of the job's chain can be at `now`, likeliest first: at the first fire time from the horizon on, or at
/// the first fire time of a minute before it that is not scanned. Every plan puts its hint at the first fire time from
/// the horizon of its day on, which is a full minute and none later than that of `now`. Nowhere, if nothing fires from
/// the horizon on: then there is no chain.
pub fn hints_of_chain(
    job: &Job,
    unscanned: &BTreeSet<Minute>,
    now: DateTime<Utc>,
) -> Vec<DateTime<Utc>> {
    let next = |instant: DateTime<Utc>| job.timetable.next(instant.max(job.effective_from));
    let Some(last) = next(horizon(now)).filter(|_| job.fires()) else {
        return Vec::new();
    };
    let earlier = unscanned.iter().rev().filter_map(|minute| {
        let first = next(minute.start())?;
        (Minute::of(first) == *minute && first != last).then_some(first)
    });
    std::iter::once(last).chain(earlier).collect()
}
