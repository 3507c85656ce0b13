//! Which occurrences go to the queue, and where the chain goes on.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{at, every, hourly, in_state, job_with, now, once, owed, seconds};
use crate::domain::{GRACE, Job, JobState};
use crate::plan::{FirePlan, horizon, plan_fires};

fn misfire(policy: &str) -> Value {
    json!({ "misfire": { "policy": policy } })
}

/// Fire times as seconds relative to `now`, with what each stands for.
fn relative(plan: &FirePlan) -> Vec<(i64, Option<u32>)> {
    let from_now = |fire_time: DateTime<Utc>| (fire_time - now()).num_seconds();
    plan.direct
        .iter()
        .map(|fire| (from_now(fire.fire_time), fire.stands_for))
        .collect()
}

#[test]
fn the_horizon_is_the_start_of_the_fifth_minute_ahead() {
    for instant in ["2026-11-21T12:00:00Z", "2026-11-21T12:00:59.999Z"] {
        assert_eq!(horizon(at(instant)), at("2026-11-21T12:05:00Z"));
    }
}

#[test]
fn a_job_that_is_paused_or_canceled_plans_nothing() {
    for state in [JobState::Paused, JobState::Canceled] {
        let job = in_state(hourly(&json!({})), state);
        let plan = plan_fires(owed(&job), now() - seconds(86_400), now());
        assert_eq!(plan, FirePlan::default());
    }
}

#[test]
fn what_lies_inside_the_window_goes_to_the_queue_and_the_rest_is_hinted() {
    let job = job_with(&every(120), &json!({}), at("2026-11-20T00:00:00Z"));
    let plan = plan_fires(owed(&job), now() - seconds(30), now());
    assert_eq!(relative(&plan), [(-30, None), (90, None), (210, None)]);
    assert_eq!(plan.hint, Some(at("2026-11-21T12:06:00Z")));
}

#[test]
fn an_occurrence_on_the_horizon_is_hinted_and_not_sent() {
    let job = job_with(&once("2026-11-21T12:05:00Z"), &json!({}), now());
    let plan = plan_fires(owed(&job), now(), now());
    assert_eq!(relative(&plan), []);
    assert_eq!(plan.hint, Some(at("2026-11-21T12:05:00Z")));
    let job = job_with(&once("2026-11-21T12:04:59Z"), &json!({}), now());
    let plan = plan_fires(owed(&job), now(), now());
    assert_eq!(relative(&plan), [(269, None)]);
    assert_eq!(plan.hint, None);
}

#[test]
fn an_occurrence_within_the_grace_is_no_misfire() {
    for (instant, stands_for) in [
        ("2026-11-21T11:59:30Z", None),
        ("2026-11-21T11:59:29Z", Some(1)),
    ] {
        let created = at("2026-11-21T11:00:00Z");
        let job = job_with(&once(instant), &misfire("skip"), created);
        let plan = plan_fires(owed(&job), created, now());
        assert_eq!(plan.direct.len(), 1);
        assert_eq!(plan.direct[0].stands_for, stands_for, "{instant}");
    }
}

#[test]
fn fire_latest_and_skip_send_the_newest_missed_one_for_all_of_them() {
    for policy in ["fire_latest", "skip"] {
        let job = hourly(&misfire(policy));
        let plan = plan_fires(owed(&job), at("2026-11-21T06:00:00Z"), now());
        // 06:00 to 11:00 were missed; noon is within the grace.
        assert_eq!(relative(&plan), [(-3_630, Some(6)), (-30, None)]);
    }
}

#[test]
fn fire_all_sends_every_missed_one() {
    let job = hourly(&misfire("fire_all"));
    let plan = plan_fires(owed(&job), at("2026-11-21T10:00:00Z"), now());
    let expected = [(-7_230, Some(1)), (-3_630, Some(1)), (-30, None)];
    assert_eq!(relative(&plan), expected);
}

#[test]
fn fire_all_sends_the_newest_thousand_and_counts_the_older_ones() {
    let created = at("2026-11-21T00:00:00Z");
    let job = job_with(&every(10), &misfire("fire_all"), created);
    let plan = plan_fires(owed(&job), created, now());
    let missed: Vec<_> = relative(&plan)
        .into_iter()
        .filter_map(|(age, stands_for)| stands_for.map(|count| (age, count)))
        .collect();
    // 00:00:10 (the first second after the creation that fires) up to, but not including, 11:59:30.
    let all = (12 * 3_600 - 30) / 10 - 1;
    assert_eq!(missed.len(), 1_000);
    assert_eq!(missed[0].1, all - 999);
    assert!(missed[1..].iter().all(|(_, count)| *count == 1));
    assert_eq!(missed[999].0, -70);
}

#[test]
fn a_count_of_missed_occurrences_stops_at_ten_thousand_older_ones() {
    let created = at("2026-11-18T00:00:00Z");
    let job = job_with(&every(10), &misfire("fire_latest"), created);
    let plan = plan_fires(owed(&job), created, now());
    assert_eq!(relative(&plan)[0], (-70, Some(10_001)));
}

/// A job with a period, in any policy, that governs from some time around `now` on.
fn jobs() -> impl Strategy<Value = Job> {
    let policy = prop::sample::select(vec!["fire_all", "fire_latest", "skip"]);
    (10_i64..2_000, policy, -20_000_i64..600).prop_map(|(period, policy, created)| {
        let created = now() + seconds(created);
        job_with(&every(period), &misfire(policy), created)
    })
}

proptest! {
    #[test]
    fn every_planned_fire_is_owed_ordered_and_inside_the_window(
        job in jobs(),
        from in -20_000_i64..600,
        now_ms in 0_i64..60_000,
    ) {
        let now = now() + chrono::TimeDelta::milliseconds(now_ms);
        let from = now + seconds(from);
        let plan = plan_fires(owed(&job), from, now);
        for fire in &plan.direct {
            prop_assert!(owed(&job).contains(fire.fire_time));
            prop_assert!(fire.fire_time >= from.max(job.effective_from));
            prop_assert!(fire.fire_time < horizon(now));
            prop_assert_eq!(fire.stands_for.is_some(), now - fire.fire_time > GRACE);
        }
        prop_assert!(plan.direct.is_sorted_by(|a, b| a.fire_time < b.fire_time));
        let hint = plan.hint.unwrap();
        prop_assert!(hint >= horizon(now));
        prop_assert!(owed(&job).contains(hint));
        let open = job.timetable.between(horizon(now).max(from).max(job.effective_from), hint);
        prop_assert_eq!(open.count(), 0);
    }

    #[test]
    fn every_owed_instant_is_sent_or_stood_for(job in jobs(), from in -20_000_i64..600) {
        let from = now() + seconds(from);
        let plan = plan_fires(owed(&job), from, now());
        let all = job.timetable.between(from.max(job.effective_from), horizon(now()));
        let (missed, due): (Vec<_>, Vec<_>) = all.partition(|time| now() - *time > GRACE);
        let sent = plan.direct.iter().filter(|fire| fire.stands_for.is_none());
        prop_assert_eq!(sent.map(|fire| fire.fire_time).collect::<Vec<_>>(), due);
        let counts = plan.direct.iter().filter_map(|fire| fire.stands_for);
        prop_assert_eq!(usize::try_from(counts.sum::<u32>()).unwrap(), missed.len());
    }
}
