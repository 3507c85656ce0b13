//! Each rule fires on a planted fault, and on nothing that the protocol allows.

mod instants;
mod requests;
mod starts;

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
fn every_rule_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<_> = Rule::ALL.into_iter().map(Rule::name).collect();
    assert_eq!(names.len(), Rule::ALL.len());
}
