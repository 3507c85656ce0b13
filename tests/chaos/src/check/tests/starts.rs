//! What the targets saw.

use super::*;

#[test]
fn an_attempt_that_was_started_twice() {
    let twice = broken(|run| run.calls.push(call("12:00:20", 1, "12:00:21")));
    assert_eq!(twice, [Rule::DoubleStart]);
}

/// A second attempt at :20, with `reason` on record for the first, which was answered with `answered`.
fn second_attempt(run: &mut Evidence, reason: Option<&str>, answered: u16) {
    run.calls.push(call("12:00:20", 2, "12:00:22"));
    run.calls[1].answered = answered;
    let record = &mut run.jobs[0].executions[1];
    record.attempt = 2;
    record.errors.extend(reason.map(|reason| AttemptError {
        attempt: 1,
        reason: reason.to_owned(),
    }));
}

#[test]
fn a_further_attempt_needs_the_end_or_the_loss_of_the_one_before() {
    assert_eq!(
        broken(|run| second_attempt(run, None, 200)),
        [Rule::DoubleStart]
    );
    assert_eq!(
        broken(|run| second_attempt(run, Some("attempt_failed"), 200)),
        [Rule::DoubleStart]
    );
    assert_eq!(
        broken(|run| second_attempt(run, Some("attempt_failed"), 503)),
        []
    );
}

#[test]
fn a_lost_worker_needs_something_that_befell_it() {
    assert_eq!(
        broken(|run| second_attempt(run, Some("worker_lost"), 200)),
        [Rule::DoubleStart]
    );
    let killed = broken(|run| {
        second_attempt(run, Some("worker_lost"), 200);
        run.strikes
            .push(struck("worker-1", Fault::Kill, "12:00:20.500", 1_000));
    });
    assert_eq!(killed, []);
}

#[test]
fn a_success_that_no_target_has_seen() {
    assert_eq!(
        broken(|run| drop(run.calls.remove(1))),
        [Rule::PhantomSuccess]
    );
    assert_eq!(
        broken(|run| run.calls[1].answered = 503),
        [Rule::PhantomSuccess]
    );
}

#[test]
fn a_start_without_a_record() {
    let unrecorded = broken(|run| run.calls.push(call("12:00:33", 1, "12:00:33")));
    assert_eq!(unrecorded, [Rule::UnrecordedStart]);
}

#[test]
fn a_start_at_an_instant_that_was_never_planned() {
    let unplanned = broken(|run| {
        run.calls.push(call("12:00:33", 1, "12:00:33.100"));
        run.jobs[0]
            .executions
            .push(execution("12:00:33", "succeeded"));
    });
    assert_eq!(unplanned, [Rule::UnplannedStart]);
}

#[test]
fn a_start_before_its_instant() {
    let early = broken(|run| run.calls[1].received_at = at("12:00:19.990"));
    assert_eq!(early, [Rule::TooEarly]);
}

#[test]
fn a_start_after_a_delete_must_be_flagged_and_soon() {
    let deleted = |received: &str, flagged: bool| {
        broken(|run| {
            change(run, Request::Delete, "delete", "canceled");
            start_at(run, received);
            run.jobs[0].executions[0].cancel_requested = flagged;
        })
    };
    assert_eq!(deleted("12:00:11", false), []);
    assert_eq!(deleted("12:00:13", true), []);
    assert_eq!(deleted("12:00:13", false), [Rule::UnflaggedAfterDelete]);
    assert_eq!(deleted("12:01:00", true), [Rule::StartedAfterDelete]);
}

#[test]
fn a_start_after_a_pause_only_by_a_claim_from_before_it() {
    let paused = |received: &str| {
        broken(|run| {
            change(run, Request::Pause, "pause", "paused");
            start_at(run, received);
        })
    };
    assert_eq!(paused("12:00:13"), []);
    assert_eq!(paused("12:01:00"), [Rule::StartedAfterPause]);
}

#[test]
fn a_worker_that_was_frozen_may_start_what_it_was_about_to_start() {
    let thawed = |lasts_ms| {
        broken(|run| {
            change(run, Request::Pause, "pause", "paused");
            start_at(run, "12:01:00");
            run.strikes
                .push(struck("worker-2", Fault::Freeze, "12:00:11", lasts_ms));
        })
    };
    assert_eq!(thawed(48_000), []);
    assert_eq!(thawed(5_000), [Rule::StartedAfterPause]);
    let stand_in = broken(|run| {
        change(run, Request::Pause, "pause", "paused");
        start_at(run, "12:01:00");
        run.strikes
            .push(struck(STAND_IN, Fault::Freeze, "12:00:11", 48_000));
    });
    assert_eq!(stand_in, [Rule::StartedAfterPause]);
}

#[test]
fn a_resumed_job_may_start_again() {
    let resumed = broken(|run| {
        change(run, Request::Pause, "pause", "paused");
        start_at(run, "12:01:00");
        run.until = at("12:01:05");
        let mut job = run.jobs[0].clone();
        job.versions
            .push(version(3, "12:00:50.500", "resume", "active"));
        job.executions[0] = execution("12:01:00", "succeeded");
        job.executions[0].job_version = Some(3);
        job.executions.push(execution("12:00:10", "skipped"));
        run.calls[0] = call("12:01:00", 1, "12:01:00.100");
        run.jobs[0] = job;
    });
    assert_eq!(resumed, []);
}

#[test]
fn a_start_of_what_was_to_be_left_out() {
    let skipped = |received: &str| {
        broken(|run| {
            change(
                run,
                Request::Skip {
                    fire_time: at("12:00:10"),
                },
                "skip",
                "active",
            );
            start_at(run, received);
            run.until = at("12:00:15");
        })
    };
    assert_eq!(skipped("12:00:13"), []);
    assert_eq!(skipped("12:01:00"), [Rule::StartedAfterSkip]);
}
