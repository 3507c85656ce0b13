//! The reconciler: one reconciliation an invocation. The event says only "look"; what is looked at follows from what is
//! stored, so a lost, late or doubled event is harmless.

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::Reconciliation;
use punctual::port::{Clock, PortResult};
use punctual::usecase::{Bounds, World, reconcile_next};

/// A reconciliation leaves this much of its time unused, to finish the jobs that it has begun and to keep its report.
const RESERVE: TimeDelta = TimeDelta::seconds(30);

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
