use chrono::TimeDelta;

use super::*;
use crate::plan::dependencies::missed_since;
use ExecutionState::{Dead, Running, Succeeded};

/// Nothing ticked from half past eleven on. The latest run that was missed stands for the others.
const BACK: &str = "2026-11-21T12:12:00Z";

fn latest() -> Occasion {
    Occasion::Scheduled(at("2026-11-21T12:10:00Z"))
}

fn every_five_minutes(number: u128, policy: &str) -> Job {
    let schedule = json!({ "kind": "cron", "expression": "*/5 * * * *" });
    let more = json!({ "misfire": { "policy": policy } });
    job(number, Some(schedule), &[], &more)
}

/// 1 fires every five minutes, 2 and 3 run after it, 9 fires on every full hour after `awaited`.
fn after_the_outage(policy: &str, awaited: u128) -> Shelf {
    let hourly = json!({ "kind": "cron", "expression": "0 * * * *" });
    let last = job(9, Some(hourly), &[awaited], &json!({}));
    let first = every_five_minutes(1, policy);
    let mut shelf = Shelf::of([first, behind(2, &[1]), behind(3, &[2]), last]);
    shelf.now = Some(at(BACK));
    shelf
}

/// The run of 1 at ten past stands for `count`, itself included.
fn with_the_latest(mut shelf: Shelf, state: ExecutionState, count: u32) -> Shelf {
    let id = of(1, latest());
    shelf.put(id, state, None);
    shelf.records.get_mut(&id).unwrap().stands_for = Some(count);
    shelf
}

#[test]
fn a_run_that_an_upstream_missed_is_answered_for_by_the_one_that_stands_for_it() {
    for policy in ["fire_latest", "skip"] {
        let shelf = || after_the_outage(policy, 1);
        assert_eq!(shelf().gate(9), Gate::Waits(of(1, this_run())), "{policy}");
        let begun = with_the_latest(shelf(), Running, 9);
        assert_eq!(begun.gate(9), Gate::Waits(of(1, latest())), "{policy}");
        let ended = with_the_latest(shelf(), Succeeded, 9);
        assert_eq!(ended.gate(9), OPEN, "{policy}");
        let failed = with_the_latest(shelf(), Dead, 9);
        assert_eq!(failed.gate(9), Gate::Failed(of(1, latest())), "{policy}");
    }
}

#[test]
fn a_run_that_is_not_counted_as_missed_is_waited_for_itself() {
    // Three: itself, five past, and noon.
    let counted = with_the_latest(after_the_outage("fire_latest", 1), Succeeded, 3);
    assert_eq!(counted.gate(9), OPEN);
    let not_counted = with_the_latest(after_the_outage("fire_latest", 1), Succeeded, 2);
    assert_eq!(not_counted.gate(9), Gate::Waits(of(1, this_run())));
    // Each one gets a message of its own.
    let all = with_the_latest(after_the_outage("fire_all", 1), Succeeded, 3);
    assert_eq!(all.gate(9), Gate::Waits(of(1, this_run())));
}

#[test]
fn what_an_upstream_missed_is_stood_for_through_those_that_run_after_it_alone() {
    let mut shelf = with_the_latest(after_the_outage("fire_latest", 3), Succeeded, 9);
    assert_eq!(shelf.gate(9), Gate::Waits(of(3, latest())));
    shelf.put(of(2, latest()), Succeeded, None);
    shelf.put(of(3, latest()), Succeeded, None);
    assert_eq!(shelf.gate(9), OPEN);
}

#[test]
fn a_run_behind_two_of_which_one_missed_its_own_goes_on_with_what_stands_for_that() {
    let mut shelf = Shelf::of([
        every_five_minutes(1, "fire_latest"),
        every_five_minutes(2, "fire_all"),
        behind(4, &[1, 2]),
    ]);
    shelf.now = Some(at(BACK));
    shelf.put(of(2, this_run()), Succeeded, None);
    let shelf = with_the_latest(shelf, Succeeded, 9);
    assert_eq!(shelf.gate(4), OPEN);
}

#[test]
fn a_run_that_is_merely_late_costs_no_search_for_another() {
    let mut shelf = after_the_outage("fire_latest", 1);
    shelf.now = Some(noon() + TimeDelta::seconds(60));
    // The row, and the record.
    assert_eq!(
        shelf.asked(9, this_run()),
        (Gate::Waits(of(1, this_run())), 2)
    );
}

#[test]
fn a_run_tells_from_when_on_it_stands_for_others() {
    let row = Row {
        job: every_five_minutes(1, "fire_latest"),
        exclusions: Exclusions::default(),
    };
    let since = |stands_for, begin| {
        let mut run = record(of(1, latest()), Succeeded);
        run.stands_for = stands_for;
        missed_since(&row, &run, begin)
    };
    let created = row.job.effective_from;
    let first = Some(at("2026-11-21T11:05:00Z"));
    // Ten thousand others are as many as are counted: they may have been more.
    let (counted, uncounted) = (Some(10_000), Some(10_001));
    for (stands_for, begin, expected) in [
        (Some(3), created, Some(noon())),
        (counted, created, first),
        (uncounted, created, first),
        (Some(1), created, None),
        (None, created, None),
        // From its own fire time on, there is no other.
        (counted, latest().fire_time(), None),
        (uncounted, latest().fire_time(), None),
    ] {
        assert_eq!(since(stands_for, begin), expected, "{stands_for:?} {begin}");
    }
}
