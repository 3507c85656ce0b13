//! The model of lateness against cases by hand, and which way each change moves it.

use serde_json::{Value, json};

use super::{agenda, job, window};
use crate::domain::pull::PULL;
use crate::domain::{Agenda, Job, MaxConcurrency, PerBand, SpreadSeconds, UserId, Window, Work};
use crate::plan::forecast::Filter;
use crate::plan::forecast::what_if::{Assumptions, Change, SpreadChange, WhatIf, what_if};

fn herd(jobs: u32, more: &Value) -> Agenda {
    let hourly = json!({ "kind": "cron", "expression": "0 * * * *" });
    let jobs: Vec<Job> = (0..jobs)
        .filter_map(|number| job(number, &hourly, more))
        .collect();
    agenda(&jobs)
}

fn hours() -> Window {
    window("2026-10-26T00:30:00Z", "2026-10-26T02:30:00Z")
}

/// Places as deployed, and messages that take 0.3 s.
fn deployed() -> Assumptions {
    let work = Work {
        runs: 1_000_000,
        busy_ms: 300_000_000,
    };
    Assumptions::of(PerBand::of(|_| 500), PerBand::of(|_| work), 64)
}

fn ask(agenda: &Agenda, change: &Change) -> WhatIf {
    what_if(agenda, change, &Filter::default(), hours(), &deployed())
}

fn spread(seconds: u32, by_load: bool) -> Change {
    let window = SpreadSeconds::try_from(seconds).unwrap();
    Change {
        spread: Some(SpreadChange { window, by_load }),
        ..Change::default()
    }
}

#[test]
fn nothing_changed_is_nothing_gained() {
    let found = ask(&herd(500, &json!({})), &Change::default());
    assert_eq!(found.before, found.after);
    assert_eq!((found.before.starts, found.jobs), (1_000, 500));
    assert_eq!(found.before.peak_second.unwrap().1, 500);
}

#[test]
fn a_herd_waits_for_the_event_source_to_grow_and_a_spread_spares_it_that() {
    let found = ask(&herd(5_000, &json!({})), &spread(900, false));
    let (before, after) = (found.before, found.after);
    // 100 places when it is due, 50 more every second, 0.3 s each: 4,900 = (100 t + 25 t²) / 0.3, so t = 5.9 s.
    let p99 = before.lateness.p99.unwrap();
    assert!((5.0..6.8).contains(&p99), "{p99}");
    assert!(
        (5.0..6.8).contains(&before.drain_seconds),
        "{}",
        before.drain_seconds
    );
    assert!(after.lateness.p99.unwrap() < 0.5, "{after:?}");
    assert!(after.peak_second.unwrap().1 < 30, "{after:?}");
    assert_eq!(after.starts, before.starts);
    assert!(after.usd_a_month > before.usd_a_month, "alone is dearer");
}

#[test]
fn a_spread_by_load_leaves_no_second_with_two_where_there_is_room() {
    let found = ask(&herd(600, &json!({})), &spread(900, true));
    assert_eq!(found.after.peak_second.unwrap().1, 1, "{found:?}");
    let by_id = ask(&herd(600, &json!({})), &spread(900, false));
    assert!(by_id.after.peak_second.unwrap().1 > 1);
}

#[test]
fn a_spread_by_load_goes_around_those_that_stay() {
    let hourly = json!({ "kind": "cron", "expression": "0 * * * *" });
    let jobs: Vec<Job> = (0..90)
        .filter_map(|number| job(number, &hourly, &json!({})))
        .collect();
    let agenda = agenda(&jobs);
    let who = Filter {
        user: Some(UserId::new("user-1").unwrap()),
        ..Filter::default()
    };
    let found = what_if(&agenda, &spread(60, true), &who, hours(), &deployed());
    assert_eq!(found.jobs, 30);
    // The sixty others stay at the first second; thirty of sixty are placed at the others.
    assert_eq!(found.after.peak_second.unwrap().1, 60);
}

#[test]
fn a_limit_makes_those_wait_whom_it_is_about_and_nobody_else() {
    let change = Change {
        max_concurrency: Some(MaxConcurrency::try_from(10).unwrap()),
        ..Change::default()
    };
    let herd = herd(900, &json!({}));
    let who = Filter {
        user: Some(UserId::new("user-1").unwrap()),
        ..Filter::default()
    };
    let found = what_if(&herd, &change, &who, hours(), &deployed());
    // 300 of them at ten at a time, 0.3 s each: the last begins after 8.7 s.
    let max = found.after.lateness.max.unwrap();
    assert!((8.0..10.0).contains(&max), "{max}");
    assert!(found.after.lateness.p50.unwrap() <= found.before.lateness.p50.unwrap() + 0.1);
    assert!(found.after.drain_seconds < found.before.drain_seconds);
}

#[test]
fn limits_that_jobs_have_today_count_before_and_after() {
    let limited = json!({ "concurrency_key": "crm", "max_concurrency": 1 });
    let found = ask(&herd(90, &limited), &Change::default());
    // Three users, each with a key of its own: 30 jobs one after the other.
    let max = found.before.lateness.max.unwrap();
    assert!((8.0..10.0).contains(&max), "{max}");
    let paced = json!({ "rate_per_minute": 10, "concurrency_key": "crm" });
    let found = ask(&herd(90, &paced), &Change::default());
    let max = found.before.lateness.max.unwrap();
    assert!((160.0..185.0).contains(&max), "{max}");
}

#[test]
fn what_still_waits_when_a_stretch_ends_starts_after_it() {
    let part = window("2026-10-26T00:30:00Z", "2026-10-26T01:00:01Z");
    let paced = json!({ "rate_per_minute": 10, "concurrency_key": "crm" });
    // As long as within a longer stretch: see above.
    for (agenda, max) in [
        (herd(5_000, &json!({})), 5.0..6.8),
        (herd(90, &paced), 160.0..185.0),
    ] {
        let nothing = Change::default();
        let found = what_if(&agenda, &nothing, &Filter::default(), part, &deployed()).before;
        assert_eq!(found.never, 0);
        assert!(max.contains(&found.lateness.max.unwrap()), "{found:?}");
    }
}

#[test]
fn more_places_help_where_places_are_what_is_wanting() {
    let few = Assumptions {
        places: PerBand::of(|_| 20),
        ..deployed()
    };
    let change = Change {
        places: Some(PerBand::of(|_| 500)),
        ..Change::default()
    };
    let herd = herd(2_000, &json!({}));
    let found = what_if(&herd, &change, &Filter::default(), hours(), &few);
    // 20 places, 0.3 s each: 66 a second.
    let before = found.before.lateness.max.unwrap();
    assert!((28.0..33.0).contains(&before), "{before}");
    assert!(found.after.lateness.max.unwrap() < 5.0);
}

#[test]
fn a_minute_that_no_tick_can_plan_never_starts_and_says_so() {
    let mut whole = herd(1, &json!({}));
    let one = whole.entries[0].clone();
    whole.entries = vec![one; 60_000];
    let found = ask(&whole, &spread(900, false));
    assert_eq!(found.before.never, 120_000);
    assert_eq!(found.before.lateness.p99, None);
    // All have one id here, and so one place: what they have, they have together.
    assert_eq!(found.after.never, 120_000);
}

#[test]
fn more_shards_cost_more_to_read() {
    let change = Change {
        shards: Some(640),
        ..Change::default()
    };
    let found = ask(&herd(10, &json!({})), &change);
    let more = found.after.usd_a_month - found.before.usd_a_month;
    assert!((2.9..3.5).contains(&more), "ten times $0.35: {more}");
}

#[test]
fn what_workers_elsewhere_pull_and_long_attempts_are_not_told() {
    let long = json!({ "timeout_seconds": 600 });
    let found = ask(&herd(10, &long), &Change::default());
    assert_eq!((found.before.untold, found.before.starts), (20, 20));
    assert_eq!(found.before.lateness.p50, None);
    assert_eq!(found.before.never, 0);
    let mut pulled = herd(10, &json!({}));
    for entry in &mut pulled.entries {
        entry.job_type = PULL.to_owned();
    }
    let found = ask(&pulled, &Change::default());
    assert_eq!((found.before.untold, found.before.starts), (20, 20));
}
