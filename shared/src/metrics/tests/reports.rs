//! What each function's reports say, and that what they say is well-formed.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::*;
use super::specification::check;
use crate::domain::{
    Band, Execution, ExecutionId, ExecutionState, JobId, Lane, Level, Minute, Reason,
    Reconciliation, Stamp, Window,
};
use crate::port::PortError;
use crate::usecase::{Buried, Disposition, Performed, TickReport, Told, What};

const HIGH: Lane = Lane::Band(Band::High);

fn noon() -> DateTime<Utc> {
    "2026-11-28T12:00:00Z".parse().unwrap()
}

fn record(state: ExecutionState, reason: Option<Reason>, attempt: u32) -> Execution {
    let id = ExecutionId::scheduled(JobId::from_random(7), noon());
    Execution {
        reason,
        attempt,
        started_at: Some(noon() + TimeDelta::milliseconds(250)),
        duration_ms: Some(40),
        ..Execution::new(id, state, Stamp(1))
    }
}

fn performed(what: What, execution: Option<Execution>) -> Performed {
    Performed {
        what,
        execution: execution.map(Box::new),
        disposition: Disposition::Delete,
    }
}

fn attempted(state: ExecutionState, attempt: u32) -> Readings {
    let execution = record(state, None, attempt);
    of_delivery(HIGH, &performed(What::Attempted, Some(execution)))
}

/// The metrics without a label that were counted once.
fn counted(readings: &Readings) -> Vec<&'static str> {
    let ones = readings.iter().filter(|(metric, label, values)| {
        let is_counter = metric.definition().kind == Kind::Counter;
        is_counter && *label == Label::Whole && *values == [1.0]
    });
    ones.map(|(metric, ..)| metric.definition().name).collect()
}

fn failure() -> PortError {
    PortError::Unavailable {
        operation: "test",
        source: "no".into(),
    }
}

#[test]
fn an_attempt_is_counted_by_how_it_ended() {
    for (state, expected) in [
        (ExecutionState::Succeeded, "Succeeded"),
        (ExecutionState::Failed, "Failed"),
        (ExecutionState::RetryWait, "Retried"),
        (ExecutionState::Dead, "Dead"),
        (ExecutionState::Canceled, "Canceled"),
    ] {
        assert_eq!(counted(&attempted(state, 1)), ["Started", expected]);
    }
}

#[test]
fn lateness_is_of_first_attempts_and_told_by_lane() {
    let late = |attempt| attempted(ExecutionState::Succeeded, attempt);
    assert_eq!(late(1).of(Metric::Lateness, Label::Band(HIGH)), [250.0]);
    assert_eq!(late(2).of(Metric::Lateness, Label::Band(HIGH)), [0.0; 0]);
    assert_eq!(late(2).of(Metric::AttemptTime, Label::Whole), [40.0]);
}

#[test]
fn a_skip_is_counted_by_why_as_the_api_says_it() {
    for (reason, name) in [
        (Reason::Misfire, "skipped_misfire"),
        (Reason::TargetBreaker, "skipped_misfire"),
        (Reason::Overlap, "skipped_overlap"),
        (Reason::JobPaused, "paused"),
        (Reason::UpstreamFailed, "upstream_failed"),
    ] {
        let skipped = record(ExecutionState::Skipped, Some(reason), 0);
        let readings = of_delivery(HIGH, &performed(What::Judged, Some(skipped)));
        let [(metric, label, values)] = readings.iter().collect::<Vec<_>>()[..] else {
            panic!("{readings:?}");
        };
        assert_eq!((metric, values), (Metric::Skipped, &[1.0][..]));
        assert_eq!(label.dimension(), Some((Dimension::Reason, name)));
    }
}

#[test]
fn a_delivery_that_finds_others_at_it_is_a_conflict_and_one_that_waits_is_nothing() {
    let over = record(ExecutionState::Succeeded, None, 1);
    let conflict = of_delivery(HIGH, &performed(What::AlreadyOver, Some(over)));
    assert_eq!(counted(&conflict), ["ClaimConflicts"]);
    assert_eq!(
        counted(&of_delivery(HIGH, &performed(What::FenceLost, None))),
        ["ClaimConflicts"]
    );
    for what in [What::Postponed, What::Queued, What::NoSuchJob] {
        assert!(
            of_delivery(HIGH, &performed(what, None)).is_empty(),
            "{what:?}"
        );
    }
}

#[test]
fn a_tick_says_all_even_if_that_is_nothing() {
    let calm = of_tick(&TickReport::default());
    assert_eq!(counted(&calm), ["TickSeen"]);
    for metric in [
        Metric::Dispatched,
        Metric::Shed,
        Metric::BucketFailures,
        Metric::PressureLevel,
    ] {
        assert_eq!(calm.of(metric, Label::Whole), [0.0], "{metric:?}");
    }
    let pressed = of_tick(&TickReport {
        dispatched: 5,
        level: Level::CreatesRefused,
        lag: Some(TimeDelta::seconds(-180)),
        ready: Some(1_200),
        failures: vec![(Minute::of(noon()), failure())],
        unheld: Some(failure()),
        ..TickReport::default()
    });
    for (metric, value) in [
        (Metric::Dispatched, 5.0),
        (Metric::PressureLevel, 3.0),
        (Metric::SchedulerLag, -180_000.0),
        (Metric::Backlog, 1_200.0),
        (Metric::BucketFailures, 1.0),
    ] {
        assert_eq!(pressed.of(metric, Label::Whole), [value], "{metric:?}");
    }
    let errors = Label::Function(Function::Scanner);
    assert_eq!(pressed.of(Metric::HandlerErrors, errors), [2.0]);
}

#[test]
fn a_reconciliation_counts_as_run_whether_or_not_there_was_anything_to_look_at() {
    let window = Window::new(noon(), noon() + TimeDelta::hours(1)).unwrap();
    let found = Reconciliation {
        stalled: 2,
        chains_repaired: 3,
        ..Reconciliation::begin(window, noon())
    };
    assert_eq!(counted(&of_reconciliation(None)), ["ReconcilerRan"]);
    let readings = of_reconciliation(Some(&found));
    assert_eq!(readings.of(Metric::Stalled, Label::Whole), [2.0]);
    assert_eq!(readings.of(Metric::ChainsRepaired, Label::Whole), [3.0]);
    assert_eq!(readings.of(Metric::Missing, Label::Whole), [0.0]);
}

#[test]
fn requests_are_told_by_whose_fault_their_failure_is() {
    let took = TimeDelta::milliseconds(3);
    assert_eq!(counted(&of_request(201, took)), ["Requests"]);
    assert_eq!(
        counted(&of_request(404, took)),
        ["Requests", "ClientErrors"]
    );
    assert_eq!(
        counted(&of_request(503, took)),
        ["Requests", "ServerErrors"]
    );
    assert_eq!(
        of_request(200, took).of(Metric::RequestTime, Label::Whole),
        [3.0]
    );
}

#[test]
fn what_was_used_since_the_last_report_is_told_by_function() {
    let before = Consumption {
        read_units: 1.0,
        write_units: 1.0,
        throttles: 1,
    };
    let now = Consumption {
        read_units: 2.5,
        write_units: 1.0,
        throttles: 3,
    };
    let readings = of_consumption(Function::Worker, now.since(before));
    let worker = Label::Function(Function::Worker);
    assert_eq!(readings.of(Metric::ConsumedReadUnits, worker), [1.5]);
    assert_eq!(readings.of(Metric::ConsumedWriteUnits, worker), [0.0; 0]);
    assert_eq!(readings.of(Metric::Throttles, worker), [2.0]);
}

/// An invocation of each function that has much to report.
fn invocations() -> Vec<(Function, Readings)> {
    let mut worker = attempted(ExecutionState::Dead, 1);
    for reason in [Reason::Overlap, Reason::Misfire] {
        let skipped = record(ExecutionState::Skipped, Some(reason), 0);
        worker.add(of_delivery(HIGH, &performed(What::Judged, Some(skipped))));
    }
    worker.add(of_unreadable());
    let noted = Buried::Noted {
        execution: Box::new(record(ExecutionState::Dead, None, 4)),
        notified: true,
    };
    let mut dlq = of_burial(&noted);
    dlq.add(of_telling(&Told::Delivered));
    dlq.add(of_telling(&Told::Refused("no".to_owned())));
    let used = Consumption {
        read_units: 1.5,
        write_units: 2.0,
        throttles: 1,
    };
    let tick = TickReport {
        lag: Some(TimeDelta::seconds(-180)),
        ready: Some(0),
        ..TickReport::default()
    };
    let all = [
        (Function::Api, of_request(503, TimeDelta::milliseconds(12))),
        (Function::Scanner, of_tick(&tick)),
        (Function::Worker, worker),
        (Function::Dlq, dlq),
        (Function::Reconciler, of_reconciliation(None)),
    ];
    let complete = all.into_iter().map(|(function, mut readings)| {
        readings.add(of_failure(function));
        readings.add(of_consumption(function, used));
        (function, readings)
    });
    complete.collect()
}

#[test]
fn every_function_reports_in_well_formed_lines_what_the_catalogue_says_it_does() {
    for (function, readings) in invocations() {
        for (metric, ..) in readings.iter() {
            let from = metric.definition().functions;
            assert!(from.contains(&function), "{function:?} reports {metric:?}");
        }
        let lines = documents(&readings, "prod", noon());
        for line in &lines {
            assert_eq!(check(&line.to_string()), Ok(()), "{function:?}: {line}");
        }
        // The worker's two skips are for two reasons, and a document holds one value of a dimension.
        assert_eq!(
            lines.len(),
            if function == Function::Worker { 2 } else { 1 },
            "{function:?}"
        );
    }
}

/// Once every one of them is reported by somebody's report, none is in the catalogue for nothing.
#[test]
fn no_metric_of_the_catalogue_is_never_reported() {
    let mut all = Readings::none();
    for (_, readings) in invocations() {
        all.add(readings);
    }
    for state in [
        ExecutionState::Succeeded,
        ExecutionState::Failed,
        ExecutionState::RetryWait,
        ExecutionState::Canceled,
    ] {
        all.add(attempted(state, 1));
    }
    all.add(of_delivery(HIGH, &performed(What::FenceLost, None)));
    all.add(of_request(404, TimeDelta::zero()));
    for metric in Metric::ALL {
        assert!(
            all.iter().any(|(reported, ..)| reported == *metric),
            "{metric:?}"
        );
    }
}

#[test]
fn a_stage_is_what_the_deployment_is_called() {
    assert_eq!(stage_of("punctual-prod"), "prod");
    assert_eq!(stage_of("sandbox-7"), "sandbox-7");
}
