//! The ledger's law: whatever a day brings, every planned occurrence has exactly one outcome, and `missing` says no more
//! and no less than that something was lost.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::json;

use super::day::{Change, Day, Outage, begin, end};
use crate::domain::{JobState, Occasion, Outcome};
use crate::plan::ledger::{Entry, by_key};

fn periods() -> impl Strategy<Value = i64> {
    prop::sample::select(vec![60, 90, 300, 420, 3_600])
}

fn changes() -> impl Strategy<Value = Vec<(i64, Change)>> {
    let change = prop_oneof![
        3 => Just(Change::Pause),
        3 => Just(Change::Resume),
        2 => periods().prop_map(Change::Edit),
        1 => Just(Change::Rename),
        3 => (0_usize..8).prop_map(Change::Skip),
    ];
    let timed = (0_i64..86_400).prop_map(|second| second * 1_000 + 370);
    let cancel = prop::option::weighted(0.2, (80_000_i64..86_000).prop_map(|at| at * 1_000 + 370));
    (prop::collection::vec((timed, change), 0..12), cancel).prop_map(|(mut changes, cancel)| {
        changes.extend(cancel.map(|millis| (millis, Change::Cancel)));
        changes
    })
}

fn days() -> impl Strategy<Value = Day> {
    let policy = prop::sample::select(vec!["fire_all", "fire_latest", "skip"]);
    let window = prop::sample::select(vec![600_u32, 7_200, 86_400]);
    let max_runs = prop::option::of(1_u32..400);
    let delay = prop_oneof![6 => Just(0_i64), 2 => 0_i64..20, 1 => 0_i64..400];
    let delays = prop::collection::vec(delay, 1..40);
    (periods(), policy, window, max_runs, delays).prop_map(
        |(period, policy, window, max_runs, delays)| {
            let mut more =
                json!({ "misfire": { "policy": policy, "catch_up_window_seconds": window } });
            if let Some(max_runs) = max_runs {
                more["max_runs"] = json!(max_runs);
            }
            Day::of(period, &more, delays)
        },
    )
}

fn outages() -> impl Strategy<Value = Vec<Outage>> {
    let outage = (5_i64..1_300, 1_i64..300).prop_map(|(from, minutes)| (from, from + minutes));
    prop::collection::vec(outage, 0..3)
}

fn with(entries: &[Entry], outcome: Outcome) -> BTreeSet<DateTime<Utc>> {
    let found = entries.iter().filter(|entry| entry.outcome == outcome);
    found.map(|entry| entry.occasion.fire_time()).collect()
}

/// A fire time of the day, of the schedule as it was at first.
fn some_fire_time(day: &Day, chosen: usize) -> Option<DateTime<Utc>> {
    let fire_times: Vec<_> = day.row.timetable.between(begin(), end()).collect();
    fire_times.get(chosen % fire_times.len().max(1)).copied()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_planned_occurrence_is_listed_once_and_none_is_missing(day in days(), changes in changes()) {
        let day = day.run(&changes, &[]);
        let entries = day.entries();
        prop_assert!(entries.is_sorted_by(|one, other| by_key(one.occasion, other.occasion).is_lt()));
        let versions = day.versions();
        let planned: Vec<_> = versions.between(begin(), end()).map(|(at, _)| Occasion::Scheduled(at)).collect();
        let listed = entries.iter().filter(|entry| entry.planned).map(|entry| entry.occasion);
        prop_assert_eq!(listed.collect::<Vec<_>>(), planned);
        let recorded = entries.iter().filter(|entry| entry.execution.is_some()).count();
        prop_assert_eq!(recorded, day.records.range(begin()..end()).count());
        prop_assert_eq!(with(&entries, Outcome::Missing), BTreeSet::new());
        prop_assert_eq!(with(&entries, Outcome::Pending), BTreeSet::new());
        prop_assert!(entries.iter().all(|entry| !entry.explanation.is_empty()));
    }

    #[test]
    fn the_state_at_an_instant_decides_what_its_outcome_may_be(day in days(), changes in changes()) {
        let day = day.run(&changes, &[]);
        let versions = day.versions();
        for entry in day.entries() {
            let at = entry.occasion.fire_time();
            let Some(version) = versions.governing(at).filter(|_| entry.planned) else {
                continue;
            };
            let allowed: &[_] = match version.job.state {
                JobState::Paused => &[Outcome::Paused, Outcome::Canceled],
                JobState::Canceled => &[Outcome::Canceled],
                JobState::Active | JobState::Completed if version.job.skips.contains(&at) =>
                    &[Outcome::SkippedByUser, Outcome::Superseded, Outcome::Paused, Outcome::Canceled],
                JobState::Active | JobState::Completed =>
                    &[Outcome::Ran, Outcome::SkippedMisfire, Outcome::Superseded, Outcome::Paused, Outcome::Canceled],
            };
            prop_assert!(allowed.contains(&entry.outcome), "{entry:?} under {:?}", version.job.state);
        }
    }

    #[test]
    fn a_message_that_is_lost_is_missing_and_nothing_else_is(day in days(), changes in changes(), chosen: usize) {
        let Some(lost) = some_fire_time(&day, chosen) else { return Ok(()) };
        let day = day.losing(lost).run(&changes, &[]);
        let versions = day.versions();
        let was_owed = versions.governing(lost).is_some_and(|version| version.owed().contains(lost));
        let expected: BTreeSet<_> = was_owed.then_some(lost).into_iter().collect();
        prop_assert_eq!(with(&day.entries(), Outcome::Missing), expected);
    }

    #[test]
    fn a_record_that_is_deleted_leaves_a_missing_occurrence_and_nothing_else_changes(
        day in days(),
        changes in changes(),
        chosen: usize,
    ) {
        let mut day = day.run(&changes, &[]);
        let before = day.entries();
        let ran: Vec<_> = with(&before, Outcome::Ran).into_iter().collect();
        let Some(deleted) = ran.get(chosen % ran.len().max(1)).copied() else { return Ok(()) };
        day.records.remove(&deleted);
        let after = day.entries();
        prop_assert_eq!(with(&after, Outcome::Missing), BTreeSet::from([deleted]));
        let others = |entries: Vec<Entry>| {
            let others = entries.into_iter().filter(|entry| entry.occasion != Occasion::Scheduled(deleted));
            others.collect::<Vec<_>>()
        };
        prop_assert_eq!(others(before), others(after));
    }

    #[test]
    fn what_an_outage_missed_is_stood_for(day in days(), changes in changes(), outages in outages()) {
        // A change amid an outage may leave something missing: nobody sends what only the version before it owed.
        let calm = |millis: &i64| {
            let minute = millis / 60_000;
            outages.iter().all(|(from, to)| !(*from..*to + 1).contains(&minute))
        };
        let changes: Vec<_> = changes.into_iter().filter(|(millis, _)| calm(millis)).collect();
        let day = day.run(&changes, &outages);
        prop_assert_eq!(with(&day.entries(), Outcome::Missing), BTreeSet::new());
    }

    #[test]
    fn once_what_is_missing_is_sent_again_nothing_is(
        day in days(),
        changes in changes(),
        outages in outages(),
        chosen: usize,
    ) {
        let mut day = day.run(&changes, &outages);
        let recorded: Vec<_> = day.records.keys().copied().collect();
        if let Some(deleted) = recorded.get(chosen % recorded.len().max(1)) {
            day.records.remove(deleted);
        }
        let missing = with(&day.entries(), Outcome::Missing);
        for fire_time in missing {
            day.send_again(fire_time);
        }
        day.work_until(end() + TimeDelta::hours(6));
        prop_assert_eq!(with(&day.entries(), Outcome::Missing), BTreeSet::new());
    }
}
