//! The reconciler: one reconciliation an invocation, and then an agenda. The event says only "look"; what is looked at
//! follows from what is stored, so a lost, late or doubled event is harmless.

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::Reconciliation;
use punctual::edge::error_chain;
use punctual::port::{Clock, PortResult};
use punctual::usecase::{Bounds, World, reconcile_next, take_agenda};

/// A reconciliation leaves this much of its time unused, to finish the jobs that it has begun and to keep its report; and
/// then for the agenda, which must not want for time where proofs take all that they are given.
const RESERVE: TimeDelta = TimeDelta::seconds(120);

/// The agenda leaves this much, to be kept.
const KEEPING: TimeDelta = TimeDelta::seconds(40);

/// Goes on where the last reconciliation ended, and ends before `deadline`. `None`: nothing has settled since.
///
/// # Errors
/// If a port fails. The next reconciliation begins where this one did.
pub async fn handle(
    world: &impl World,
    deadline: DateTime<Utc>,
) -> PortResult<Option<Reconciliation>> {
    let begun = world.clock().now();
    let report = reconcile_next(world, Bounds::until(deadline - RESERVE)).await?;
    if let Some(report) = &report {
        let outcomes = serde_json::to_string(&report.outcomes).unwrap_or_default();
        tracing::info!(
            from = %report.window.from,
            until = %report.window.until,
            jobs = report.jobs,
            planned = report.planned,
            accounted = report.accounted,
            outcomes,
            missing = report.missing,
            stalled = report.stalled,
            resent = report.resent,
            chains_repaired = report.chains_repaired,
            chains_unchecked = report.chains_unchecked,
            unproven = report.unproven,
            cut_short = report.cut_short,
            took_ms = (world.clock().now() - begun).num_milliseconds(),
            "reconciliation"
        );
    }
    Ok(report)
}

/// Takes the agenda and keeps it, in what is left of the time until `deadline`. Forecasts live without: a failure is told,
/// and the agenda of an hour ago stays.
pub async fn renew_agenda(world: &impl World, deadline: DateTime<Utc>) {
    let begun = world.clock().now();
    match take_agenda(world, deadline - KEEPING).await {
        Ok(Some(taken)) => tracing::info!(
            jobs = taken.jobs,
            entries = taken.entries,
            is_whole = taken.is_whole,
            took_ms = (world.clock().now() - begun).num_milliseconds(),
            "agenda"
        ),
        Ok(None) => {
            tracing::info!("the agenda was not taken: another region's turn, or no time left");
        }
        Err(error) => tracing::error!(
            error = error_chain(&error),
            "the agenda was not taken; the one before stays"
        ),
    }
}
