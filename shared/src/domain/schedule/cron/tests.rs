//! `H`: what it may stand for, that it stands still, and that it spreads.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::json;

use super::super::{Schedule, ScheduleRequest};
use crate::domain::{Job, JobId, JobRequest, UserId};

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

fn resolved(expression: &str, seed: u64) -> Result<Option<String>, String> {
    let request = json!({ "kind": "cron", "expression": expression, "resolved": "stale H" });
    let request: ScheduleRequest = serde_json::from_value(request).unwrap();
    let schedule = Schedule::from_request(&request, now(), seed).map_err(|no| no.to_string())?;
    let ScheduleRequest::Cron(shown) = schedule.into() else {
        panic!("it is a cron");
    };
    Ok(shown.resolved)
}

/// The numbers of the field at `index`.
fn numbers(expression: &str, index: usize, seed: u64) -> Vec<u32> {
    let text = resolved(expression, seed).unwrap().unwrap();
    let field = text.split(' ').nth(index).unwrap();
    let parts = field.split(['-', '/']);
    parts.map(|number| number.parse().unwrap()).collect()
}

#[test]
fn what_a_seed_chose_once_it_chooses_for_ever() {
    // Computed in Python: SHA-256 of the seed in eight bytes and the field's name, its first four bytes modulo the size.
    for (expression, chosen) in [
        ("H H * * *", "42 14 * * *"),
        ("H/15 * * * *", "12-59/15 * * * *"),
        ("H H H H H H", "19 42 14 13 6 2"),
        ("H(0-29),45 0 H(1-7) * MON-FRI", "12,45 0 6 * MON-FRI"),
        ("h(5-59)/15 0 * * *", "17-59/15 0 * * *"),
        ("H(5-5) 0 * * *", "5 0 * * *"),
    ] {
        assert_eq!(
            resolved(expression, 7).unwrap().as_deref(),
            Some(chosen),
            "{expression}"
        );
    }
    assert_eq!(
        resolved("30 2 * * *", 7).unwrap(),
        None,
        "without an H there is nothing to show"
    );
}

#[test]
fn an_h_that_cannot_be_meant_is_refused_with_the_reason() {
    for (expression, reason) in [
        ("H(0-60) * * * *", "\"60\" is not in 0–59"),
        ("H(30-10) * * * *", "runs backwards"),
        ("* * H(0-5) * *", "not in 1–31"),
        ("H(5) * * * *", "is not H, H(5-20) or H/15"),
        ("H(1-2 * * * *", "is not H"),
        ("H-30 * * * *", "is not H"),
        ("HH * * * *", "is not H"),
        ("H/0 * * * *", "step"),
        ("H/60 * * * *", "step"),
        ("0 0 H(30-31) 2 *", "never fire"),
    ] {
        let refusal = resolved(expression, 7).unwrap_err();
        assert!(refusal.starts_with("schedule.expression: "), "{refusal}");
        assert!(refusal.contains(reason), "{expression}: {refusal}");
    }
}

#[test]
fn what_was_chosen_survives_storage_and_edits_of_other_fields() {
    let id = JobId::from_random(0xfeed_beef_0123_4567_89ab_cdef_0123_4567);
    let request: JobRequest = serde_json::from_value(json!({
        "name": "nightly", "job_type": "echo",
        "schedule": { "kind": "cron", "expression": "H H(0-5) * * *", "timezone": "Europe/Berlin" },
    }))
    .unwrap();
    let user = UserId::new("me").unwrap();
    let job = request.into_job(id, user.clone(), now()).unwrap();
    let text = serde_json::to_string(&job).unwrap();
    let stored: Job = serde_json::from_str(&text).unwrap();
    assert_eq!(stored, job);
    assert_eq!(
        stored.timetable.schedule.next(now()),
        job.timetable.schedule.next(now())
    );

    let mut edit = JobRequest::from_job(&job).unwrap();
    edit.name = "every night".to_owned();
    // Even if the user sends what another job was shown.
    if let ScheduleRequest::Cron(cron) = &mut edit.schedule {
        cron.resolved = Some("1 1 * * *".to_owned());
    }
    let later = now() + TimeDelta::days(9);
    let edited = edit.clone().into_edit_of(&job, later).unwrap();
    assert_eq!(edited.timetable.schedule, job.timetable.schedule);
    assert_eq!(edited.effective_from, job.effective_from);

    let of_another = edit.into_job(JobId::from_random(1), user, now()).unwrap();
    assert_ne!(of_another.timetable.schedule, job.timetable.schedule);
}

#[test]
fn a_stored_h_without_its_value_is_refused() {
    for resolved in [json!(null), json!("H * * * *"), json!("61 * * * *")] {
        let stored = json!({ "kind": "cron", "expression": "H * * * *", "resolved": resolved });
        let refusal = serde_json::from_value::<Schedule>(stored).unwrap_err();
        assert!(
            refusal.to_string().contains("schedule.resolved"),
            "{refusal}"
        );
    }
}

#[test]
fn jobs_spread_evenly() {
    // Chi-square of the values that 6,000 seeds choose. With the bins' count less one degrees of freedom, 99.9 % of fair
    // dice stay below the bound; the seeds are fixed, so this passes always or never.
    for (expression, index, first, bins, bound) in [
        ("H * * * *", 0, 0, 60_u32, 98.3),
        ("0 H * * *", 1, 0, 24, 49.7),
        ("0 0 H * *", 2, 1, 28, 55.5),
        ("0 0 * * H", 4, 0, 7, 22.5),
        ("H/15 * * * *", 0, 0, 15, 36.1),
        ("H(10-19) * * * *", 0, 10, 10, 27.9),
    ] {
        let mut counts = vec![0_f64; bins as usize];
        for seed in 0..6_000 {
            counts[(numbers(expression, index, seed)[0] - first) as usize] += 1.0;
        }
        let expected = 6_000.0 / f64::from(bins);
        let square = |count: &f64| (count - expected).powi(2) / expected;
        let chi_square: f64 = counts.iter().map(square).sum();
        assert!(chi_square < bound, "{expression}: {chi_square}");
    }
}

#[test]
fn two_fields_of_an_expression_are_chosen_independently() {
    // Of 6,000 seeds, as many as of fair dice choose the same value below 24 for minute and hour: 6,000 / 60 on average.
    let same =
        (0..6_000).filter(|seed| numbers("H H * * *", 0, *seed) == numbers("H H * * *", 1, *seed));
    let count = same.count();
    assert!((60..=140).contains(&count), "{count}");
}

proptest! {
    #[test]
    fn every_value_lies_in_its_range_and_fires(seed in any::<u64>(), from in 0_u32..60, size in 1_u32..60, step in 1_u32..60) {
        let to = (from + size - 1).min(59);
        let value = numbers(&format!("H({from}-{to}) * * * *"), 0, seed)[0];
        prop_assert!((from..=to).contains(&value));
        let stepped = numbers(&format!("H({from}-{to})/{step} * * * *"), 0, seed);
        prop_assert!((from..=to).contains(&stepped[0]) && stepped[0] < from + step);
        prop_assert_eq!(&stepped[1..], &[to, step]);

        let request = json!({ "kind": "cron", "expression": "H H(1-5) * * *" });
        let request: ScheduleRequest = serde_json::from_value(request).unwrap();
        let schedule = Schedule::from_request(&request, now(), seed).unwrap();
        prop_assert_eq!(&schedule, &Schedule::from_request(&request, now(), seed).unwrap());
        let fires: Vec<_> = schedule.between(now(), now() + TimeDelta::days(3)).collect();
        prop_assert_eq!(fires.len(), 3);
        prop_assert_eq!(fires[1] - fires[0], TimeDelta::days(1));
    }
}
