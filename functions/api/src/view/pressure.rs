//! The service's pressure as operators see it.

use punctual::domain::{Band, Breaker, Level, PerBand, Pressure};
use punctual::usecase::{BandStrain, MOST_COUNTED};
use serde::Serialize;
use utoipa::ToSchema;

use super::{utc, utc_ms};

/// How hard the service is pressed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Pressure)]
pub struct PressureView {
    /// What is given up, as the last tick concluded.
    level: Level,
    /// Since when. Of calm it is not always known.
    #[schema(format = DateTime)]
    since: String,
    high: BandView,
    normal: BandView,
    low: BandView,
}

/// A band of priorities.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BandPressure)]
struct BandView {
    breaker: BreakerView,
    /// How many messages its workers can take in a minute, by their number and by how long messages took lately.
    capacity_per_minute: u64,
    /// Messages in its queue that could be received now, about.
    ready: u64,
    /// Messages that are being worked on, about.
    in_flight: u64,
    /// Messages that arrive later, about.
    delayed: u64,
    /// Executions that are due and wait for capacity.
    deferred: u64,
    /// Whether there are more of them than were counted.
    deferred_is_more: bool,
    /// When the oldest of those that were counted was due.
    #[schema(required, format = DateTime)]
    oldest_deferred: Option<String>,
}

/// Whether anything is sent to a band's queue: `closed` is the usual state.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Breaker)]
struct BreakerView {
    state: BreakerState,
    /// Since when, unless it is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime)]
    since: Option<String>,
}

/// `open`: nothing is sent. `half_open`: a little is, to see what becomes of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    Closed,
    Open,
    HalfOpen,
}

impl PressureView {
    /// What was concluded, and the bands as they are now.
    pub fn of(pressure: &Pressure, bands: &PerBand<BandStrain>) -> Self {
        let band = |band: Band| {
            let strain = bands.get(band);
            BandView {
                breaker: pressure.bands.get(band).breaker.into(),
                capacity_per_minute: strain.capacity_per_minute,
                ready: strain.queue.ready,
                in_flight: strain.queue.in_flight,
                delayed: strain.queue.delayed,
                deferred: strain.deferred.count.min(MOST_COUNTED),
                deferred_is_more: strain.deferred.count >= MOST_COUNTED,
                oldest_deferred: strain.deferred.oldest.map(utc),
            }
        };
        Self {
            level: pressure.level,
            since: utc_ms(pressure.since),
            high: band(Band::High),
            normal: band(Band::Normal),
            low: band(Band::Low),
        }
    }
}

impl From<Breaker> for BreakerView {
    fn from(breaker: Breaker) -> Self {
        let (state, since) = match breaker {
            Breaker::Closed => (BreakerState::Closed, None),
            Breaker::Open { since } => (BreakerState::Open, Some(since)),
            Breaker::HalfOpen { since } => (BreakerState::HalfOpen, Some(since)),
        };
        Self {
            state,
            since: since.map(utc_ms),
        }
    }
}
