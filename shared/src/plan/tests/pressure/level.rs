//! When what is given up, and what capacity is.

use proptest::prelude::*;

use super::load;
use crate::domain::{Level, PerBand, Priority, Work};
use crate::plan::pressure::{capacity, next_level, room, worth_noting};
use crate::plan::tests::seconds;

use Level::{Calm, CreatesRefused, LowShed, NormalShed};

/// The level after `present`, with so much ready in each band that takes a hundred a minute.
fn next(present: Level, high: u64, normal: u64, low: u64) -> Level {
    let loads = PerBand {
        high: load(high),
        normal: load(normal),
        low: load(low),
    };
    next_level(present, &loads)
}

#[test]
fn a_level_begins_at_its_backlog_at_once() {
    for (high, normal, low, level) in [
        (0, 0, 0, Calm),
        (199, 199, 199, Calm),
        (0, 0, 200, LowShed),
        (200, 0, 0, LowShed),
        (0, 0, 100_000, LowShed),
        (0, 400, 0, NormalShed),
        (400, 0, 0, NormalShed),
        (0, 800, 0, CreatesRefused),
        (100_000, 0, 0, CreatesRefused),
    ] {
        assert_eq!(
            next(Calm, high, normal, low),
            level,
            "{high} {normal} {low}"
        );
    }
}

#[test]
fn a_level_ends_at_a_smaller_backlog_than_it_began_at_and_one_by_one() {
    for (present, normal, level) in [
        (LowShed, 100, LowShed),
        (LowShed, 99, Calm),
        (NormalShed, 200, NormalShed),
        (NormalShed, 199, LowShed),
        (CreatesRefused, 400, CreatesRefused),
        (CreatesRefused, 399, NormalShed),
        (CreatesRefused, 0, NormalShed),
    ] {
        assert_eq!(next(present, 0, normal, 0), level, "{present:?} {normal}");
    }
}

#[test]
fn the_most_urgent_are_never_shed_and_the_least_urgent_are_shed_first() {
    let shed = |level: Level| {
        let all = (1..=10).map(|number| Priority::try_from(number).unwrap());
        all.filter(|priority| level.sheds(*priority))
            .map(u8::from)
            .collect::<Vec<_>>()
    };
    assert!(shed(Calm).is_empty());
    assert_eq!(shed(LowShed), [8, 9, 10]);
    assert_eq!(shed(NormalShed), [4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(shed(CreatesRefused), shed(NormalShed));
}

#[test]
fn capacity_is_what_the_places_take_at_the_measured_length_with_a_default_and_a_floor() {
    let work = |runs, busy_ms| Work { runs, busy_ms };
    for (places, measured, expected) in [
        (10, work(0, 0), 600),
        (10, work(990, 1_990_000), 300),
        (10, work(1_000_000, 0), 30_000),
        (1, work(1_000, 90_000_000), 1),
        (0, work(0, 0), 1),
    ] {
        assert_eq!(capacity(places, measured), expected, "{measured:?}");
    }
}

#[test]
fn what_is_left_over_takes_the_room_of_the_minutes_to_come() {
    // A hundred a minute; two and a half minutes of work are ready.
    for (before, admitted, expected) in [
        (vec![], 0, 0),
        (vec![0], 0, 0),
        (vec![0, 0], 0, 50),
        (vec![0, 0], 20, 30),
        (vec![0, 0, 0], 0, 100),
        (vec![0, 70, 0], 0, 80),
        (vec![100, 100, 100], 0, 0),
    ] {
        let found = room(&load(250), before.clone(), admitted);
        assert_eq!(found, expected, "{before:?} {admitted}");
    }
    assert_eq!(room(&load(30), [], 20), 50);
}

#[test]
fn little_work_is_never_written_down_and_much_at_most_every_five_seconds() {
    let work = |busy_ms| Work { runs: 1, busy_ms };
    assert!(!worth_noting(work(59_999), seconds(86_400)));
    assert!(worth_noting(work(60_000), seconds(5)));
    assert!(!worth_noting(work(6_000_000), seconds(4)));
}

proptest! {
    #[test]
    fn a_backlog_that_stays_as_it_is_leads_to_a_level_that_stays_as_it_is(
        high in 0..2_000_u64, normal in 0..2_000_u64, low in 0..2_000_u64, start in 0..4_usize,
    ) {
        let mut level = Level::ALL[start];
        for _ in 0..4 {
            level = next(level, high, normal, low);
        }
        prop_assert_eq!(next(level, high, normal, low), level);
    }

    #[test]
    fn more_backlog_never_leads_to_a_lower_level(
        high in 0..2_000_u64, normal in 0..2_000_u64, low in 0..2_000_u64, more in 0..500_u64, start in 0..4_usize,
    ) {
        let present = Level::ALL[start];
        let before = next(present, high, normal, low);
        prop_assert!(next(present, high + more, normal, low) >= before);
        prop_assert!(next(present, high, normal + more, low) >= before);
        prop_assert!(next(present, high, normal, low + more) >= before);
    }
}
