//! Who may carry out an execution, by the record a worker finds.

use serde_json::json;

use super::{
    NEW_STAMP, NEW_TOKEN, OLD_STAMP, delivery, every, hourly, in_state, job_with, manual, noon,
    now, owed, record, running, seconds,
};
use crate::domain::{Execution, ExecutionState, Job, JobState, Reason};
use crate::plan::{ClaimDecision, Delivery, claim, lease, supersede};
use crate::port::Expected;

fn decide(current: Option<&Execution>, delivery: &Delivery) -> ClaimDecision {
    claim(current, delivery, now(), NEW_TOKEN, NEW_STAMP)
}

/// The record that `decision` writes in place of what it expects; it is held anew.
fn written(decision: ClaimDecision, replaces: Expected) -> Execution {
    let ClaimDecision::Write {
        execution,
        expected,
    } = decision
    else {
        panic!("nothing is written: {decision:?}");
    };
    assert_eq!(expected, replaces);
    assert!(execution.is_held_by(NEW_TOKEN));
    assert_eq!(execution.stamp, NEW_STAMP);
    assert_eq!(execution.lease_until, Some(now() + seconds(40)));
    assert_eq!(execution.reason, None);
    assert_eq!(execution.retry_at, None);
    *execution
}

fn retry_wait(attempt: u32, due_in: i64) -> Execution {
    Execution {
        attempt,
        retry_at: Some(now() + seconds(due_in)),
        reason: Some(Reason::AttemptFailed),
        cancel_requested: true,
        ..record(noon(), ExecutionState::RetryWait)
    }
}

#[test]
fn a_lease_outlasts_the_timeout_by_its_margin() {
    assert_eq!(lease(seconds(90), now()), now() + seconds(100));
}

#[test]
fn a_fresh_execution_is_claimed_in_the_attempt_its_message_asks_for() {
    for id in [noon(), manual()] {
        let mut delivery = delivery(id, 1, 3);
        delivery.message.stands_for = Some(4);
        let claimed = written(decide(None, &delivery), Expected::Absent);
        assert_eq!(claimed.id, id);
        assert_eq!(claimed.attempt, 1);
        assert_eq!(claimed.dispatched_at, Some(delivery.sent_at));
        assert_eq!(claimed.started_at, Some(now()));
        assert_eq!(claimed.stands_for, Some(4));
        assert_eq!(claimed.job_version, None);
    }
}

#[test]
fn a_held_execution_is_left_alone_until_its_lease_ends() {
    let held = running(noon(), 1, 7);
    for attempt in [1, 2] {
        assert_eq!(
            decide(Some(&held), &delivery(noon(), attempt, 3)),
            ClaimDecision::ComeBackAt(now() + seconds(7))
        );
    }
}

#[test]
fn an_expired_lease_is_taken_over_as_the_next_attempt_and_keeps_the_wish_to_cancel() {
    for lease_until in [None, Some(now()), Some(now() - seconds(60))] {
        let lost = Execution {
            lease_until,
            cancel_requested: true,
            ..running(noon(), 2, 0)
        };
        let decision = decide(Some(&lost), &delivery(noon(), 2, 90));
        let claimed = written(decision, Expected::Stamp(OLD_STAMP));
        assert_eq!(claimed.attempt, 3);
        assert!(claimed.cancel_requested);
        assert_eq!(claimed.started_at, lost.started_at);
        assert_eq!(claimed.dispatched_at, lost.dispatched_at);
        let error = claimed.errors.last().unwrap();
        assert_eq!((error.attempt, error.reason), (2, Reason::WorkerLost));
    }
}

#[test]
fn a_retry_that_is_not_yet_due_is_left_until_it_is() {
    assert_eq!(
        decide(Some(&retry_wait(1, 20)), &delivery(noon(), 2, 3)),
        ClaimDecision::ComeBackAt(now() + seconds(20))
    );
}

#[test]
fn a_retry_that_is_due_is_claimed_as_the_next_attempt() {
    for due_in in [0, -20] {
        let decision = decide(Some(&retry_wait(1, due_in)), &delivery(noon(), 2, 3));
        let claimed = written(decision, Expected::Stamp(OLD_STAMP));
        assert_eq!(claimed.attempt, 2);
        assert!(claimed.cancel_requested);
    }
}

#[test]
fn the_message_of_an_attempt_that_is_over_only_repeats_what_follows() {
    for (attempt, due_in) in [(1, 20), (1, -20), (2, -20)] {
        assert_eq!(
            decide(Some(&retry_wait(2, due_in)), &delivery(noon(), attempt, 3)),
            ClaimDecision::FollowUp
        );
    }
}

#[test]
fn an_ended_execution_is_never_claimed_again() {
    use ExecutionState::{Canceled, Dead, Failed, Succeeded};
    for state in [Succeeded, Failed, Dead, Canceled] {
        for attempt in [1, 9] {
            let decision = decide(Some(&record(noon(), state)), &delivery(noon(), attempt, 3));
            assert_eq!(decision, ClaimDecision::FollowUp, "{state:?}");
        }
    }
}

#[test]
fn a_skipped_execution_asks_whether_the_skip_was_overruled() {
    let skipped = record(noon(), ExecutionState::Skipped);
    assert_eq!(
        decide(Some(&skipped), &delivery(noon(), 1, 3)),
        ClaimDecision::AskWhetherSuperseded
    );
}

fn skipped_by_version_3() -> Execution {
    Execution {
        job_version: Some(3),
        reason: Some(Reason::JobPaused),
        finished_at: Some(now()),
        ..record(noon(), ExecutionState::Skipped)
    }
}

fn job_of_version(version: u64) -> Job {
    Job {
        version,
        ..hourly(&json!({}))
    }
}

fn ask(job: Option<&Job>, delivery: &Delivery) -> ClaimDecision {
    let skipped = skipped_by_version_3();
    supersede(
        &skipped,
        job.map(owed),
        delivery,
        now(),
        NEW_TOKEN,
        NEW_STAMP,
    )
}

#[test]
fn a_skip_is_overruled_by_a_newer_version_that_owes_the_instant() {
    let decision = ask(Some(&job_of_version(4)), &delivery(noon(), 1, 300));
    let claimed = written(decision, Expected::Stamp(OLD_STAMP));
    assert_eq!(claimed.attempt, 1);
    assert_eq!(claimed.job_version, None, "to be judged anew");
    assert_eq!(claimed.finished_at, None);
    assert_eq!(claimed.started_at, Some(now()));
}

#[test]
fn a_skip_stands_without_a_newer_version_that_owes_the_instant() {
    let another = job_with(&every(7_000), &json!({}), now() - seconds(86_400));
    let jobs = [
        None,
        Some(job_of_version(2)),
        Some(job_of_version(3)),
        Some(in_state(job_of_version(4), JobState::Paused)),
        Some(in_state(job_of_version(4), JobState::Canceled)),
        Some(Job {
            effective_from: now(),
            ..job_of_version(4)
        }),
        Some(Job {
            version: 4,
            ..another
        }),
    ];
    for job in jobs {
        let old = ask(job.as_ref(), &delivery(noon(), 1, 60));
        assert_eq!(old, ClaimDecision::FollowUp, "{job:?}");
        // A young message may have overtaken the change that sent it.
        let young = ask(job.as_ref(), &delivery(noon(), 1, 59));
        assert_eq!(young, ClaimDecision::ComeBackAt(now() + seconds(5)));
    }
}

#[test]
fn an_execution_stands_for_the_longest_stretch_that_a_message_asked_it_for() {
    let ended = Execution {
        stands_for: Some(2),
        ..record(noon(), ExecutionState::Succeeded)
    };
    let asks = |stands_for| {
        let mut delivery = delivery(noon(), 1, 0);
        delivery.message.stands_for = stands_for;
        claim(Some(&ended), &delivery, now(), NEW_TOKEN, NEW_STAMP)
    };
    let ClaimDecision::StandForMore {
        execution,
        expected,
    } = asks(Some(60))
    else {
        panic!("it stands for more");
    };
    assert_eq!(execution.stands_for, Some(60));
    assert_eq!(execution.state, ExecutionState::Succeeded);
    assert_eq!(expected, Expected::Stamp(OLD_STAMP));
    for no_more in [None, Some(1), Some(2)] {
        assert_eq!(asks(no_more), ClaimDecision::FollowUp);
    }
}
