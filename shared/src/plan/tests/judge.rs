//! What becomes of a claimed execution, by its job.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{
    at, delivery, every, hourly, in_state, job_with, manual, noon, now, once, owed, running,
    scheduled, seconds,
};
use crate::domain::ExecutionState::{Canceled, Dead, Skipped};
use crate::domain::{Execution, Job, JobState, Misfire, Reason};
use crate::plan::{Judgement, judge};

const OLD: i64 = 60;
const YOUNG: i64 = 59;

fn first(job: Option<&Job>, age: i64) -> Judgement {
    judge(
        &running(noon(), 1, 40),
        job.map(owed),
        &delivery(noon(), 1, age),
        now(),
    )
}

/// An attempt of an execution that was judged before.
fn later(attempt: u32) -> Execution {
    Execution {
        job_version: Some(1),
        ..running(noon(), attempt, 40)
    }
}

fn judge_old(claimed: &Execution, job: Option<&Job>) -> Judgement {
    judge(
        claimed,
        job.map(owed),
        &delivery(claimed.id, claimed.attempt, OLD),
        now(),
    )
}

/// A job that owes nothing at noon, though it did.
fn edited() -> Job {
    job_with(&every(7_000), &json!({}), at("2026-11-01T00:00:00Z"))
}

#[test]
fn what_the_job_owes_is_run_also_when_it_is_labelled_completed() {
    for state in [JobState::Active, JobState::Completed] {
        let job = in_state(hourly(&json!({})), state);
        assert_eq!(first(Some(&job), OLD), Judgement::Run);
        assert_eq!(first(Some(&job), YOUNG), Judgement::Run);
    }
}

#[test]
fn no_verdict_on_a_young_message_is_final() {
    let later_start = Job {
        effective_from: now(),
        ..hourly(&json!({}))
    };
    let jobs = [
        None,
        Some(edited()),
        Some(later_start),
        Some(in_state(hourly(&json!({})), JobState::Paused)),
        Some(in_state(hourly(&json!({})), JobState::Canceled)),
    ];
    for job in &jobs {
        let again = Judgement::UndoAndComeBackAt(now() + seconds(5));
        assert_eq!(first(job.as_ref(), YOUNG), again, "{job:?}");
    }
}

#[test]
fn a_young_message_is_looked_at_ever_later_up_to_a_minute() {
    for (receive_count, wait) in [(0, 5), (1, 5), (3, 15), (12, 60), (900, 60)] {
        let mut delivery = delivery(noon(), 1, YOUNG);
        delivery.receive_count = receive_count;
        let judgement = judge(&running(noon(), 1, 40), None, &delivery, now());
        let expected = Judgement::UndoAndComeBackAt(now() + seconds(wait));
        assert_eq!(judgement, expected);
    }
}

#[test]
fn what_failed_in_passing_comes_back_soon_and_what_goes_on_failing_when_the_queue_says() {
    for (receive_count, jitter, wait_ms) in [
        (1, 0.0, Some(1_000)),
        (1, 1.0, Some(2_000)),
        (2, 0.5, Some(6_000)),
        (3, 0.25, Some(20_000)),
        (4, 0.5, None),
        (12, 0.5, None),
    ] {
        let mut delivery = delivery(noon(), 1, YOUNG);
        delivery.receive_count = receive_count;
        let expected = wait_ms.map(|wait| now() + TimeDelta::milliseconds(wait));
        let found = delivery.after_failure(now(), jitter);
        assert_eq!(found, expected, "{receive_count}");
    }
}

#[test]
fn an_old_message_without_a_job_is_forgotten() {
    assert_eq!(first(None, OLD), Judgement::UndoAndForget);
}

#[test]
fn what_the_job_no_longer_owes_is_skipped_for_the_reason_that_holds() {
    let base = || hourly(&json!({}));
    let table = [
        (in_state(base(), JobState::Paused), Reason::JobPaused),
        (in_state(base(), JobState::Canceled), Reason::JobCanceled),
        (edited(), Reason::Superseded),
        (
            Job {
                effective_from: now(),
                ..base()
            },
            Reason::Superseded,
        ),
    ];
    for (job, reason) in table {
        assert_eq!(first(Some(&job), OLD), Judgement::End(Skipped, reason));
    }
}

#[test]
fn a_later_attempt_ignores_edits_and_lateness_but_not_the_jobs_end() {
    let skip = json!({ "misfire": { "policy": "skip", "catch_up_window_seconds": 60 } });
    let late = Execution {
        id: scheduled("2026-11-20T12:00:00Z"),
        ..later(2)
    };
    assert_eq!(judge_old(&late, Some(&hourly(&skip))), Judgement::Run);
    assert_eq!(judge_old(&later(2), Some(&edited())), Judgement::Run);
    for (state, reason) in [
        (JobState::Paused, Reason::JobPaused),
        (JobState::Canceled, Reason::JobCanceled),
    ] {
        let job = in_state(hourly(&json!({})), state);
        let expected = Judgement::End(Canceled, reason);
        assert_eq!(judge_old(&later(2), Some(&job)), expected);
    }
    let gone = Judgement::End(Canceled, Reason::JobCanceled);
    assert_eq!(judge_old(&later(2), None), gone);
}

#[test]
fn a_run_by_hand_needs_a_job_that_is_not_deleted() {
    for (state, expected) in [
        (JobState::Active, Judgement::Run),
        (JobState::Paused, Judgement::Run),
        (JobState::Completed, Judgement::Run),
        (
            JobState::Canceled,
            Judgement::End(Canceled, Reason::JobCanceled),
        ),
    ] {
        for job_version in [None, Some(1)] {
            let claimed = Execution {
                job_version,
                ..running(manual(), 1, 40)
            };
            let job = in_state(hourly(&json!({})), state);
            assert_eq!(judge_old(&claimed, Some(&job)), expected, "{state:?}");
        }
    }
}

#[test]
fn a_takeover_beyond_the_last_attempt_ends_dead() {
    let job = hourly(&json!({ "retry": { "max_retries": 1 } }));
    assert_eq!(judge_old(&later(2), Some(&job)), Judgement::Run);
    let lost = Judgement::End(Dead, Reason::WorkerLost);
    assert_eq!(judge_old(&later(3), Some(&job)), lost);
    assert_eq!(judge_old(&running(manual(), 3, 40), Some(&job)), lost);
}

#[test]
fn the_wish_to_cancel_comes_before_everything_else() {
    let paused = in_state(hourly(&json!({})), JobState::Paused);
    for job in [None, Some(hourly(&json!({}))), Some(paused), Some(edited())] {
        for (attempt, age) in [(1, YOUNG), (1, OLD), (9, OLD)] {
            let claimed = Execution {
                cancel_requested: true,
                ..running(noon(), attempt, 40)
            };
            let judgement = judge(
                &claimed,
                job.as_ref().map(owed),
                &delivery(noon(), 1, age),
                now(),
            );
            let expected = Judgement::End(Canceled, Reason::CanceledByUser);
            assert_eq!(judgement, expected);
        }
    }
}

fn misfire(policy: &str, window: u32) -> Value {
    json!({ "misfire": { "policy": policy, "catch_up_window_seconds": window } })
}

fn judged_at(policy: &str, window: u32, now: DateTime<Utc>) -> Judgement {
    let job = hourly(&misfire(policy, window));
    let claimed = running(noon(), 1, 40);
    judge(&claimed, Some(owed(&job)), &delivery(noon(), 1, OLD), now)
}

#[test]
fn a_late_occurrence_is_judged_by_policy_and_window() {
    let fired = at("2026-11-21T12:00:00Z");
    for (policy, window, lateness, runs) in [
        ("skip", 7_200, 60, true),
        ("skip", 7_200, 61, false),
        ("fire_latest", 7_200, 61, true),
        ("fire_latest", 7_200, 3_599, true),
        ("fire_latest", 7_200, 3_600, false), // the next occurrence is due
        ("fire_latest", 600, 600, true),
        ("fire_latest", 600, 601, false),
        ("fire_all", 7_200, 3_600, true),
        ("fire_all", 7_200, 7_200, true),
        ("fire_all", 7_200, 7_201, false),
    ] {
        let expected = if runs {
            Judgement::Run
        } else {
            Judgement::End(Skipped, Reason::Misfire)
        };
        let judgement = judged_at(policy, window, fired + seconds(lateness));
        assert_eq!(judgement, expected, "{policy} {window} {lateness}");
    }
}

#[test]
fn the_only_occurrence_is_the_latest_until_its_window_ends() {
    let fired = at("2026-11-21T12:00:00Z");
    let job = job_with(
        &once("2026-11-21T12:00:00Z"),
        &json!({}),
        fired - seconds(9),
    );
    let may_run = |age| Misfire::default().still_fires(owed(&job), fired, fired + seconds(age));
    assert!(may_run(86_400));
    assert!(!may_run(86_401));
    assert!(may_run(-5), "an early look is no misfire");
}

#[test]
fn a_lost_first_attempt_is_made_up_for_however_late_the_takeover_is() {
    // Nothing but the claim was recorded before its worker vanished; its handler may have run.
    let taken_over = running(noon(), 2, 40);
    for policy in ["skip", "fire_latest", "fire_all"] {
        let job = job_with(
            &every(60),
            &json!({ "misfire": { "policy": policy } }),
            at("2026-11-01T00:00:00Z"),
        );
        let long_after = now() + seconds(600);
        let judged = judge(
            &taken_over,
            Some(owed(&job)),
            &delivery(noon(), 1, 900),
            long_after,
        );
        assert_eq!(judged, Judgement::Run, "{policy}");
    }
}

#[test]
fn a_lost_first_attempt_whose_job_changed_since_is_skipped_and_may_be_overruled() {
    let taken_over = running(noon(), 2, 40);
    let paused = in_state(hourly(&json!({})), JobState::Paused);
    for (job, end) in [
        (Some(&paused), Judgement::End(Skipped, Reason::JobPaused)),
        (Some(&edited()), Judgement::End(Skipped, Reason::Superseded)),
        (None, Judgement::End(Canceled, Reason::JobCanceled)),
    ] {
        assert_eq!(judge_old(&taken_over, job), end);
    }
}

#[test]
fn what_was_deferred_is_no_misfire_until_its_catch_up_window_ends_and_is_skipped_as_deferred_then()
{
    let due = "2026-11-21T10:00:00Z";
    for policy in ["skip", "fire_latest", "fire_all"] {
        let job =
            hourly(&json!({ "misfire": { "policy": policy, "catch_up_window_seconds": 10_000 } }));
        for (age, deferred, expected) in [
            (10_000, true, Judgement::Run),
            (10_001, true, Judgement::End(Skipped, Reason::Deferred)),
            (10_001, false, Judgement::End(Skipped, Reason::Misfire)),
        ] {
            let mut delivery = delivery(scheduled(due), 1, OLD);
            delivery.message.deferred = deferred;
            let claimed = running(scheduled(due), 1, 40);
            let judged_at = at(due) + seconds(age);
            let judged = judge(&claimed, Some(owed(&job)), &delivery, judged_at);
            assert_eq!(judged, expected, "{policy} {age} {deferred}");
        }
    }
}
