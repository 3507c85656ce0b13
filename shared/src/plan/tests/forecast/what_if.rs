//! The model of lateness against cases by hand, and which way each change moves it.

use serde_json::{Value, json};

use super::{agenda, job, window};
use crate::domain::pull::PULL;
use crate::domain::{
    Agenda, Job, MaxConcurrency, PerBand, Prices, SpreadSeconds, UserId, Window, Work,
};
use crate::plan::forecast::Filter;
use crate::plan::forecast::what_if::{
    Assumptions, Change, Lateness, SpreadChange, WhatIf, what_if,
};

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
    // The first of two.
    let peak = (super::at("2026-10-26T01:00:00Z"), 500);
    assert_eq!(found.before.peak_second, Some(peak));
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
fn who_would_wait_longer_than_a_week_is_taken_never_to_start() {
    let paced = json!({ "rate_per_minute": 1, "concurrency_key": "crm" });
    let mut whole = herd(1, &paced);
    whole.entries = vec![whole.entries[0].clone(); 11_000];
    let part = window("2026-10-26T00:30:00Z", "2026-10-26T01:01:00Z");
    let nothing = Change::default();
    let found = what_if(&whole, &nothing, &Filter::default(), part, &deployed()).before;
    // One a minute from 01:00 on; the last of them a week later, as the next one's week is over as it comes.
    assert_eq!(found.never, 11_000 - 10_081);
    let longest = 7.0 * 86_400.0;
    assert!((longest..longest + 1.0).contains(&found.lateness.max.unwrap()));
}

#[test]
fn who_has_passed_a_limit_comes_to_the_workers_of_the_own_band() {
    let assumptions = Assumptions {
        places: PerBand {
            high: 1,
            normal: 500,
            low: 500,
        },
        ..deployed()
    };
    // The limit lets all thirty of a user pass, and one place for three times as many takes 27 s.
    let limited = json!({ "concurrency_key": "crm", "max_concurrency": 30, "priority": 1 });
    let nothing = Change::default();
    let found = what_if(
        &herd(90, &limited),
        &nothing,
        &Filter::default(),
        hours(),
        &assumptions,
    );
    let max = found.before.lateness.max.unwrap();
    assert!((26.0..28.0).contains(&max), "{max}");
}

#[test]
fn invocations_and_their_time_are_paid_for_whoever_they_are_for() {
    let none = Prices::NONE;
    let invocations = Prices {
        million_invocations: 1e6,
        ..none
    };
    let seconds = Prices {
        gb_second: 2.0,
        ..none
    };
    // Ten in each of two hours, of which 365 times as many are in a month. Ten that come together are three invocations of
    // 0.3 s, which begin half a second early, at half a gigabyte; those whose lateness nobody tells are each alone.
    for (more, prices, usd) in [
        (json!({}), invocations, 6.0 * 365.0),
        (json!({}), seconds, 6.0 * 0.8 * 365.0),
        (json!({ "timeout_seconds": 600 }), invocations, 20.0 * 365.0),
        (
            json!({ "timeout_seconds": 600 }),
            seconds,
            20.0 * 0.3 * 365.0,
        ),
    ] {
        let assumptions = Assumptions {
            mean_seconds: PerBand::of(|_| 0.3),
            shards: 0,
            prices,
            ..deployed()
        };
        let nothing = Change::default();
        let found = what_if(
            &herd(10, &more),
            &nothing,
            &Filter::default(),
            hours(),
            &assumptions,
        );
        let found = found.before.usd_a_month;
        assert!((found - usd).abs() < 0.01, "{more} {prices:?}: {found}");
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
    assert_eq!(found.before.lateness, Lateness::default());
    // All have one id here, and so one place: what they have, they have together.
    assert_eq!(found.after.never, 120_000);
}

#[test]
fn where_nothing_starts_nothing_is_late() {
    let found = ask(&herd(0, &json!({})), &Change::default()).before;
    assert_eq!((found.starts, found.peak_minute, found.never), (0, 0, 0));
    assert_eq!(found.peak_second, None);
    assert_eq!(found.lateness, Lateness::default());
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
    assert_eq!(found.before.lateness, Lateness::default());
    assert_eq!(found.before.never, 0);
    let mut pulled = herd(10, &json!({}));
    for entry in &mut pulled.entries {
        entry.job_type = PULL.to_owned();
    }
    let found = ask(&pulled, &Change::default());
    assert_eq!((found.before.untold, found.before.starts), (20, 20));
}
