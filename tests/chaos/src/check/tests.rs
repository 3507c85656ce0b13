//! Each rule fires on a planted fault, and on nothing that the protocol allows.

use super::*;
use crate::evidence::{AttemptError, Definition, Occurrence, Outcome, Request, Schedule, Version};
use crate::strike::{STAND_IN, Strike};

const JOB: &str = "j1";

fn at(text: &str) -> DateTime<Utc> {
    format!("2026-11-28T{text}Z").parse().unwrap()
}

fn version(number: u64, made: &str, action: &str, status: &str) -> Version {
    Version {
        version: number,
        at: at(made),
        action: action.to_owned(),
        status: status.to_owned(),
        definition: Definition {
            name: "1.".to_owned(),
            schedule: Schedule::Every {
                seconds: 10,
                anchor_at: at("12:00:10"),
            },
            timeout_seconds: 5,
        },
    }
}

fn execution(fire_time: &str, state: &str) -> Execution {
    Execution {
        id: format!("{JOB}_20261128T{}Z", fire_time.replace(':', "")),
        fire_time: at(fire_time),
        trigger: "schedule".to_owned(),
        state: state.to_owned(),
        reason: None,
        attempt: 1,
        finished_at: Some(at(fire_time) + TimeDelta::seconds(1)),
        errors: Vec::new(),
        stands_for: None,
        cancel_requested: false,
        job_version: Some(1),
    }
}

fn call(fire_time: &str, attempt: u32, received: &str) -> Call {
    Call {
        execution: execution(fire_time, "succeeded").id,
        attempt,
        received_at: at(received),
        answered: 200,
    }
}

fn told(fire_time: &str, outcome: &str) -> Occurrence {
    Occurrence {
        fire_time: at(fire_time),
        trigger: "schedule".to_owned(),
        outcome: outcome.to_owned(),
        stood_for_by: None,
    }
}

fn operation(request: Request, sent: &str, outcome: Outcome) -> Operation {
    Operation {
        number: 1,
        job: Some(JOB.to_owned()),
        request,
        begun_at: at(sent),
        ended_at: at(sent) + TimeDelta::milliseconds(100),
        outcome,
    }
}

fn acknowledged(version: u64) -> Outcome {
    Outcome::Acknowledged {
        version: Some(version),
        execution: None,
    }
}

fn led_to(execution: &str) -> Outcome {
    Outcome::Acknowledged {
        version: None,
        execution: Some(execution.to_owned()),
    }
}

/// One job that fired at :10, :20 and :30, as it should.
fn clean() -> Evidence {
    Evidence {
        seed: 1,
        began: at("12:00:00"),
        until: at("12:00:35"),
        operations: vec![operation(Request::Create, "12:00:01", acknowledged(1))],
        calls: vec![
            call("12:00:10", 1, "12:00:10.100"),
            call("12:00:20", 1, "12:00:20.100"),
            call("12:00:30", 1, "12:00:30.100"),
        ],
        jobs: vec![JobRecord {
            id: JOB.to_owned(),
            status: "active".to_owned(),
            name: "1.".to_owned(),
            versions: vec![version(1, "12:00:01.050", "create", "active")],
            executions: vec![
                execution("12:00:10", "succeeded"),
                execution("12:00:20", "succeeded"),
                execution("12:00:30", "succeeded"),
            ],
            occurrences: vec![
                told("12:00:10", "ran"),
                told("12:00:20", "ran"),
                told("12:00:30", "ran"),
            ],
        }],
        strikes: Vec::new(),
    }
}

/// The rules that are broken once `plant` has been at a clean run.
fn broken(plant: impl FnOnce(&mut Evidence)) -> Vec<Rule> {
    let mut evidence = clean();
    plant(&mut evidence);
    let mut rules: Vec<_> = check(&evidence)
        .into_iter()
        .map(|finding| finding.rule)
        .collect();
    rules.dedup();
    rules
}

fn struck(victim: &str, fault: Fault, from: &str, lasts_ms: u64) -> Struck {
    Struck {
        at: at(from),
        strike: Strike {
            after_ms: 0,
            lasts_ms,
            victim: victim.to_owned(),
            fault,
        },
    }
}

/// The job is changed at 12:00:12, and what it planned after that is gone.
fn change(run: &mut Evidence, request: Request, action: &str, status: &str) {
    let job = &mut run.jobs[0];
    job.versions.push(version(2, "12:00:12", action, status));
    job.executions.truncate(1);
    job.occurrences.truncate(1);
    run.calls.truncate(1);
    run.operations
        .push(operation(request, "12:00:12", acknowledged(2)));
    job.status = status.to_owned();
}

/// A start of :10 at `received`, long after the job was changed.
fn start_at(run: &mut Evidence, received: &str) {
    run.calls[0].received_at = at(received);
    run.until = at("12:05:00");
}

#[test]
fn a_clean_run_breaks_no_rule() {
    assert_eq!(broken(|_| {}), []);
}

#[test]
fn a_job_that_was_acknowledged_and_is_not_there() {
    let lost = broken(|run| {
        run.jobs.clear();
        run.calls.clear();
    });
    assert_eq!(lost, [Rule::LostJob]);
}

#[test]
fn a_create_of_which_nobody_knows_may_have_been_done_or_not() {
    let unknown = || Outcome::Unknown {
        why: "reset".to_owned(),
    };
    assert_eq!(broken(|run| run.operations[0].outcome = unknown()), []);
    let not_done = broken(|run| {
        run.operations[0].outcome = unknown();
        run.jobs.clear();
        run.calls.clear();
    });
    assert_eq!(not_done, []);
}

#[test]
fn a_create_that_was_refused_and_done() {
    let done = broken(|run| run.operations[0].outcome = Outcome::Refused { status: 400 });
    assert_eq!(done, [Rule::RefusedButDone]);
}

#[test]
fn a_create_that_made_two_jobs() {
    let two = broken(|run| {
        let mut other = run.jobs[0].clone();
        other.id = "j2".to_owned();
        for execution in &mut other.executions {
            execution.id = execution.id.replace("j1", "j2");
            execution.state = "failed".to_owned();
        }
        run.jobs.push(other);
    });
    assert_eq!(two, [Rule::DuplicateJob]);
}

#[test]
fn an_edit_that_was_acknowledged_and_no_version_shows() {
    let name = "1.7".to_owned();
    let edit = Request::Edit { name };
    let lost = broken(|run| {
        run.operations
            .push(operation(edit.clone(), "12:00:05", acknowledged(2)))
    });
    assert_eq!(lost, [Rule::LostChange]);
    let overwritten = broken(|run| {
        run.operations
            .push(operation(edit.clone(), "12:00:05", acknowledged(2)));
        run.jobs[0]
            .versions
            .push(version(2, "12:00:05", "edit", "active"));
    });
    assert_eq!(overwritten, [Rule::LostChange]);
}

#[test]
fn an_edit_that_was_refused_and_done() {
    let done = broken(|run| {
        let name = "1.".to_owned();
        let refused = Outcome::Refused { status: 412 };
        run.operations
            .push(operation(Request::Edit { name }, "12:00:05", refused));
    });
    assert_eq!(done, [Rule::RefusedButDone]);
}

#[test]
fn a_delete_that_was_acknowledged_and_a_job_that_lives_on() {
    let lost = broken(|run| {
        run.operations
            .push(operation(Request::Delete, "12:00:34", acknowledged(2)))
    });
    assert_eq!(lost, [Rule::LostChange]);
}

#[test]
fn a_run_that_was_acknowledged_and_has_no_record() {
    let lost = broken(|run| {
        let outcome = led_to("j1_20261128T120015000Z_0000000a");
        run.operations
            .push(operation(Request::RunNow, "12:00:15", outcome));
    });
    assert_eq!(lost, [Rule::LostRun]);
}

#[test]
fn a_cancel_that_was_acknowledged_and_left_no_trace() {
    let execution = execution("12:00:30", "succeeded").id;
    let cancel = Request::CancelExecution { execution };
    let plant = |run: &mut Evidence| {
        run.operations
            .push(operation(cancel, "12:00:25", acknowledged(1)))
    };
    assert_eq!(broken(plant.clone()), [Rule::LostCancel]);
    let flagged = broken(|run| {
        plant(run);
        run.jobs[0].executions[2].cancel_requested = true;
    });
    assert_eq!(flagged, []);
}

#[test]
fn a_planned_instant_without_a_record() {
    let lost = broken(|run| {
        run.jobs[0].executions.remove(1);
        run.jobs[0].occurrences.remove(1);
        run.calls.remove(1);
    });
    assert_eq!(lost, [Rule::LostInstant]);
}

#[test]
fn an_instant_that_another_one_stands_for_only_if_that_ones_count_reaches_it() {
    let stood_for = |count| {
        broken(|run| {
            run.jobs[0].executions.remove(1);
            run.calls.remove(1);
            run.jobs[0].occurrences[1] = Occurrence {
                stood_for_by: Some(at("12:00:30")),
                ..told("12:00:20", "skipped_misfire")
            };
            run.jobs[0].executions[1].stands_for = count;
        })
    };
    assert_eq!(stood_for(Some(2)), []);
    assert_eq!(stood_for(Some(1)), [Rule::LostInstant]);
    assert_eq!(stood_for(None), [Rule::LostInstant]);
}

#[test]
fn what_the_products_own_ledger_misses_is_lost() {
    let lost = broken(|run| run.jobs[0].occurrences[1].outcome = "missing".to_owned());
    assert_eq!(lost, [Rule::LostInstant]);
}

#[test]
fn an_execution_that_never_came_to_an_end() {
    let open = broken(|run| run.jobs[0].executions[1].state = "running".to_owned());
    assert_eq!(open, [Rule::Unfinished]);
}

#[test]
fn an_instant_with_two_records() {
    let two = broken(|run| {
        let again = run.jobs[0].executions[1].clone();
        run.jobs[0].executions.push(again);
    });
    assert_eq!(two, [Rule::DuplicateRecord]);
}

#[test]
fn a_reason_that_nobody_gave_cause_for() {
    for reason in [
        "job_paused",
        "job_canceled",
        "canceled_by_user",
        "skipped_by_user",
        "superseded",
        "misfire",
    ] {
        let wrong = broken(|run| {
            run.jobs[0].executions[1].state = "skipped".to_owned();
            run.jobs[0].executions[1].reason = Some(reason.to_owned());
            run.calls.remove(1);
        });
        assert_eq!(wrong, [Rule::WrongReason], "{reason}");
    }
}

#[test]
fn a_skip_that_was_asked_for_is_cause_enough() {
    let fire_time = at("12:00:20");
    let skipped = broken(|run| {
        run.jobs[0].executions[1].state = "skipped".to_owned();
        run.jobs[0].executions[1].reason = Some("skipped_by_user".to_owned());
        run.calls.remove(1);
        run.jobs[0]
            .versions
            .push(version(2, "12:00:12", "skip", "active"));
        run.operations.push(operation(
            Request::Skip { fire_time },
            "12:00:12",
            acknowledged(2),
        ));
    });
    assert_eq!(skipped, []);
}

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

#[test]
fn every_rule_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<_> = Rule::ALL.into_iter().map(Rule::name).collect();
    assert_eq!(names.len(), Rule::ALL.len());
}
