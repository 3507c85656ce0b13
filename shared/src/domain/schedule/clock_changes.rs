//! Which changes of the clock a schedule meets, and what it does there. What is said follows from the same rule that makes
//! the fire times: the wall times that a change leaves out or repeats are asked for, not guessed.

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::Schedule;
use super::wall_time::{WallTimes, first_instant, fixed_offset, offset, wall};

/// A change of the clock that a schedule meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockChange {
    /// The first instant with the new offset.
    pub at: DateTime<Utc>,
    /// The offset from UTC before it.
    pub before: FixedOffset,
    /// The offset from UTC from it on.
    pub after: FixedOffset,
    /// The wall times that are left out, or shown a second time: from the first up to, but not including, the second.
    pub local: (NaiveDateTime, NaiveDateTime),
    /// What the schedule does.
    pub effect: Effect,
    /// All of it in a sentence.
    pub words: String,
}

/// What a schedule does where the clock changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// So many fixed times do not exist; they fire once together, when the clock jumps.
    FiresAtTheJump {
        /// How many.
        times: usize,
    },
    /// So many times do not exist and do not fire, as the schedule follows real time.
    DoesNotFire {
        /// How many.
        times: usize,
    },
    /// So many fixed times come twice; each fires the first time only.
    FiresOnce {
        /// How many.
        times: usize,
    },
    /// So many times come twice; each fires both times, as the schedule follows real time.
    FiresTwice {
        /// How many.
        times: usize,
    },
}

/// At most this many are returned: the clocks change twice a year.
const MAX_CHANGES: usize = 200;

/// No zone has changed its clock and changed it back within as many hours.
const STEP: TimeDelta = TimeDelta::hours(12);

/// The changes of the clock from `from` up to, but not including, `until`, that affect fire times of `schedule`; at most
/// the first 200. Schedules that do not look at a clock meet none: `once`, `every`, and any in a zone that keeps its time.
pub fn clock_changes(
    schedule: &Schedule,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Vec<ClockChange> {
    let zone = schedule.timezone();
    // A change at `from` itself counts.
    let from = from
        .checked_sub_signed(TimeDelta::seconds(1))
        .unwrap_or(from);
    match schedule {
        Schedule::Once(_) | Schedule::Every(_) | Schedule::After => Vec::new(),
        Schedule::Cron(cron) => {
            let met = |at| {
                change(
                    schedule,
                    cron.wall_times(),
                    cron.follows_real_time(),
                    zone,
                    at,
                )
            };
            offset_changes(zone, from, until)
                .filter_map(met)
                .take(MAX_CHANGES)
                .collect()
        }
        Schedule::Rrule(rule) => {
            let met = |at| change(schedule, rule.wall_times(), false, zone, at);
            offset_changes(zone, from, until)
                .filter_map(met)
                .take(MAX_CHANGES)
                .collect()
        }
    }
}

/// Every change of the zone's offset after `from` and before `until`.
pub(in crate::domain) fn offset_changes(
    zone: Tz,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> impl Iterator<Item = DateTime<Utc>> {
    // From the second before, so that a change at `from` itself is seen.
    let from =
        super::within_years(from).unwrap_or_else(super::end_of_years) - TimeDelta::seconds(1);
    let until = until.min(super::end_of_years());
    let mut reached = super::super::floor_second(from);
    std::iter::from_fn(move || {
        while reached < until {
            let (before, here) = (reached, offset(zone, reached));
            reached += STEP;
            if offset(zone, reached) != here {
                return Some(first_instant(before, reached, |at| {
                    offset(zone, at) != here
                }));
            }
        }
        None
    })
    .filter(move |at| *at < until)
}

/// The change at `at`, if the schedule meets it.
fn change(
    schedule: &Schedule,
    walls: &impl WallTimes,
    follows_real_time: bool,
    zone: Tz,
    at: DateTime<Utc>,
) -> Option<ClockChange> {
    let just_before = at - TimeDelta::seconds(1);
    let (before, after) = (offset(zone, just_before), offset(zone, at));
    let shown = wall(zone, at);
    let expected = shown - after + before;
    let local = (shown.min(expected), shown.max(expected));
    let jumps = after > before;
    let width = local.1 - local.0;
    let times = within(walls, local).count();
    if times == 0 || schedule.next(at - width).is_none() {
        return None;
    }
    let paced = || keeps_its_pace(schedule, walls, at, width, before);
    let effect = match (jumps, follows_real_time) {
        (true, false) => Effect::FiresAtTheJump { times },
        (false, false) => Effect::FiresOnce { times },
        // Every ten minutes is every ten minutes, whatever the clock shows.
        (_, true) if paced() => return None,
        (true, true) => Effect::DoesNotFire { times },
        (false, true) => Effect::FiresTwice { times },
    };
    Some(ClockChange {
        at,
        before: fixed_offset(zone, just_before),
        after: fixed_offset(zone, at),
        local,
        effect,
        words: words(shown, expected, effect),
    })
}

/// The wall times from one up to, but not including, another.
fn within(
    times: &impl WallTimes,
    (from, until): (NaiveDateTime, NaiveDateTime),
) -> impl Iterator<Item = NaiveDateTime> {
    let next = move |from| times.next_wall(from).filter(|time| *time < until);
    std::iter::successors(next(from), move |time| next(*time + TimeDelta::seconds(1)))
}

/// Whether nobody who counts seconds can tell: in the stretch after the change, as long as what it left out or repeats, it
/// fires when it would have fired on a clock that had not been changed.
fn keeps_its_pace(
    schedule: &Schedule,
    times: &impl WallTimes,
    at: DateTime<Utc>,
    width: TimeDelta,
    before: TimeDelta,
) -> bool {
    let unchanged = (at + before).naive_utc();
    let would = within(times, (unchanged, unchanged + width));
    let would = would.map(|time| (time - before).and_utc());
    would.eq(schedule.between(at, at + width))
}

fn words(shown: NaiveDateTime, expected: NaiveDateTime, effect: Effect) -> String {
    // A change at midnight is about two dates, and one of a whole day about nothing but dates.
    let text = |time: NaiveDateTime| {
        let same_day = time.date() == shown.date();
        let format = if same_day { "%H:%M" } else { "%H:%M on %-d %B" };
        time.format(format).to_string()
    };
    let clock = format!(
        "On {} the clock goes from {} to {}",
        shown.format("%-d %B %Y"),
        text(expected),
        text(shown)
    );
    let of = |times: usize, one: &str, many: &str| match times {
        1 => format!("one time {one}"),
        _ => format!("{times} times {many}"),
    };
    match effect {
        Effect::FiresAtTheJump { times: 1 } => {
            format!("{clock}: one time does not exist and fires at the jump.")
        }
        Effect::FiresAtTheJump { times } => {
            format!("{clock}: {times} times do not exist and fire once together, at the jump.")
        }
        Effect::DoesNotFire { times } => {
            let what = of(
                times,
                "does not exist and does not fire",
                "do not exist and do not fire",
            );
            format!("{clock}: {what}.")
        }
        Effect::FiresOnce { times } => {
            let what = of(times, "comes twice and fires", "come twice and fire");
            format!("{clock}: {what} only the first time.")
        }
        Effect::FiresTwice { times } => {
            let what = of(times, "comes twice and fires", "come twice and fire");
            format!("{clock}: {what} both times.")
        }
    }
}

#[cfg(test)]
mod tests;
