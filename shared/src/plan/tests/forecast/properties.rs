//! What is forecast is what is owed, to the second, whatever the schedules, spreads, windows and clocks.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{agenda, job, owed, taken_at};
use crate::domain::{Agenda, AgendaEntry, Job, Minute, UserId, Window};
use crate::plan::forecast::{Filter, Load, forecast, forecast_within, minute};
use crate::plan::skip;

fn any_schedule() -> impl Strategy<Value = Value> {
    let zone = prop::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York"]);
    let cron = prop::sample::select(vec![
        "0 * * * *",
        "*/5 * * * *",
        "30 2 * * *",
        "0 9 * * MON-FRI",
        "H * * * *",
        "H H * * *",
        "0 0 1 * *",
        "*/20 1-3 * * * *",
    ]);
    let cron = (cron, zone).prop_map(
        |(expression, zone)| json!({ "kind": "cron", "expression": expression, "timezone": zone }),
    );
    let every = (
        prop::sample::select(vec![60, 300, 3_600, 7_000, 86_400]),
        -9_000_i64..90_000,
    )
        .prop_map(|(seconds, anchor)| {
            let anchor = taken_at() + TimeDelta::seconds(anchor) - TimeDelta::seconds(30);
            json!({ "kind": "every", "seconds": seconds, "anchor_at": anchor })
        });
    let once = (1_i64..200_000).prop_map(|ahead| {
        let instant = taken_at() + TimeDelta::seconds(ahead);
        json!({ "kind": "once", "at": instant })
    });
    let rule = prop::sample::select(vec!["FREQ=HOURLY;INTERVAL=2", "FREQ=DAILY;BYHOUR=2,14"])
        .prop_map(|rule| json!({ "kind": "rrule", "rule": rule, "timezone": "Europe/Berlin" }));
    prop_oneof![4 => cron, 3 => every, 1 => once, 1 => rule]
}

fn any_policies() -> impl Strategy<Value = Value> {
    let spread = prop::option::of(prop::sample::select(vec![60, 900, 20_000, 86_400]));
    let begin = prop::option::weighted(0.2, 0_i64..100_000);
    let end = prop::option::weighted(0.2, 50_000_i64..200_000);
    let runs = prop::option::weighted(0.2, 1_u32..50);
    (spread, begin, end, runs).prop_map(|(spread, begin, end, runs)| {
        let instant = |ahead: i64| taken_at() + TimeDelta::seconds(ahead);
        let mut policies = json!({});
        let fields = policies.as_object_mut().unwrap();
        let said = [
            ("spread_seconds", spread.map(|window: u32| json!(window))),
            ("starts_at", begin.map(|ahead| json!(instant(ahead)))),
            ("ends_at", end.map(|ahead| json!(instant(ahead)))),
            ("max_runs", runs.map(|runs| json!(runs))),
        ];
        for (name, value) in said {
            if let Some(value) = value {
                fields.insert(name.to_owned(), value);
            }
        }
        policies
    })
}

/// Jobs, some of which skip a time or two.
fn any_fleet() -> impl Strategy<Value = Vec<Job>> {
    let one = (any_schedule(), any_policies(), 0_usize..3);
    prop::collection::vec(one, 1..14).prop_map(|fleet| {
        let jobs = (0..)
            .zip(fleet)
            .filter_map(|(number, (schedule, policies, skips))| {
                let policies = if schedule["kind"] == "once" {
                    json!({ "spread_seconds": 60 })
                } else {
                    policies
                };
                let mut job = job(number, &schedule, &policies)?;
                for _ in 0..skips {
                    let owed = job.owed(crate::domain::Exclusions::none());
                    if let Ok(Some(skipping)) = skip(owed, None, taken_at()) {
                        job = skipping;
                    }
                }
                Some(job)
            });
        jobs.collect()
    })
}

fn any_window() -> impl Strategy<Value = Window> {
    // Clocks change in Europe half a day after the agenda is taken, and in America eight days later.
    (0_i64..900_000, 1_i64..260_000).prop_map(|(ahead, length)| {
        let from = taken_at() + TimeDelta::seconds(ahead);
        Window::new(from, from + TimeDelta::seconds(length)).unwrap()
    })
}

fn by_second(jobs: &[Job], window: Window) -> BTreeMap<i64, u64> {
    let mut starts = BTreeMap::new();
    for job in jobs {
        for instant in owed(job, window) {
            *starts.entry(instant.timestamp()).or_default() += 1;
        }
    }
    starts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_forecast_is_the_sum_of_what_each_job_owes(jobs in any_fleet(), window in any_window()) {
        let forecast = forecast(&agenda(&jobs), &Filter::default(), window);
        let expected = by_second(&jobs, window);
        prop_assert_eq!(forecast.total, expected.values().sum::<u64>());
        let mut minutes = BTreeMap::<i64, u64>::new();
        for (second, starts) in &expected {
            *minutes.entry(second.div_euclid(60)).or_default() += starts;
        }
        let first = forecast.first_minute.start().timestamp() / 60;
        for (minute, starts) in (first..).zip(&forecast.minutes) {
            prop_assert_eq!(*starts, minutes.get(&minute).copied().unwrap_or(0), "minute {}", minute);
        }
        for (user, share) in forecast.causes.users.top.iter().map(|share| (&share.key, share)) {
            let theirs: Vec<_> = jobs.iter().filter(|job| job.user.as_str() == user).cloned().collect();
            prop_assert_eq!(share.starts, by_second(&theirs, window).values().sum::<u64>());
        }
        prop_assert!(forecast.sample.is_none());
    }

    #[test]
    fn peaks_are_the_busiest_seconds_and_their_cadences_sum_up(jobs in any_fleet(), window in any_window()) {
        let forecast = forecast(&agenda(&jobs), &Filter::default(), window);
        let expected = by_second(&jobs, window);
        let mut busiest: Vec<u64> = expected.values().copied().collect();
        busiest.sort_unstable_by(|one, other| other.cmp(one));
        let found: Vec<u64> = forecast.peaks.iter().map(|peak| peak.starts).collect();
        prop_assert_eq!(&found, &busiest[..busiest.len().min(10)]);
        for peak in &forecast.peaks {
            prop_assert_eq!(expected.get(&peak.at.timestamp()), Some(&peak.starts));
            prop_assert_eq!(peak.cadences.iter().map(|(_, starts)| starts).sum::<u64>(), peak.starts);
        }
    }

    #[test]
    fn a_minute_is_the_forecast_of_it_second_by_second(jobs in any_fleet(), ahead in 1_i64..200_000) {
        let chosen = Minute::of(taken_at() + TimeDelta::seconds(ahead + 60));
        let found = minute(&agenda(&jobs), &Filter::default(), chosen);
        let window = Window::new(chosen.start(), chosen.start() + TimeDelta::minutes(1)).unwrap();
        let expected = by_second(&jobs, window);
        for (second, starts) in (window.from.timestamp()..).zip(found.seconds) {
            prop_assert_eq!(starts, expected.get(&second).copied().unwrap_or(0));
        }
        for facet in [&found.causes.users, &found.causes.job_types] {
            for second in 0..60 {
                let sum: u64 = facet.iter().map(|series| series.seconds[second]).sum();
                prop_assert_eq!(sum, found.seconds[second]);
            }
        }
    }

    #[test]
    fn a_filter_leaves_those_whom_it_names(jobs in any_fleet(), window in any_window()) {
        let user = UserId::new("user-1").unwrap();
        let of_user: Vec<_> = jobs.iter().filter(|job| job.user == user).cloned().collect();
        let theirs = by_second(&of_user, window).values().sum::<u64>();
        let whole = agenda(&jobs);
        let by_user = Filter { user: Some(user), ..Filter::default() };
        let by_target = Filter { target: Some("example.com".to_owned()), ..Filter::default() };
        let by_type = Filter { job_type: Some("none".to_owned()), ..Filter::default() };
        prop_assert_eq!(forecast(&whole, &by_user, window).total, theirs);
        prop_assert_eq!(forecast(&whole, &by_target, window).total, theirs);
        prop_assert_eq!(forecast(&whole, &by_type, window).total, 0);
    }

    #[test]
    fn a_load_is_what_starts_second_by_second(jobs in any_fleet(), window in any_window()) {
        let load = Load::of(&agenda(&jobs), window);
        let expected = by_second(&jobs, window);
        for (second, starts) in (window.from.timestamp()..).zip(load.seconds()) {
            prop_assert_eq!(u64::from(*starts), expected.get(&second).copied().unwrap_or(0));
        }
    }

    #[test]
    fn an_agenda_survives_its_json(jobs in any_fleet()) {
        let whole = agenda(&jobs);
        let json = serde_json::to_string(&whole).unwrap();
        prop_assert_eq!(serde_json::from_str::<Agenda>(&json).unwrap(), whole);
    }
}

fn distinct(count: u32) -> Agenda {
    let jobs: Vec<_> = (0..count)
        .filter_map(|number| {
            let expression = format!("{} {} * * *", number % 60, number / 60 % 24);
            let schedule = json!({ "kind": "cron", "expression": expression });
            job(number, &schedule, &json!({}))
        })
        .collect();
    agenda(&jobs)
}

#[test]
fn beyond_its_budget_a_forecast_is_an_estimate_that_says_so_and_comes_near() {
    let whole = distinct(1_440);
    let window = super::window("2026-10-25T00:00:00Z", "2026-11-24T00:00:00Z");
    let exact = forecast(&whole, &Filter::default(), window);
    assert_eq!((exact.total, exact.sample), (1_440 * 30, None));
    let budget = exact.work / 4;
    let estimate = forecast_within(&whole, &Filter::default(), window, budget);
    assert!(estimate.work <= budget, "{} of {budget}", estimate.work);
    let sample = estimate.sample.unwrap();
    assert!(sample.one_of > 1 && sample.jobs.get() > 0);
    let off = estimate.total.abs_diff(exact.total);
    assert!(
        off * 5 < exact.total,
        "{} for {}",
        estimate.total,
        exact.total
    );
}

#[test]
fn what_is_shared_by_many_is_never_estimated() {
    let mut whole = distinct(1_440);
    let hourly = json!({ "kind": "cron", "expression": "0 * * * *" });
    let herd = (5_000..10_000).filter_map(|number| job(number, &hourly, &json!({})));
    let herd: Vec<_> = herd.collect();
    let entries = herd
        .iter()
        .filter_map(|job| AgendaEntry::of(job, None, taken_at()));
    whole.entries.extend(entries);
    let window = super::window("2026-10-26T00:00:00Z", "2026-10-27T00:00:00Z");
    let work = forecast(&whole, &Filter::default(), window).work;
    let estimate = forecast_within(&whole, &Filter::default(), window, work / 2);
    let sample = estimate.sample.unwrap();
    assert!(sample.jobs.get() <= 1_440, "{sample:?}");
    assert!(estimate.peaks[0].starts >= 5_000);
}
