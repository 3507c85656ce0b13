//! Where jobs are placed by load.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::json;

use super::{job, taken_at, window};
use crate::domain::{JobId, SpreadSeconds, Window};
use crate::plan::forecast::{Load, nominal_times, quietest};

fn id(number: u128) -> JobId {
    JobId::from_random(number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
}

fn hour() -> Window {
    window("2026-10-26T00:00:00Z", "2026-10-26T01:00:00Z")
}

fn times(count: i64, apart: i64) -> Vec<DateTime<Utc>> {
    (0..count)
        .map(|index| hour().from + TimeDelta::seconds(index * apart))
        .collect()
}

proptest! {
    #[test]
    fn a_place_lies_in_its_window_and_none_is_quieter(
        busy in prop::collection::vec((0_i64..3_600, 1_usize..5), 0..200),
        size in 1_u32..900, count in 1_i64..4, number: u64,
    ) {
        let mut load = Load::none(hour());
        for (second, starts) in busy {
            load.add(vec![hour().from + TimeDelta::seconds(second); starts]);
        }
        let times = times(count, 900);
        let placed = quietest(&load, &times, SpreadSeconds::try_from(size).unwrap(), id(number.into())).unwrap();
        prop_assert!(placed.offset_seconds < size);
        prop_assert_eq!(placed.window_seconds, size);
        let at = |offset: u32| -> u64 {
            let index = |time: &DateTime<Utc>| (*time - hour().from).num_seconds() + i64::from(offset);
            let counts = times.iter().map(|time| load.seconds()[usize::try_from(index(time)).unwrap()]);
            counts.map(u64::from).sum()
        };
        let least = (0..size).map(at).min().unwrap();
        prop_assert_eq!(at(placed.offset_seconds), least);
    }

    #[test]
    fn jobs_that_are_placed_one_after_the_other_share_no_second_before_all_are_taken(size in 1_u32..300, more in 0_u32..300) {
        let spread = SpreadSeconds::try_from(size).unwrap();
        let mut load = Load::none(hour());
        let times = times(3, 900);
        let jobs = size + more;
        for number in 0..jobs {
            let placed = quietest(&load, &times, spread, id(number.into())).unwrap();
            load.add(times.iter().map(|time| *time + placed.offset()));
        }
        let first = &load.seconds()[..usize::try_from(size).unwrap()];
        let (least, most) = (first.iter().min().unwrap(), first.iter().max().unwrap());
        prop_assert!(most - least <= 1, "{least} to {most}");
    }
}

#[test]
fn jobs_that_are_placed_by_the_same_load_do_not_meet() {
    let load = Load::none(hour());
    let spread = SpreadSeconds::try_from(900).unwrap();
    let mut taken = BTreeMap::<u32, u32>::new();
    for number in 0..900 {
        let placed = quietest(&load, &times(1, 1), spread, id(number)).unwrap();
        *taken.entry(placed.offset_seconds).or_default() += 1;
    }
    // As balls that are thrown into bins at random.
    assert!(taken.len() > 500, "{} of 900 seconds", taken.len());
    assert!(taken.values().all(|jobs| *jobs < 10), "{taken:?}");
}

#[test]
fn without_a_window_there_is_no_place() {
    let load = Load::none(hour());
    assert_eq!(
        quietest(&load, &times(1, 1), SpreadSeconds::default(), id(1)),
        None
    );
}

#[test]
fn what_lies_behind_the_load_is_judged_by_its_last_day() {
    let two_days = window("2026-10-26T00:00:00Z", "2026-10-28T00:00:00Z");
    let mut load = Load::none(two_days);
    // The first three quarters of the minute at noon are busy on the last day.
    for second in 0..45 {
        load.add([super::at("2026-10-27T12:00:00Z") + TimeDelta::seconds(second)]);
    }
    let week_later = [super::at("2026-11-03T12:00:00Z")];
    for number in 0..50 {
        let spread = SpreadSeconds::try_from(60).unwrap();
        let placed = quietest(&load, &week_later, spread, id(number)).unwrap();
        assert!(placed.offset_seconds >= 45, "{placed:?}");
    }
}

#[test]
fn nominal_times_are_those_before_any_spread_and_no_more_than_a_hundred() {
    let hourly = json!({ "kind": "cron", "expression": "0 * * * *" });
    let spread = job(1, &hourly, &json!({ "spread_seconds": 900 })).unwrap();
    let found = nominal_times(&spread.timetable, taken_at());
    assert_eq!(found.len(), 100);
    assert!(found.iter().all(|time| time.timestamp() % 3_600 == 0));
    assert_eq!(found[0], super::at("2026-10-24T13:00:00Z"));
}
