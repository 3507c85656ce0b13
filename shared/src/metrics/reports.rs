//! What each handler's report says in metrics. A counter that is 0 is left out where lines are many, by the API, the worker
//! and the dead-letter handler: whoever watches it takes what is not there as 0. The scanner and the reconciler say all, so
//! that a line of theirs that is missing is known to be missing.

use chrono::TimeDelta;

use super::catalogue::{Function, Metric, Skip};
use super::readings::{Label, Readings};
use crate::domain::{Execution, ExecutionState, Lane, Level, Reconciliation};
use crate::usecase::{Buried, Performed, TickReport, Told, What};

/// A tick that was brought to its end.
pub fn of_tick(report: &TickReport) -> Readings {
    let failed = report.failures.len() as u64;
    let beside = [&report.unreleased, &report.unheld];
    let errors = failed + beside.into_iter().flatten().count() as u64;
    let mut readings = Readings::none()
        .counting(Metric::TickSeen, 1)
        .counting(Metric::Dispatched, report.dispatched)
        .counting(Metric::Deferred, report.deferred)
        .counting(Metric::Shed, report.shed)
        .counting(Metric::Released, report.released)
        .counting(Metric::BucketFailures, failed)
        .counting(Metric::PressureLevel, severity(report.level))
        .counting_by(
            Metric::HandlerErrors,
            Label::Function(Function::Scanner),
            errors,
        );
    if let Some(lag) = report.lag {
        readings = readings.lasting(Metric::SchedulerLag, Label::Whole, lag);
    }
    if let Some(ready) = report.ready {
        readings = readings.counting(Metric::Backlog, ready);
    }
    readings
}

fn severity(level: Level) -> u64 {
    let calmer = |other: &&Level| **other < level;
    Level::ALL.iter().filter(calmer).count() as u64
}

/// A message that was delivered by `lane`.
pub fn of_delivery(lane: Lane, performed: &Performed) -> Readings {
    let none = Readings::none();
    match (performed.what, performed.execution.as_deref()) {
        (What::Attempted, Some(execution)) => {
            let mut readings = none.counting(Metric::Started, 1);
            if execution.attempt == 1
                && let Some(lateness) = execution.lateness()
            {
                readings = readings.lasting(Metric::Lateness, Label::Band(lane), lateness);
            }
            if let Some(took) = execution.duration_ms {
                let took = TimeDelta::milliseconds(took.try_into().unwrap_or(i64::MAX));
                readings = readings.lasting(Metric::AttemptTime, Label::Whole, took);
            }
            readings.add(of_end(execution));
            readings
        }
        (What::Judged, Some(execution)) => of_end(execution),
        (What::AlreadyOver | What::FenceLost, _) => none.counting(Metric::ClaimConflicts, 1),
        _ => none,
    }
}

/// How an execution stands after its delivery.
fn of_end(execution: &Execution) -> Readings {
    let metric = match execution.state {
        ExecutionState::Succeeded => Metric::Succeeded,
        ExecutionState::Failed => Metric::Failed,
        ExecutionState::RetryWait => Metric::Retried,
        ExecutionState::Dead => Metric::Dead,
        ExecutionState::Canceled => Metric::Canceled,
        ExecutionState::Skipped => {
            return match Skip::of(execution) {
                Some(skip) => Readings::none().counting_by(Metric::Skipped, Label::Reason(skip), 1),
                None => Readings::none(),
            };
        }
        ExecutionState::Waiting
        | ExecutionState::Running
        | ExecutionState::Offered
        | ExecutionState::Held => return Readings::none(),
    };
    Readings::none().counting(metric, 1)
}

/// A message that nothing here can read.
pub fn of_unreadable() -> Readings {
    Readings::none().counting(Metric::Unreadable, 1)
}

/// A dead letter.
pub fn of_burial(buried: &Buried) -> Readings {
    match buried {
        Buried::Noted { .. } => Readings::none().counting(Metric::DeadLetters, 1),
        Buried::NothingToDo | Buried::ComeBackAt(_) => Readings::none(),
    }
}

/// A notification.
pub fn of_telling(told: &Told) -> Readings {
    match told {
        Told::Delivered => Readings::none().counting(Metric::NotificationsSent, 1),
        Told::Refused(_) => Readings::none().counting(Metric::NotificationsFailed, 1),
        Told::ToldBefore | Told::Busy | Told::InDigest | Told::ForEachChannel | Told::Nobody => {
            Readings::none()
        }
    }
}

/// A reconciliation that was brought to its end. `None`: nothing had settled since the last.
pub fn of_reconciliation(report: Option<&Reconciliation>) -> Readings {
    let found = |count: fn(&Reconciliation) -> u64| report.map(count).unwrap_or_default();
    Readings::none()
        .counting(Metric::ReconcilerRan, 1)
        .counting(Metric::Missing, found(|report| report.missing))
        .counting(Metric::Stalled, found(|report| report.stalled))
        .counting(
            Metric::ChainsRepaired,
            found(|report| report.chains_repaired),
        )
        .counting(Metric::Unproven, found(|report| report.unproven))
}

/// A request that was answered with `status`.
pub fn of_request(status: u16, took: TimeDelta) -> Readings {
    let readings = Readings::none().counting(Metric::Requests, 1).lasting(
        Metric::RequestTime,
        Label::Whole,
        took,
    );
    match status {
        400..=499 => readings.counting(Metric::ClientErrors, 1),
        500..=599 => readings.counting(Metric::ServerErrors, 1).counting_by(
            Metric::HandlerErrors,
            Label::Function(Function::Api),
            1,
        ),
        _ => readings,
    }
}

/// An invocation, or a message of one, that failed and is to be done again.
pub fn of_failure(function: Function) -> Readings {
    Readings::none().counting_by(Metric::HandlerErrors, Label::Function(function), 1)
}

/// What calls have used: capacity units as the tables say, and calls that were throttled.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Consumption {
    /// Read capacity units.
    pub read_units: f64,
    /// Write capacity units.
    pub write_units: f64,
    /// Calls that were throttled.
    pub throttles: u64,
}

impl Consumption {
    /// What was used since `before` was read of the same meter.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            read_units: self.read_units - before.read_units,
            write_units: self.write_units - before.write_units,
            throttles: self.throttles.saturating_sub(before.throttles),
        }
    }
}

/// What the calls of one invocation have used.
pub fn of_consumption(function: Function, used: Consumption) -> Readings {
    let label = Label::Function(function);
    let mut readings = Readings::none();
    if used.read_units > 0.0 {
        readings = readings.amounting_to(Metric::ConsumedReadUnits, label, used.read_units);
    }
    if used.write_units > 0.0 {
        readings = readings.amounting_to(Metric::ConsumedWriteUnits, label, used.write_units);
    }
    if used.throttles > 0 {
        readings = readings.counting_by(Metric::Throttles, label, used.throttles);
    }
    readings
}
