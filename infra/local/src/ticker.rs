//! The minute tick, as EventBridge would give it: at every full minute, and once at the start.

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::{Minute, PerBand};
use punctual::edge::{Reporter, SystemClock, error_chain};
use punctual::metrics::of_tick;
use punctual::port::Clock;
use punctual::usecase::World;
use tokio_util::sync::CancellationToken;

/// The scanner's function ends after this long.
const FUNCTION_TIMEOUT: TimeDelta = TimeDelta::seconds(55);

/// Ticks until told to stop. A tick under way is finished.
pub(crate) async fn tick_every_minute(
    world: &impl World,
    places: PerBand<u32>,
    reporter: &Reporter,
    stop: CancellationToken,
) {
    let clock = SystemClock;
    let mut next: DateTime<Utc> = clock.now();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = clock.sleep_until(next) => {}
        }
        let ticked = punctual_scanner::handle(world, places, next + FUNCTION_TIMEOUT).await;
        reporter.report_of(&ticked, of_tick);
        if let Err(error) = ticked {
            tracing::error!(
                error = error_chain(&error),
                "the tick failed; the next one goes on"
            );
        }
        next = Minute::of(clock.now()).plus(1).start();
    }
}
