//! What follows from a record, and when a job is completed.

use proptest::prelude::*;
use serde_json::json;

use super::{
    at, hourly, in_state, job_with, manual, noon, now, once, owed, record, scheduled, seconds,
};
use crate::domain::{Execution, ExecutionState, Job, JobState};
use crate::plan::{FollowUp, complete, follow_up, horizon};
use crate::port::{Hint, HintKind, SendAt};

fn waiting(milliseconds: i64) -> Execution {
    Execution {
        attempt: 2,
        retry_at: Some(now() + chrono::TimeDelta::milliseconds(milliseconds)),
        ..record(noon(), ExecutionState::RetryWait)
    }
}

#[test]
fn a_near_retry_is_sent() {
    for milliseconds in [-5_000, 0, 60_000, 269_999] {
        let execution = waiting(milliseconds);
        let expected = FollowUp::SendRetry {
            attempt: 3,
            send_at: SendAt::Before(execution.retry_at.unwrap()),
        };
        assert_eq!(follow_up(&execution, now()), expected);
    }
}

#[test]
fn a_far_retry_is_put_into_a_bucket_not_before_it_is_due() {
    for (milliseconds, at) in [(270_000, 271), (270_500, 271), (9_000_001, 9_001)] {
        let expected = FollowUp::HintRetry(Hint {
            at: now() + seconds(at),
            job: noon().job,
            kind: HintKind::Retry {
                occasion: noon().occasion,
                attempt: 3,
            },
        });
        assert_eq!(follow_up(&waiting(milliseconds), now()), expected);
    }
}

#[test]
fn a_bad_end_is_handed_over_until_it_is_noted() {
    for state in [ExecutionState::Failed, ExecutionState::Dead] {
        let ended = record(noon(), state);
        assert_eq!(follow_up(&ended, now()), FollowUp::DeadLetter);
        let noted = Execution {
            dead_lettered_at: Some(now()),
            ..ended
        };
        assert_eq!(follow_up(&noted, now()), FollowUp::Nothing);
    }
}

#[test]
fn nothing_follows_from_other_states() {
    use ExecutionState::{Canceled, Running, Skipped, Succeeded};
    for state in [Running, Succeeded, Skipped, Canceled] {
        let execution = record(noon(), state);
        assert_eq!(follow_up(&execution, now()), FollowUp::Nothing);
    }
}

fn one_time() -> Job {
    let created = at("2026-11-21T11:00:00Z");
    job_with(&once("2026-11-21T12:00:00Z"), &json!({}), created)
}

#[test]
fn the_end_of_the_last_occurrence_completes_an_active_job() {
    use ExecutionState::{Canceled, Dead, Failed, Skipped, Succeeded};
    for state in [Succeeded, Failed, Dead, Skipped, Canceled] {
        let expected = Job {
            state: JobState::Completed,
            version: 2,
            updated_at: now(),
            ..one_time()
        };
        let completed = complete(owed(&one_time()), &record(noon(), state), now());
        assert_eq!(completed, Some(expected));
    }
}

#[test]
fn nothing_else_completes_a_job() {
    let done = |id| record(id, ExecutionState::Succeeded);
    let edited = Job {
        effective_from: now(),
        ..one_time()
    };
    let table = [
        (one_time(), record(noon(), ExecutionState::Running)),
        (one_time(), record(noon(), ExecutionState::RetryWait)),
        (one_time(), done(manual())),
        (one_time(), done(scheduled("2026-11-21T12:00:01Z"))),
        (in_state(one_time(), JobState::Paused), done(noon())),
        (in_state(one_time(), JobState::Canceled), done(noon())),
        (in_state(one_time(), JobState::Completed), done(noon())),
        (edited, done(noon())),
        (hourly(&json!({})), done(noon())),
    ];
    for (job, execution) in table {
        assert_eq!(
            complete(owed(&job), &execution, now()),
            None,
            "{execution:?}"
        );
    }
}

proptest! {
    #[test]
    fn a_retrys_hint_is_never_inside_the_direct_window(milliseconds in 0_i64..600_000) {
        let execution = waiting(milliseconds);
        match follow_up(&execution, now()) {
            FollowUp::HintRetry(hint) => {
                prop_assert!(hint.at >= horizon(now()));
                prop_assert!(Some(hint.at) >= execution.retry_at);
            }
            FollowUp::SendRetry { .. } => prop_assert!(execution.retry_at < Some(horizon(now()))),
            other => prop_assert!(false, "{:?}", other),
        }
    }
}
