//! Why an instant is not in the ledger: the answer for a time that was never planned, with the ones nearest to it.

use chrono::{DateTime, TimeDelta, Utc};

use super::Versions;
use super::explain::written;
use crate::plan::dependencies::Gate;

/// An instant at which nothing was planned.
#[derive(Clone, Debug, PartialEq)]
pub struct NotPlanned {
    /// Why not.
    pub reason: WhyNot,
    /// The same for a person.
    pub explanation: String,
    /// The last planned occurrence before it.
    pub before: Option<DateTime<Utc>>,
    /// The first planned occurrence after it.
    pub after: Option<DateTime<Utc>>,
}

/// Why nothing was planned at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = WhyNotPlanned)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// The job did not fire yet: it was created, or resumed, or its schedule was given, later.
    NotYetEffective,
    /// An earlier version had it; a change took it away.
    Superseded,
    /// The timetable had ended, by its end or its number of runs.
    Ended,
    /// The schedule simply has no such time.
    NotInSchedule,
    /// It runs after others only, and none of them has this run.
    NoUpstreamRun,
    /// It runs after others only, and not all of them have ended this run.
    UpstreamPending,
}

/// Why nothing is planned at `instant`, of which the caller knows that nothing is.
pub fn why_not_planned(versions: &Versions, instant: DateTime<Utc>) -> NotPlanned {
    let (reason, explanation) = reason(versions, instant);
    let after = versions.next(instant + TimeDelta::seconds(1));
    NotPlanned {
        reason,
        explanation,
        before: versions.last_before(instant),
        after: after.map(|(found, _)| found),
    }
}

/// Why a job that runs after others only has no record of a run, by what those say of it.
pub fn why_not_behind(gate: Gate) -> NotPlanned {
    let (reason, explanation) = match gate {
        Gate::Waits(on) => (
            WhyNot::UpstreamPending,
            format!("the job runs after others, and {on} has not ended"),
        ),
        Gate::Open(Some(_)) | Gate::Failed(_) | Gate::Paused => (
            WhyNot::UpstreamPending,
            "the jobs that it runs after have ended; its record appears when a worker takes it up, and if its message was \
             lost, reconciliation sends it again"
                .to_owned(),
        ),
        Gate::Open(None) | Gate::NotOwed => (
            WhyNot::NoUpstreamRun,
            "the job runs after others, and none of them has this run, or the job did not run after them then".to_owned(),
        ),
    };
    NotPlanned {
        reason,
        explanation,
        before: None,
        after: None,
    }
}

fn reason(versions: &Versions, instant: DateTime<Utc>) -> (WhyNot, String) {
    let Some(version) = versions.governing(instant) else {
        let begin = versions.begin().map(written).unwrap_or_default();
        let told = format!("the job fires nothing before {begin}, when it began");
        return (WhyNot::NotYetEffective, told);
    };
    if let Some((_, changed_at)) = versions.last_with(instant) {
        let told = format!(
            "before its change at {} the job would have fired then; its new schedule does not have this time",
            written(changed_at)
        );
        return (WhyNot::Superseded, told);
    }
    match version.job.timetable.end() {
        Some(end) if end < instant => {
            let over = format!("the job fires nothing after {}", written(end));
            let told = match versions.last_before(instant) {
                Some(last) => format!("{over}; its last fire time was {}", written(last)),
                None => over,
            };
            (WhyNot::Ended, told)
        }
        _ => {
            let told = "the job's schedule does not have this time".to_owned();
            (WhyNot::NotInSchedule, told)
        }
    }
}
