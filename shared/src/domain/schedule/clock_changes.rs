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
    match schedule {
        Schedule::Once(_) | Schedule::Every(_) => Vec::new(),
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

/// Every change of the zone's offset, whether anything fires or not.
fn offset_changes(
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
mod tests {
    use serde_json::{Value, json};

    use super::super::ScheduleRequest;
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn met(schedule: Value, from: &str, until: &str) -> Vec<ClockChange> {
        let request: ScheduleRequest = serde_json::from_value(schedule).unwrap();
        let schedule = Schedule::from_request(&request, at("2026-01-01T00:00:00Z"), 0).unwrap();
        clock_changes(&schedule, at(from), at(until))
    }

    fn of_cron(expression: &str, timezone: &str) -> Vec<(String, Effect, String)> {
        let schedule = json!({ "kind": "cron", "expression": expression, "timezone": timezone });
        let met = met(schedule, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        let short = |change: ClockChange| {
            let at = change.at.format("%m-%dT%H:%MZ").to_string();
            (at, change.effect, change.words)
        };
        met.into_iter().map(short).collect()
    }

    #[test]
    fn a_fixed_time_is_moved_to_the_jump_and_fires_once_in_the_fold() {
        assert_eq!(
            of_cron("30 2 * * *", "Europe/Berlin"),
            [
                ("03-29T01:00Z".into(), Effect::FiresAtTheJump { times: 1 }, "On 29 March 2026 the clock goes from 02:00 to 03:00: one time does not exist and fires at the jump.".into()),
                ("10-25T01:00Z".into(), Effect::FiresOnce { times: 1 }, "On 25 October 2026 the clock goes from 03:00 to 02:00: one time comes twice and fires only the first time.".into()),
            ]
        );
        assert_eq!(
            of_cron("0,20,40 1-3 8 3 *", "America/New_York"),
            [("03-08T07:00Z".into(), Effect::FiresAtTheJump { times: 3 }, "On 8 March 2026 the clock goes from 02:00 to 03:00: 3 times do not exist and fire once together, at the jump.".into())]
        );
    }

    #[test]
    fn a_schedule_that_follows_real_time_loses_or_repeats_times() {
        assert_eq!(
            of_cron("*/30 2 * * *", "Europe/Berlin"),
            [
                ("03-29T01:00Z".into(), Effect::DoesNotFire { times: 2 }, "On 29 March 2026 the clock goes from 02:00 to 03:00: 2 times do not exist and do not fire.".into()),
                ("10-25T01:00Z".into(), Effect::FiresTwice { times: 2 }, "On 25 October 2026 the clock goes from 03:00 to 02:00: 2 times come twice and fire both times.".into()),
            ]
        );
    }

    #[test]
    fn what_keeps_its_pace_or_its_distance_meets_nothing() {
        for expression in [
            "*/10 * * * *",
            "0 * * * *",
            "0 9 * * *",
            "30 2 * * MON",
            "30 2 30 * *",
        ] {
            assert_eq!(of_cron(expression, "Europe/Berlin"), [], "{expression}");
        }
        for timezone in ["UTC", "Asia/Kolkata", "America/Phoenix"] {
            assert_eq!(of_cron("30 2 * * *", timezone), [], "{timezone}");
        }
        let (from, until) = ("2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z");
        let every = json!({ "kind": "every", "seconds": 600 });
        assert_eq!(met(every, from, until), []);
        let once =
            json!({ "kind": "once", "local": "2026-03-29T02:30:00", "timezone": "Europe/Berlin" });
        assert_eq!(met(once, from, until), []);
    }

    #[test]
    fn half_an_hour_is_enough() {
        // Lord Howe goes back from 02:00 to 01:30 in April, and ahead from 02:00 to 02:30 in October.
        let of_lord_howe = |expression| {
            let all = of_cron(expression, "Australia/Lord_Howe");
            all.into_iter()
                .map(|(at, effect, _)| (at, effect))
                .collect::<Vec<_>>()
        };
        let (april, october) = ("04-04T15:00Z".to_owned(), "10-03T15:30Z".to_owned());
        assert_eq!(
            of_lord_howe("45 1 * * *"),
            [(april.clone(), Effect::FiresOnce { times: 1 })]
        );
        assert_eq!(
            of_lord_howe("15 2 * * *"),
            [(october.clone(), Effect::FiresAtTheJump { times: 1 })]
        );
        // Every hour at :00 is not every sixty minutes here.
        assert_eq!(
            of_lord_howe("0 * * * *"),
            [(october, Effect::DoesNotFire { times: 1 })]
        );
        assert_eq!(
            of_lord_howe("45 * * * *"),
            [(april, Effect::FiresTwice { times: 1 })]
        );
    }

    #[test]
    fn a_rule_is_told_as_a_fixed_time_with_instant_and_offsets() {
        let rule = json!({ "kind": "rrule", "rule": "FREQ=DAILY", "starts_at_local": "2026-01-01T02:30:00", "timezone": "Europe/Berlin" });
        let at_jump = "2026-03-29T01:00:00Z";
        let found = met(rule.clone(), at_jump, "2026-03-29T01:00:01Z");
        let [change] = &found[..] else {
            panic!("{found:?}");
        };
        assert_eq!(change.at, at(at_jump));
        assert_eq!(
            (
                change.before.local_minus_utc(),
                change.after.local_minus_utc()
            ),
            (3_600, 7_200)
        );
        assert_eq!(change.local.0.to_string(), "2026-03-29 02:00:00");
        assert_eq!(change.local.1.to_string(), "2026-03-29 03:00:00");
        assert_eq!(
            met(rule, "2026-01-01T00:00:00Z", at_jump),
            [],
            "the end is not included"
        );
    }

    #[test]
    fn a_day_that_is_left_out_is_named() {
        let noon =
            json!({ "kind": "cron", "expression": "0 12 * * *", "timezone": "Pacific/Apia" });
        let found = met(noon, "2011-12-01T00:00:00Z", "2012-01-31T00:00:00Z");
        let words: Vec<_> = found.iter().map(|change| change.words.as_str()).collect();
        assert_eq!(
            words,
            [
                "On 31 December 2011 the clock goes from 00:00 on 30 December to 00:00: one time does not exist and fires at the jump."
            ]
        );
    }

    #[test]
    fn the_ends_of_time_are_no_place_to_panic() {
        let cron =
            json!({ "kind": "cron", "expression": "30 2 * * *", "timezone": "Europe/Berlin" });
        let request: ScheduleRequest = serde_json::from_value(cron).unwrap();
        let schedule = Schedule::from_request(&request, at("2026-01-01T00:00:00Z"), 0).unwrap();
        let all = clock_changes(
            &schedule,
            DateTime::<Utc>::MIN_UTC,
            DateTime::<Utc>::MAX_UTC,
        );
        assert_eq!(all.len(), MAX_CHANGES);
        assert_eq!(
            clock_changes(
                &schedule,
                DateTime::<Utc>::MAX_UTC,
                DateTime::<Utc>::MIN_UTC
            ),
            []
        );
    }
}
