//! What policies leave of a schedule's times: the plan sends nothing else, and its chain runs on past what it leaves out.

use proptest::prelude::*;
use serde_json::json;

use super::{at, delivery, every, hourly, job_with, noon, now, once, owed, running, seconds};
use crate::domain::{ExecutionState, Job, JobRequest, JobState, Reason};
use crate::plan::{Judgement, horizon, judge, plan_fires};

fn skipping(job: Job, fire_times: &[&str]) -> Job {
    let skips = fire_times.iter().map(|time| at(time)).collect();
    Job { skips, ..job }
}

#[test]
fn a_skipped_time_is_not_sent_and_its_chain_goes_on() {
    let job = job_with(&every(120), &json!({}), at("2026-11-20T00:00:00Z"));
    let job = skipping(job, &["2026-11-21T12:02:00Z", "2026-11-21T12:06:00Z"]);
    let plan = plan_fires(owed(&job), now(), now());
    let sent: Vec<_> = plan.direct.iter().map(|fire| fire.fire_time).collect();
    assert_eq!(sent, [at("2026-11-21T12:04:00Z")]);
    assert_eq!(plan.hint, Some(at("2026-11-21T12:06:00Z")));
}

#[test]
fn the_latest_missed_time_is_the_latest_that_is_not_skipped() {
    let job = skipping(hourly(&json!({})), &["2026-11-21T11:00:00Z"]);
    let plan = plan_fires(owed(&job), at("2026-11-21T08:00:00Z"), now());
    let latest = plan.direct[0];
    assert_eq!(latest.fire_time, at("2026-11-21T10:00:00Z"));
    assert_eq!(latest.stands_for, Some(3), "08:00, 09:00 and 10:00");
}

#[test]
fn the_newest_times_of_what_has_ended_are_its_last() {
    let three = json!({ "max_runs": 3 });
    let job = job_with(&every(60), &three, at("2026-11-20T00:00:00Z"));
    let newest = owed(&job).newest(job.effective_from, now(), 2);
    assert_eq!(
        newest,
        ["02", "03"].map(|minute| at(&format!("2026-11-20T00:{minute}:00Z")))
    );
}

#[test]
fn a_message_for_a_skipped_time_ends_as_skipped_by_its_user() {
    let job = skipping(hourly(&json!({})), &["2026-11-21T12:00:00Z"]);
    let claimed = running(noon(), 1, 40);
    let judgement = judge(&claimed, Some(owed(&job)), &delivery(noon(), 1, 60), now());
    let expected = Judgement::End(ExecutionState::Skipped, Reason::SkippedByUser);
    assert_eq!(judgement, expected);
}

#[test]
fn nothing_fires_outside_the_window_and_the_chain_ends_with_it() {
    let window = json!({ "starts_at": "2026-11-21T12:01:00Z", "ends_at": "2026-11-21T12:03:00Z" });
    let job = job_with(&every(60), &window, at("2026-11-21T11:00:00Z"));
    let plan = plan_fires(owed(&job), at("2026-11-21T11:00:00Z"), now());
    let sent: Vec<_> = plan.direct.iter().map(|fire| fire.fire_time).collect();
    let expected =
        ["12:01:00", "12:02:00", "12:03:00"].map(|time| at(&format!("2026-11-21T{time}Z")));
    assert_eq!(sent, expected);
    assert_eq!(plan.hint, None);
    assert!(owed(&job).ends_with(at("2026-11-21T12:03:00Z")));
    assert!(!owed(&job).ends_with(at("2026-11-21T12:02:00Z")));
}

#[test]
fn the_number_of_runs_ends_the_timetable() {
    let job = job_with(&every(60), &json!({ "max_runs": 3 }), now());
    assert_eq!(job.timetable.end(), Some(at("2026-11-21T12:03:00Z")));
    assert_eq!(job.timetable.from(now()).count(), 3);
}

#[test]
fn runs_are_counted_from_when_their_timetable_governs() {
    let job = job_with(&every(60), &json!({ "max_runs": 3 }), now());
    let later = job.timetable.governing_from(at("2026-11-21T18:00:00Z"));
    assert_eq!(later.unwrap().end(), Some(at("2026-11-21T18:02:00Z")));
}

#[test]
fn an_edit_that_leaves_the_timetable_alone_does_not_count_its_runs_anew() {
    let job = job_with(&every(60), &json!({ "max_runs": 3 }), now());
    let mut request = JobRequest::from_job(&job).unwrap();
    request.name = "renamed".to_owned();
    let edited = request.into_edit_of(&job, now() + seconds(90)).unwrap();
    assert_eq!(edited.timetable, job.timetable);
    assert_eq!(edited.effective_from, job.effective_from);
}

#[test]
fn windows_that_leave_nothing_or_make_no_sense_are_refused_by_field() {
    let recurring = every(3_600);
    for (schedule, more, field) in [
        (
            &recurring,
            json!({ "ends_at": "2026-11-21T12:30:00Z" }),
            "ends_at",
        ),
        (
            &recurring,
            json!({ "ends_at": "2026-11-22T00:00:00.5Z" }),
            "ends_at",
        ),
        (
            &recurring,
            json!({ "starts_at": "2027-01-02T00:00:00Z", "ends_at": "2027-01-01T00:00:00Z" }),
            "ends_at",
        ),
        (&recurring, json!({ "max_runs": 0 }), "max_runs"),
        (&recurring, json!({ "max_runs": 10_001 }), "max_runs"),
        (
            &recurring,
            json!({ "starts_at": "2201-01-01T00:00:00Z" }),
            "starts_at",
        ),
        (
            &once("2026-11-22T00:00:00Z"),
            json!({ "max_runs": 2 }),
            "max_runs",
        ),
        (
            &recurring,
            json!({ "pause_after_failures": 0 }),
            "pause_after_failures",
        ),
    ] {
        let mut request = json!({ "name": "n", "job_type": "echo", "schedule": schedule });
        let fields = request.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        let request: JobRequest = serde_json::from_value(request).unwrap();
        let user = crate::domain::UserId::new("ann").unwrap();
        let refusal = request
            .into_job(crate::domain::JobId::from_random(7), user, now())
            .unwrap_err();
        assert_eq!(refusal.field, field, "{more}");
    }
}

#[test]
fn a_paused_job_has_no_next_fire_time() {
    let job = Job {
        state: JobState::Paused,
        ..hourly(&json!({}))
    };
    assert_eq!(owed(&job).next_fire_at(now()), None);
}

proptest! {
    #[test]
    fn a_spread_moves_every_time_by_the_same_offset_within_its_window(
        window in 1_u32..86_400,
        period in 10_i64..100_000,
    ) {
        let created = at("2026-11-20T00:00:00Z");
        let exact = job_with(&every(period), &json!({}), created);
        let spread = job_with(&every(period), &json!({ "spread_seconds": window }), created);
        let offset = spread.timetable.spread.unwrap().offset();
        prop_assert!(offset >= seconds(0) && offset < seconds(window.into()));
        let from = at("2026-11-25T00:00:00Z");
        let moved: Vec<_> = spread.timetable.from(from + offset).take(20).collect();
        let expected: Vec<_> = exact.timetable.from(from).take(20).map(|time| time + offset).collect();
        prop_assert_eq!(&moved, &expected);
        for time in moved {
            prop_assert!(spread.timetable.contains(time));
            prop_assert!(exact.timetable.contains(spread.timetable.nominal(time)));
        }
    }

    #[test]
    fn what_is_sent_and_hinted_never_depends_on_where_the_search_began(
        period in 10_i64..400,
        skipped in prop::collection::vec(0_i64..60, 0..6),
        back in 0_i64..3_000,
    ) {
        let job = job_with(&every(period), &json!({}), at("2026-11-01T00:00:00Z"));
        let base = job.timetable.next(now()).unwrap();
        let skips = skipped.iter().map(|index| base + seconds(index * period)).collect();
        let job = Job { skips, ..job };
        let plan = plan_fires(owed(&job), now(), now());
        let earlier = plan_fires(owed(&job), now() - seconds(back), now());
        prop_assert_eq!(plan.hint, earlier.hint);
        let due = |plan: &crate::plan::FirePlan| -> Vec<_> {
            plan.direct.iter().map(|fire| fire.fire_time).filter(|time| *time >= now()).collect()
        };
        prop_assert_eq!(due(&plan), due(&earlier));
        for time in job.timetable.between(now(), horizon(now())) {
            prop_assert_eq!(due(&plan).contains(&time), !job.skips.contains(&time));
        }
    }

    #[test]
    fn the_newest_are_the_tail_of_them_all(
        period in 10_i64..4_000,
        skipped in prop::collection::vec(0_i64..60, 0..6),
        hours in 0_i64..200,
        count in 0_usize..20,
    ) {
        let job = job_with(&every(period), &json!({}), at("2026-11-01T00:00:00Z"));
        let from = now() - seconds(hours * 3_600);
        let first = job.timetable.next(from).unwrap();
        let skips = skipped.iter().map(|index| first + seconds(index * period)).collect();
        let job = Job { skips, ..job };
        let all: Vec<_> = owed(&job).between(from, now()).collect();
        let tail = &all[all.len().saturating_sub(count)..];
        prop_assert_eq!(owed(&job).newest(from, now(), count), tail);
    }
}
