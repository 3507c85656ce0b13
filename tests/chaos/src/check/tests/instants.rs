//! Planned instants and their records.

use super::*;

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
