//! What was acknowledged, refused, or never answered.

use super::*;

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
            .push(operation(edit.clone(), "12:00:05", acknowledged(2)));
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
            .push(operation(Request::Delete, "12:00:34", acknowledged(2)));
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
            .push(operation(cancel, "12:00:25", acknowledged(1)));
    };
    assert_eq!(broken(plant.clone()), [Rule::LostCancel]);
    let flagged = broken(|run| {
        plant(run);
        run.jobs[0].executions[2].cancel_requested = true;
    });
    assert_eq!(flagged, []);
}
