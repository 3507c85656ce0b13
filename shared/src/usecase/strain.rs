//! How hard the service is pressed: as the API must know it with every request, a few seconds old; and in full, for those
//! who run the service.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::try_join;

use super::World;
use crate::domain::{Band, Minute, PerBand, Pressure};
use crate::plan::pressure::{MEASURED_MINUTES, capacity};
use crate::port::{
    Backlog, Clock, Deferred, Depth, Gauges, PortError, PortResult, Queues, Waiting,
};

/// How old what an instance knows may be.
const FRESH: TimeDelta = TimeDelta::seconds(5);

/// Under pressure, every tick renews what it concluded. What is older than this says only that nothing ticks.
const STALE: TimeDelta = TimeDelta::minutes(5);

/// Deferred work is counted up to here.
pub const MOST_COUNTED: u64 = 10_000;

/// What an instance of the API knows.
#[derive(Debug, Default)]
pub struct PressureWatch(Mutex<Option<(DateTime<Utc>, Pressure)>>);

impl PressureWatch {
    /// The pressure, as of a few seconds ago. Where it cannot be read, nobody is refused for it.
    pub async fn pressure(&self, world: &impl World) -> Pressure {
        let now = world.clock().now();
        if let Some(known) = self.known(now) {
            return known;
        }
        let pressure = pressure_now(world).await;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, pressure));
        pressure
    }

    fn known(&self, now: DateTime<Utc>) -> Option<Pressure> {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .filter(|(read_at, _)| now - *read_at < FRESH)
            .map(|(_, pressure)| pressure)
    }
}

/// The pressure, read now. Where it cannot be read, or is no longer renewed, there is none.
pub(super) async fn pressure_now(world: &impl World) -> Pressure {
    let now = world.clock().now();
    let found = match world.store().pressure().await {
        Ok(found) => found.filter(|found| now - found.at < STALE),
        Err(error) => {
            tracing::warn!(%error, "the pressure cannot be read");
            None
        }
    };
    found.unwrap_or_else(|| Pressure::calm(now))
}

/// A band as it is now.
#[derive(Clone, Copy, Debug)]
pub struct BandStrain {
    /// How many messages it can take in a minute.
    pub capacity_per_minute: u64,
    /// What is in its queue.
    pub queue: Depth,
    /// The executions that are deferred, counted up to [`MOST_COUNTED`].
    pub deferred: Waiting,
}

/// What the last tick concluded, and the bands as they are now.
///
/// # Errors
/// If a port fails.
pub async fn strain(
    world: &impl World,
    places: PerBand<u32>,
) -> PortResult<(Pressure, PerBand<BandStrain>)> {
    let now = world.clock().now();
    let concluded = world.store().pressure().await?;
    let since = Minute::of(now).plus(1 - MEASURED_MINUTES);
    let work = world.store().work_since(since).await?;
    let band = async |band: Band| {
        let backlog = Backlog::Capacity(band);
        Ok::<_, PortError>(BandStrain {
            capacity_per_minute: capacity(*places.get(band), *work.get(band)),
            queue: world.queues().depth(band).await?,
            deferred: world.store().count_deferred(&backlog, MOST_COUNTED).await?,
        })
    };
    let (high, normal, low) = try_join!(band(Band::High), band(Band::Normal), band(Band::Low))?;
    let bands = PerBand { high, normal, low };
    Ok((concluded.unwrap_or_else(|| Pressure::calm(now)), bands))
}
