//! What a tick scans, and where the low-water mark goes.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::now;
use crate::domain::{Admissions, Minute, Term};
use crate::plan::{LOOKAHEAD_MINUTES, low_water_after, minutes_to_scan};
use crate::port::Progress;

fn progress(low_water: i64, done: &[i64]) -> Progress {
    let present = Minute::of(now());
    Progress {
        term: Term::default(),
        low_water: present.plus(low_water),
        done: done.iter().map(|count| present.plus(*count)).collect(),
        admitted: Admissions::default(),
    }
}

/// The minutes to scan, counted from the present one.
fn scanned(progress: &Progress) -> Vec<i64> {
    let present = Minute::of(now()).start();
    let minutes = minutes_to_scan(progress, now());
    minutes
        .iter()
        .map(|minute| (minute.start() - present).num_minutes())
        .collect()
}

#[test]
fn the_minutes_ahead_come_first_in_order_and_the_past_after_them_newest_first() {
    assert_eq!(scanned(&progress(-3, &[])), [0, 1, 2, 3, -1, -2, -3]);
}

#[test]
fn minutes_that_are_done_are_left_out() {
    assert_eq!(scanned(&progress(-3, &[-2, 0, 3])), [1, 2, -1, -3]);
}

#[test]
fn nothing_before_the_low_water_mark_is_scanned() {
    assert_eq!(scanned(&progress(2, &[])), [2, 3]);
    assert_eq!(scanned(&progress(4, &[])), [0; 0]);
}

#[test]
fn no_minute_older_than_seven_days_is_scanned() {
    let oldest = -7 * 24 * 60;
    let minutes = scanned(&progress(oldest - 500, &[]));
    assert_eq!(minutes.last(), Some(&oldest));
}

#[test]
fn the_low_water_mark_passes_done_minutes_up_to_the_first_gap() {
    let table: [(&[i64], i64); 4] = [(&[], -3), (&[-3, -2], -1), (&[-2], -3), (&[-3, -1], -2)];
    for (done, expected) in table {
        let mark = low_water_after(&progress(-3, done));
        assert_eq!(mark, Minute::of(now()).plus(expected), "{done:?}");
    }
}

proptest! {
    #[test]
    fn every_minute_is_scanned_once_or_done_or_below_the_low_water_mark(
        low_water in -200_i64..6,
        done in prop::collection::btree_set(-200_i64..6, 0..100),
    ) {
        let done: Vec<_> = done.into_iter().collect();
        let minutes = scanned(&progress(low_water, &done));
        let distinct: BTreeSet<_> = minutes.iter().copied().collect();
        prop_assert_eq!(distinct.len(), minutes.len());
        let owed: BTreeSet<_> = (low_water..=LOOKAHEAD_MINUTES)
            .filter(|minute| !done.contains(minute))
            .collect();
        prop_assert_eq!(distinct, owed);
    }

    #[test]
    fn raising_the_low_water_mark_never_hides_a_minute_that_is_not_done(
        low_water in -200_i64..6,
        done in prop::collection::btree_set(-200_i64..6, 0..100),
    ) {
        let done: Vec<_> = done.into_iter().collect();
        let before = progress(low_water, &done);
        let after = Progress { low_water: low_water_after(&before), ..before.clone() };
        prop_assert!(after.low_water >= before.low_water);
        prop_assert_eq!(scanned(&after), scanned(&before));
    }
}
