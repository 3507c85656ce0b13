//! The record after an attempt, run or not.

use chrono::TimeDelta;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{NEW_STAMP, hourly, noon, now, running, seconds};
use crate::domain::ExecutionState::{Canceled, Dead, Failed, RetryWait, Skipped, Succeeded};
use crate::domain::{AttemptError, Execution, ExecutionState, Job, Reason};
use crate::plan::{Ended, end_unrun, finish};

fn two_retries() -> Job {
    let retry = json!({ "max_retries": 2, "backoff_seconds": 100, "max_backoff_seconds": 150 });
    let job = hourly(&json!({ "retry": retry }));
    Job { version: 5, ..job }
}

fn failed() -> Ended {
    Ended::Failed {
        reason: Reason::TimedOut,
        detail: "slow".into(),
        output: Some(json!("part").into()),
    }
}

fn rejected() -> Ended {
    Ended::Rejected {
        reason: Reason::Rejected,
        detail: "refused".into(),
        output: None,
    }
}

fn finished(claimed: &Execution, ended: Ended) -> Execution {
    let took = TimeDelta::milliseconds(1_234);
    let job = two_retries();
    let execution = finish(claimed, &job, ended, took, now(), 0.5, NEW_STAMP);
    assert_eq!(execution.id, claimed.id);
    assert_eq!(execution.attempt, claimed.attempt);
    assert_eq!(execution.user, Some(job.user));
    assert_eq!(execution.job_version, Some(5));
    assert_eq!(execution.duration_ms, Some(1_234));
    assert_eq!(execution.claim, None);
    assert_eq!(execution.lease_until, None);
    assert_eq!(execution.stamp, NEW_STAMP);
    assert_eq!(execution.started_at, claimed.started_at);
    assert_eq!(
        execution.finished_at,
        execution.state.is_terminal().then(now)
    );
    assert_eq!(
        execution.retry_at.is_some(),
        execution.state == ExecutionState::RetryWait
    );
    execution
}

/// An attempt, how it ended, and the state, reason, output and count of errors that this makes.
type Row = (
    u32,
    Ended,
    ExecutionState,
    Option<Reason>,
    Option<Value>,
    usize,
);

#[test]
fn an_attempts_end_decides_the_state_the_reason_and_the_output() {
    let output = |text: &str| Some(json!(text));
    let done = || Ended::Succeeded {
        output: Some(json!("done").into()),
    };
    let by_user = Some(Reason::CanceledByUser);
    let table: [Row; 7] = [
        (1, done(), Succeeded, None, output("done"), 0),
        (3, done(), Succeeded, None, output("done"), 0),
        (1, Ended::Canceled, Canceled, by_user, None, 0),
        (1, rejected(), Failed, Some(Reason::Rejected), None, 1),
        (
            1,
            failed(),
            RetryWait,
            Some(Reason::TimedOut),
            output("part"),
            1,
        ),
        (
            2,
            failed(),
            RetryWait,
            Some(Reason::TimedOut),
            output("part"),
            1,
        ),
        (3, failed(), Dead, Some(Reason::TimedOut), output("part"), 1),
    ];
    for (attempt, ended, state, reason, output, errors) in table {
        let claimed = Execution {
            output: Some(json!("of the attempt before")),
            ..running(noon(), attempt, 40)
        };
        let execution = finished(&claimed, ended);
        assert_eq!(execution.state, state);
        assert_eq!(execution.reason, reason);
        assert_eq!(execution.output, output);
        assert_eq!(execution.errors.len(), errors);
    }
}

#[test]
fn a_retry_waits_as_long_as_the_policy_says() {
    // Half of the backoff is fixed, and the jitter of 0.5 adds half of the other half.
    for (attempt, milliseconds) in [(1, 75_000), (2, 112_500)] {
        let execution = finished(&running(noon(), attempt, 40), failed());
        let due = now() + TimeDelta::milliseconds(milliseconds);
        assert_eq!(execution.retry_at, Some(due));
    }
}

#[test]
fn a_failure_that_its_user_wanted_stopped_is_not_tried_again() {
    let claimed = Execution {
        cancel_requested: true,
        ..running(noon(), 1, 40)
    };
    let execution = finished(&claimed, failed());
    assert_eq!(execution.state, Canceled);
    assert_eq!(execution.reason, Some(Reason::CanceledByUser));
    assert_eq!(execution.errors.len(), 1);
}

#[test]
fn a_target_that_asks_for_a_pause_gets_it_as_far_as_the_retry_policy_goes() {
    for (asked_for, waits) in [(0, 75), (10, 75), (120, 120), (1_000, 150)] {
        let ended = Ended::Postponed {
            reason: Reason::AttemptFailed,
            detail: "busy".into(),
            output: None,
            pause: seconds(asked_for),
        };
        let execution = finished(&running(noon(), 1, 40), ended.clone());
        assert_eq!(execution.state, RetryWait);
        assert_eq!(
            execution.retry_at,
            Some(now() + seconds(waits)),
            "{asked_for}"
        );
        // Of the last attempt it makes no more than a failure.
        assert_eq!(finished(&running(noon(), 3, 40), ended).state, Dead);
    }
}

#[test]
fn work_that_was_done_counts_although_its_user_wanted_it_stopped() {
    let claimed = Execution {
        cancel_requested: true,
        ..running(noon(), 1, 40)
    };
    let execution = finished(&claimed, Ended::Succeeded { output: None });
    assert_eq!(execution.state, Succeeded);
}

#[test]
fn only_the_latest_errors_are_kept_oldest_first() {
    let error = |attempt| AttemptError {
        attempt,
        reason: Reason::AttemptFailed,
        detail: String::new(),
    };
    let claimed = Execution {
        errors: (1..=5).map(error).collect(),
        ..running(noon(), 6, 40)
    };
    let execution = finished(&claimed, failed());
    let attempts: Vec<_> = execution.errors.iter().map(|e| e.attempt).collect();
    assert_eq!(attempts, [2, 3, 4, 5, 6]);
    let last = execution.errors.last().unwrap();
    assert_eq!(
        (last.reason, last.detail.as_str()),
        (Reason::TimedOut, "slow")
    );
}

fn unrun(claimed: &Execution, job: Option<&Job>, state: ExecutionState) -> Execution {
    let ended = end_unrun(claimed, job, state, Reason::JobPaused, now(), NEW_STAMP);
    assert_eq!(ended.state, state);
    assert_eq!(ended.reason, Some(Reason::JobPaused));
    assert_eq!(ended.finished_at, Some(now()));
    assert_eq!(ended.claim, None);
    assert_eq!(ended.lease_until, None);
    assert_eq!(ended.stamp, NEW_STAMP);
    ended
}

#[test]
fn what_was_skipped_never_started() {
    let skipped = unrun(&running(noon(), 1, 40), Some(&two_retries()), Skipped);
    assert_eq!(skipped.attempt, 0);
    assert_eq!(skipped.started_at, None);
    assert_eq!(skipped.job_version, Some(5));
    assert_eq!(skipped.user, Some(two_retries().user));
}

#[test]
fn what_ends_later_keeps_its_history_with_or_without_its_job() {
    let claimed = Execution {
        job_version: Some(4),
        user: Some(two_retries().user),
        ..running(noon(), 2, 40)
    };
    for state in [Canceled, Dead] {
        for (job, version) in [(None, 4), (Some(two_retries()), 5)] {
            let ended = unrun(&claimed, job.as_ref(), state);
            assert_eq!(ended.attempt, 1, "the attempt that was claimed is not made");
            assert_eq!(ended.started_at, claimed.started_at);
            assert_eq!(ended.job_version, Some(version));
            assert_eq!(ended.user, claimed.user);
        }
    }
}

proptest! {
    #[test]
    fn a_job_that_always_fails_is_dead_after_its_last_attempt_and_not_before(
        max_retries in 0_u32..=20,
        jitter in 0.0..1.0,
    ) {
        let job = hourly(&json!({ "retry": { "max_retries": max_retries } }));
        for attempt in 1..=max_retries + 1 {
            let claimed = running(noon(), attempt, 40);
            let ended = finish(&claimed, &job, failed(), seconds(1), now(), jitter, NEW_STAMP);
            let last = attempt == max_retries + 1;
            prop_assert_eq!(ended.state, if last { Dead } else { RetryWait });
            prop_assert!(last || ended.retry_at > Some(now()));
        }
    }
}
