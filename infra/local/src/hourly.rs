//! The hourly event of the reconciler, as EventBridge would give it: an hour after the start, and every hour from there.

use chrono::TimeDelta;
use punctual::edge::{SystemClock, error_chain};
use punctual::port::Clock;
use punctual::usecase::World;
use tokio_util::sync::CancellationToken;

const HOUR: TimeDelta = TimeDelta::hours(1);

/// The reconciler's function ends after this long.
const FUNCTION_TIMEOUT: TimeDelta = TimeDelta::minutes(10);

/// Reconciles every hour until told to stop.
pub(crate) async fn reconcile_every_hour(world: &impl World, stop: CancellationToken) {
    let clock = SystemClock;
    let mut next = clock.now() + HOUR;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = clock.sleep_until(next) => {}
        }
        let deadline = clock.now() + FUNCTION_TIMEOUT;
        if let Err(error) = punctual_reconciler::handle(world, deadline).await {
            tracing::error!(
                error = error_chain(&error),
                "the reconciliation failed; the next one goes on"
            );
        }
        next += HOUR;
    }
}
