//! The hourly event of the reconciler, as EventBridge would give it: an hour after the start, and every hour from there. The
//! agenda is taken at the start, too.

use chrono::TimeDelta;
use punctual::edge::{Reporter, SystemClock, error_chain};
use punctual::metrics::of_reconciliation;
use punctual::port::Clock;
use punctual::usecase::World;
use tokio_util::sync::CancellationToken;

const HOUR: TimeDelta = TimeDelta::hours(1);

/// The reconciler's function ends after this long.
const FUNCTION_TIMEOUT: TimeDelta = TimeDelta::minutes(10);

/// Reconciles every hour until told to stop.
pub(crate) async fn reconcile_every_hour(
    world: &impl World,
    reporter: &Reporter,
    stop: CancellationToken,
) {
    let clock = SystemClock;
    let mut next = clock.now() + HOUR;
    punctual_reconciler::renew_agenda(world, clock.now() + FUNCTION_TIMEOUT).await;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = clock.sleep_until(next) => {}
        }
        let deadline = clock.now() + FUNCTION_TIMEOUT;
        let reconciled = punctual_reconciler::handle(world, deadline).await;
        reporter.report_of(&reconciled, |report| of_reconciliation(report.as_ref()));
        if let Err(error) = reconciled {
            tracing::error!(
                error = error_chain(&error),
                "the reconciliation failed; the next one goes on"
            );
        }
        punctual_reconciler::renew_agenda(world, deadline).await;
        next += HOUR;
    }
}
