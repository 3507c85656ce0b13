//! The daylight-saving rule: from times on a wall clock to instants. A fixed time that a jump leaves out fires when the
//! clock jumps; one that comes twice fires the first time. A schedule that follows real time fires whenever its wall
//! clock matches: twice in a repeated hour, never in a skipped one.

use chrono::offset::LocalResult;
use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// The first matching wall time at or after a given one.
pub(super) trait WallTimes {
    fn next_wall(&self, from: NaiveDateTime) -> Option<NaiveDateTime>;
}

/// Longer than any jump of any zone (Samoa left out a day in 2011), and than any offset from UTC.
const LONGEST_JUMP: TimeDelta = TimeDelta::hours(26);

/// Longer than any repeated stretch since 1970 (Casey Station repeated three hours).
const LONGEST_FOLD: TimeDelta = TimeDelta::hours(4);

pub(super) fn offset(zone: Tz, instant: DateTime<Utc>) -> TimeDelta {
    TimeDelta::seconds(fixed_offset(zone, instant).local_minus_utc().into())
}

pub(super) fn fixed_offset(zone: Tz, instant: DateTime<Utc>) -> FixedOffset {
    zone.offset_from_utc_datetime(&instant.naive_utc()).fix()
}

/// What a clock in `zone` shows at `instant`.
pub(in crate::domain) fn wall(zone: Tz, instant: DateTime<Utc>) -> NaiveDateTime {
    instant.naive_utc() + offset(zone, instant)
}

/// The instant of a fixed wall time.
pub(in crate::domain) fn instant_of_fixed(zone: Tz, time: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&time) {
        LocalResult::Single(instant) => instant.to_utc(),
        LocalResult::Ambiguous(one, other) => one.to_utc().min(other.to_utc()),
        LocalResult::None => {
            let around = time.and_utc();
            first_instant(around - LONGEST_JUMP, around + LONGEST_JUMP, |instant| {
                wall(zone, instant) > time
            })
        }
    }
}

/// The first instant, to the second, in `(from, until]` at which `holds` is true, given that it stays so.
pub(super) fn first_instant(
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    holds: impl Fn(DateTime<Utc>) -> bool,
) -> DateTime<Utc> {
    let (mut before, mut after) = (from, until);
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if holds(middle) {
            after = middle;
        } else {
            before = middle;
        }
    }
    after
}

/// The first instant at or after `instant` of a schedule with fixed times.
pub(super) fn next_fixed(
    times: &impl WallTimes,
    zone: Tz,
    instant: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    // Soon after a jump, times on the wall before it may still map to this instant or a later one.
    let settled = offset(zone, instant) == offset(zone, instant - LONGEST_JUMP);
    let here = wall(zone, instant);
    let from = if settled { here } else { here - LONGEST_JUMP };
    let mut time = times.next_wall(from)?;
    loop {
        let found = instant_of_fixed(zone, time);
        if found >= instant {
            return Some(found);
        }
        time = times.next_wall(time + TimeDelta::seconds(1))?;
    }
}

/// The first instant at or after `instant` whose wall time matches.
pub(super) fn next_real_time(
    times: &impl WallTimes,
    zone: Tz,
    instant: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let here = offset(zone, instant);
    if offset(zone, instant + LONGEST_FOLD) != here {
        // The clock changes soon. Up to the change the present offset holds; from it on, look again.
        let change = first_instant(instant, instant + LONGEST_FOLD, |later| {
            offset(zone, later) != here
        });
        let time = times.next_wall(wall(zone, instant));
        let before_change = time
            .map(|time| (time - here).and_utc())
            .filter(|found| *found < change);
        return before_change.or_else(|| next_real_time(times, zone, change));
    }
    let mut time = times.next_wall(wall(zone, instant))?;
    loop {
        let found = match zone.from_local_datetime(&time) {
            LocalResult::Single(found) => Some(found.to_utc()),
            LocalResult::Ambiguous(one, other) => {
                let (first, second) = (
                    one.to_utc().min(other.to_utc()),
                    one.to_utc().max(other.to_utc()),
                );
                Some(if first >= instant { first } else { second })
            }
            LocalResult::None => None,
        };
        match found {
            Some(found) if found >= instant => return Some(found),
            _ => time = times.next_wall(time + TimeDelta::seconds(1))?,
        }
    }
}
