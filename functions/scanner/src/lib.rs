//! The scanner: one tick an invocation. The event says only "look"; what is to be done follows from what is stored, so
//! a lost, late or doubled tick is harmless.

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::{Level, PerBand};
use punctual::edge::error_chain;
use punctual::port::{Clock, PortResult};
use punctual::usecase::{TickReport, World, release_redrives, tick};

/// A tick leaves this much of its time unused, to write its checkpoint and its report.
const RESERVE: TimeDelta = TimeDelta::seconds(5);

/// Makes one tick, which must end before `deadline`. `places` is how many executions each band can have under way at once.
///
/// # Errors
/// If the scanner's progress cannot be read or written. The next tick goes on from there.
pub async fn handle(
    world: &impl World,
    places: PerBand<u32>,
    deadline: DateTime<Utc>,
) -> PortResult<TickReport> {
    let begun = world.clock().now();
    let report = tick(world, places, deadline - RESERVE).await?;
    if report.stood_by {
        tracing::info!("the tick stood by: another region scans");
        return Ok(report);
    }
    for (minute, error) in &report.failures {
        tracing::error!(%minute, error = error_chain(error), "a bucket could not be scanned");
    }
    if let Some(error) = &report.unreleased {
        tracing::error!(
            error = error_chain(error),
            "deferred work could not be released"
        );
    }
    if let Some(error) = &report.unheld {
        tracing::error!(error = error_chain(error), "holds could not be seen to");
    }
    tracing::info!(
        minutes_done = report.minutes_done,
        hints_read = report.hints_read,
        hints_put = report.hints_put,
        dispatched = report.dispatched,
        deferred = report.deferred,
        shed = report.shed,
        released = report.released,
        level = report.level.name(),
        dropped = report.dropped,
        failures = report.failures.len(),
        cut_short = report.cut_short,
        scanner_lag_ms = report.lag.map(|lag| lag.num_milliseconds()),
        took_ms = (world.clock().now() - begun).num_milliseconds(),
        "tick"
    );
    // Attempts that people asked for again are more work, and pass every breaker: they wait for calm.
    if report.level < Level::NormalShed {
        release(world, deadline - RESERVE).await;
    }
    Ok(report)
}

/// Works off the redrives of many, behind everything that is due: what fails goes on with the next tick.
async fn release(world: &impl World, deadline: DateTime<Utc>) {
    match release_redrives(world, deadline).await {
        Ok(done) if done.redrives == 0 => {}
        Ok(done) => tracing::info!(
            redrives = done.redrives,
            released = done.released,
            refused = done.refused,
            "redrives"
        ),
        Err(error) => tracing::error!(
            error = error_chain(&error),
            "redrives could not be worked off"
        ),
    }
}
