//! Redrives: who may have one, what one grants, and the pace of many.

use proptest::prelude::*;
use serde_json::json;

use super::{
    NEW_STAMP, NEW_TOKEN, OLD_STAMP, at, delivery, hourly, in_state, noon, now, owed, record,
    running, seconds,
};
use crate::domain::{
    BulkRedrive, Discarded, Execution, ExecutionState, JobState, LetterFilter, Reason, RedriveId,
    RedriveState, Stamp, UserId,
};
use crate::plan::{
    ClaimDecision, Ended, Judgement, Redrive, RedriveOrder, Turn, WhyNoRedrive, allowance, claim,
    finish, horizon, judge, redrive, release_time, return_hint, return_message, turn,
};
use crate::port::{Expected, SendAt};

fn olga() -> UserId {
    UserId::new("olga").unwrap()
}

fn decide(current: &Execution, state: Option<JobState>) -> Redrive {
    let job = state.map(|state| in_state(hourly(&json!({})), state));
    let by = olga();
    let order = RedriveOrder {
        by: &by,
        request: None,
        at: now(),
    };
    redrive(current, job.as_ref(), order, now(), NEW_STAMP)
}

/// An execution that died at its second attempt of four.
fn dead() -> Execution {
    Execution {
        attempt: 2,
        job_version: Some(1),
        reason: Some(Reason::Rejected),
        finished_at: Some(now() - seconds(60)),
        dead_lettered_at: Some(now() - seconds(59)),
        cancel_requested: true,
        discarded: Discarded::new(now(), olga(), "the target is gone").ok(),
        ..record(noon(), ExecutionState::Dead)
    }
}

fn granted() -> Execution {
    match decide(&dead(), Some(JobState::Active)) {
        Redrive::Grant {
            execution,
            expected: Expected::Stamp(OLD_STAMP),
        } => *execution,
        other => panic!("{other:?}"),
    }
}

/// The same, claimed by a worker.
fn claimed() -> Execution {
    let decision = claim(
        Some(&granted()),
        &delivery(noon(), 3, 0),
        now(),
        NEW_TOKEN,
        NEW_STAMP,
    );
    match decision {
        ClaimDecision::Write { execution, .. } => *execution,
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_what_ended_badly_is_given_another_attempt() {
    use ExecutionState::{Canceled, Dead, Failed, RetryWait, Running, Skipped, Succeeded};
    for state in [Dead, Failed] {
        let ended = Execution { state, ..dead() };
        let decided = decide(&ended, Some(JobState::Active));
        assert!(matches!(decided, Redrive::Grant { .. }), "{state:?}");
    }
    for state in [Canceled, RetryWait, Running, Skipped, Succeeded] {
        let other = Execution { state, ..dead() };
        let decided = decide(&other, Some(JobState::Active));
        assert_eq!(decided, Redrive::Refuse(WhyNoRedrive::NotDead), "{state:?}");
    }
}

#[test]
fn a_deleted_job_s_letters_stay_dead_and_a_paused_or_completed_job_s_do_not() {
    for state in [None, Some(JobState::Canceled)] {
        assert_eq!(
            decide(&dead(), state),
            Redrive::Refuse(WhyNoRedrive::JobDeleted)
        );
    }
    for state in [JobState::Paused, JobState::Completed] {
        assert!(matches!(
            decide(&dead(), Some(state)),
            Redrive::Grant { .. }
        ));
    }
}

#[test]
fn what_was_redriven_and_is_under_way_is_not_redriven_again() {
    for current in [granted(), claimed()] {
        assert_eq!(decide(&current, Some(JobState::Active)), Redrive::UnderWay);
    }
}

#[test]
fn a_redrive_leaves_what_happened_and_takes_back_what_was_settled() {
    let granted = granted();
    assert_eq!(granted.state, ExecutionState::RetryWait);
    assert_eq!((granted.id, granted.attempt), (noon(), 2));
    assert_eq!(granted.redriven.as_ref().unwrap().attempt, 3);
    assert_eq!(granted.retry_at, Some(now()));
    assert_eq!(granted.finished_at, None);
    assert_eq!(
        granted.dead_lettered_at, None,
        "its next death is told again"
    );
    assert_eq!(granted.discarded, None);
    assert!(!granted.cancel_requested);
}

#[test]
fn a_redriven_attempt_runs_whatever_the_schedule_and_the_pause_say() {
    let job = hourly(&json!({ "misfire": { "policy": "skip" } }));
    let late = delivery(noon(), 3, 0);
    let at = now() + seconds(7 * 86_400);
    for state in [JobState::Active, JobState::Paused, JobState::Completed] {
        let job = in_state(job.clone(), state);
        assert_eq!(
            judge(&claimed(), Some(owed(&job)), &late, at),
            Judgement::Run
        );
        assert_eq!(turn(&job, &claimed(), at), Turn::Now);
    }
    let deleted = in_state(job, JobState::Canceled);
    let judged = judge(&claimed(), Some(owed(&deleted)), &late, at);
    assert_eq!(
        judged,
        Judgement::End(ExecutionState::Canceled, Reason::JobCanceled)
    );
}

#[test]
fn a_redriven_attempt_that_fails_is_dead_at_once_though_the_policy_has_retries_left() {
    let job = hourly(&json!({ "retry": { "max_retries": 9 } }));
    let failed = Ended::Failed {
        reason: Reason::AttemptFailed,
        detail: "still down".to_owned(),
        output: None,
    };
    let after = finish(&claimed(), &job, failed, seconds(1), now(), 0.5, Stamp(3));
    assert_eq!((after.state, after.attempt), (ExecutionState::Dead, 3));
    assert_eq!(
        after.dead_lettered_at, None,
        "and goes to the dead letters again"
    );
}

#[test]
fn a_worker_that_is_lost_in_a_redriven_attempt_uses_it_up() {
    let job = hourly(&json!({ "retry": { "max_retries": 9 } }));
    let lost = Execution {
        redriven: granted().redriven,
        job_version: Some(1),
        ..running(noon(), 3, -1)
    };
    let again = delivery(noon(), 3, 90);
    let ClaimDecision::Write { execution, .. } =
        claim(Some(&lost), &again, now(), NEW_TOKEN, NEW_STAMP)
    else {
        panic!("it is not taken over");
    };
    let judged = judge(&execution, Some(owed(&job)), &again, now());
    assert_eq!(
        judged,
        Judgement::End(ExecutionState::Dead, Reason::WorkerLost)
    );
}

#[test]
fn a_hint_that_no_scanner_may_be_reading_finds_what_lost_its_message() {
    for (wait, expected) in [
        (0, Some(SendAt::Now)),
        (60, Some(SendAt::Before(now() + seconds(60)))),
        // From the horizon on the hint will do.
        (269, Some(SendAt::Before(now() + seconds(269)))),
        (270, None),
        (3_600, None),
    ] {
        let redriven = Execution {
            retry_at: Some(now() + seconds(wait)),
            ..granted()
        };
        assert_eq!(return_message(&redriven, now()), expected, "{wait}");
        let hint = return_hint(&redriven, now());
        assert!(hint.at >= horizon(now()) && hint.at >= now() + seconds(wait));
    }
}

fn bulk(rate_per_minute: u32) -> BulkRedrive {
    BulkRedrive {
        id: RedriveId::new(now(), 7),
        by: olga(),
        filter: LetterFilter::default(),
        rate_per_minute,
        matched: 500,
        at_least: false,
        state: RedriveState::Releasing,
        released: 0,
        refused: 0,
        cursor: None,
        released_at: None,
        ended_at: None,
        updated_at: now(),
        stamp: OLD_STAMP,
    }
}

#[test]
fn a_minute_has_one_share_and_a_lost_minute_is_not_made_up_for() {
    let table = [
        (RedriveState::Releasing, None, 40),
        (RedriveState::Releasing, Some("2026-11-21T11:59:59Z"), 40),
        (RedriveState::Releasing, Some("2026-11-21T10:00:00Z"), 40),
        (RedriveState::Releasing, Some("2026-11-21T12:00:00Z"), 0),
        // By a clock that is ahead.
        (RedriveState::Releasing, Some("2026-11-21T12:01:00Z"), 0),
        (RedriveState::Done, None, 0),
        (RedriveState::Canceled, None, 0),
    ];
    for (state, released_at, expected) in table {
        let bulk = BulkRedrive {
            state,
            released_at: released_at.map(at),
            ..bulk(40)
        };
        assert_eq!(
            allowance(&bulk, now()),
            expected,
            "{state:?} {released_at:?}"
        );
    }
}

#[test]
fn the_id_of_a_redrive_survives_its_text_form_and_is_no_execution_s() {
    let id = RedriveId::new(now(), 0xab);
    assert_eq!(id.to_string().parse(), Ok(id));
    assert_eq!(id.ordered_at(), now());
    assert!("20261121T120000Z".parse::<RedriveId>().is_err());
}

proptest! {
    #[test]
    fn a_share_is_spread_evenly_over_its_minute(rate in 1_u32..=1_000, index in 0_u32..1_000) {
        let index = index % rate;
        let time = release_time(&bulk(rate), now(), index);
        prop_assert!(now() <= time && time < now() + seconds(60));
        prop_assert!(time <= release_time(&bulk(rate), now(), index + 1));
    }
}
