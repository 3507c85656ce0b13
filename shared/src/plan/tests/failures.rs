//! When failures in a row pause a job.

use serde_json::json;

use super::{at, every, in_state, job_with, manual, record, scheduled};
use crate::domain::ExecutionState::{Canceled, Dead, Failed, Running, Skipped, Succeeded};
use crate::domain::{Execution, ExecutionState, Job, JobState};
use crate::plan::{look_back, may_pause, pause_for_failures};

/// Fires every minute, and is paused after three failures in a row.
fn job() -> Job {
    let three = json!({ "pause_after_failures": 3 });
    job_with(&every(60), &three, at("2026-11-21T11:30:00Z"))
}

/// Executions that ended so, latest first, a minute apart.
fn latest(states: &[ExecutionState]) -> Vec<Execution> {
    let ended = states.iter().enumerate().map(|(age, state)| {
        let fire_time = format!("2026-11-21T11:{}:00Z", 59 - age);
        record(scheduled(&fire_time), *state)
    });
    ended.collect()
}

#[test]
fn three_bad_ends_in_a_row_pause_the_job_and_say_so() {
    for row in [[Dead, Dead, Dead], [Failed, Dead, Failed]] {
        let paused = pause_for_failures(&job(), &latest(&row)).unwrap();
        assert_eq!(paused.state, JobState::Paused);
        let pause = paused.pause.unwrap();
        assert!(pause.automatic);
        assert!(pause.note.unwrap().contains("3 executions in a row"));
    }
}

#[test]
fn a_success_among_the_latest_three_keeps_it_going() {
    for row in [
        &[Dead, Dead][..],
        &[Succeeded, Dead, Dead, Dead],
        &[Dead, Dead, Succeeded, Dead, Dead],
        &[Dead, Skipped, Dead, Succeeded],
    ] {
        assert_eq!(pause_for_failures(&job(), &latest(row)), None);
    }
}

#[test]
fn what_did_not_run_to_its_end_neither_counts_nor_ends_the_row() {
    let row = latest(&[Running, Dead, Skipped, Dead, Canceled, Dead]);
    assert!(pause_for_failures(&job(), &row).is_some());
}

#[test]
fn enough_is_read_for_the_row_and_some_that_do_not_count() {
    assert_eq!(look_back(&job()), 32);
    let longest = json!({ "pause_after_failures": 100 });
    let job = job_with(&every(60), &longest, at("2026-11-21T11:30:00Z"));
    assert_eq!(look_back(&job), 420);
}

#[test]
fn runs_by_hand_do_not_count() {
    let mut row = latest(&[Dead, Dead]);
    row.insert(0, record(manual(), Dead));
    assert_eq!(pause_for_failures(&job(), &row), None);
    row[0] = record(manual(), Succeeded);
    row.extend(latest(&[Succeeded, Succeeded, Dead]).pop());
    assert!(pause_for_failures(&job(), &row).is_some());
}

#[test]
fn a_resume_begins_the_count_anew() {
    let row = latest(&[Dead, Dead, Dead]);
    let resumed = Job {
        effective_from: at("2026-11-21T11:58:00Z"),
        ..job()
    };
    assert_eq!(pause_for_failures(&resumed, &row), None);
    assert!(may_pause(&resumed, &row[1]));
    assert!(!may_pause(&resumed, &row[2]), "it was due before");
}

#[test]
fn only_an_active_job_that_asks_for_it_is_paused() {
    let row = latest(&[Dead, Dead, Dead]);
    let never = Job {
        pause_after_failures: None,
        ..job()
    };
    let jobs = [JobState::Paused, JobState::Completed, JobState::Canceled]
        .map(|state| in_state(job(), state));
    for job in jobs.iter().chain([&never]) {
        assert_eq!(pause_for_failures(job, &row), None);
        assert!(!may_pause(job, &row[0]));
    }
}
