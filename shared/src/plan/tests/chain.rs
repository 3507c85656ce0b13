//! Where the hint of a living chain can be: wherever a scanner that keeps up has put it, and nowhere else.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use proptest::prelude::*;
use serde_json::json;

use super::{at, every, hourly, in_state, job_with, now, owed};
use crate::domain::{Admissions, JobState, Minute, Term};
use crate::plan::{hints_of_chain, low_water_after, minutes_to_scan, plan_fires, unscanned};
use crate::port::Progress;

fn scanned_up_to(minute: Minute) -> Progress {
    Progress {
        term: Term::default(),
        low_water: minute,
        done: BTreeSet::new(),
        admitted: Admissions::default(),
    }
}

#[test]
fn a_job_whose_time_is_far_off_has_one_place_for_its_hint() {
    let unscanned = unscanned(&scanned_up_to(Minute::of(now()).plus(4)), now()).unwrap();
    let places = hints_of_chain(&hourly(&json!({})), &unscanned, now());
    assert_eq!(places, [at("2026-11-21T13:00:00Z")]);
}

#[test]
fn every_minute_behind_in_which_it_fires_is_one_more_place_and_none_is_named_twice() {
    let job = job_with(&every(120), &json!({}), at("2026-11-01T00:00:00Z"));
    let unscanned = unscanned(&scanned_up_to(Minute::of(now()).plus(-4)), now()).unwrap();
    let places = hints_of_chain(&job, &unscanned, now());
    let expected = ["12:06", "12:04", "12:02", "12:00", "11:58", "11:56"];
    assert_eq!(
        places,
        expected.map(|time| at(&format!("2026-11-21T{time}:00Z")))
    );
}

#[test]
fn a_job_that_rests_or_has_ended_has_no_chain() {
    let unscanned = unscanned(&scanned_up_to(Minute::of(now())), now()).unwrap();
    let paused = in_state(hourly(&json!({})), JobState::Paused);
    let ended = job_with(&every(60), &json!({ "max_runs": 3 }), now());
    for job in [paused, ended] {
        assert!(hints_of_chain(&job, &unscanned, now()).is_empty());
    }
}

#[test]
fn a_scanner_that_is_far_behind_hides_where_hints_are() {
    let behind = |minutes: i64| unscanned(&scanned_up_to(Minute::of(now()).plus(-minutes)), now());
    assert!(behind(59).is_some());
    assert!(behind(61).is_none());
}

proptest! {
    /// Ticks come and fail as they will; whenever anybody looks, one of the places holds the chain's hint.
    #[test]
    fn the_hint_of_a_living_chain_is_in_one_of_its_places(
        period in prop::sample::select(vec![10_i64, 45, 60, 90, 250, 420, 3_600]),
        created_ms in 0_i64..600_000,
        ticks in prop::collection::vec((0_i64..58_000, any::<bool>()), 50),
    ) {
        let created = now() + TimeDelta::milliseconds(created_ms);
        let job = job_with(&every(period), &json!({}), created);
        let mut hints = BTreeSet::from_iter(plan_fires(owed(&job), job.effective_from, created).hint);
        let mut progress = scanned_up_to(Minute::of(created));
        for (minute, (millis, ticks)) in (1_i64..).zip(ticks) {
            let now = Minute::of(created).plus(minute).start() + TimeDelta::milliseconds(millis);
            let is_known = |progress: &Progress, hints: &BTreeSet<_>| {
                let Some(unscanned) = unscanned(progress, now) else { return true };
                hints_of_chain(&job, &unscanned, now).iter().any(|place| hints.contains(place))
            };
            prop_assert!(is_known(&progress, &hints));
            if !ticks {
                continue;
            }
            for minute in minutes_to_scan(&progress, now) {
                let due: Vec<_> = hints.range(minute.start()..minute.plus(1).start()).copied().collect();
                for hint in due {
                    hints.extend(plan_fires(owed(&job), hint, now).hint);
                }
                progress.done.insert(minute);
            }
            progress.low_water = low_water_after(&progress);
            prop_assert!(is_known(&progress, &hints));
            // Without the newest hint the chain has ended, and nobody takes an older one for it.
            let mut robbed = hints.clone();
            robbed.pop_last();
            prop_assert!(!is_known(&progress, &robbed), "{hints:?}");
        }
    }
}
