//! A breaker between a user's calls and a host, as the user sees it.

use punctual::domain::{Destination, HostBreaker, HostState};
use serde::Serialize;
use utoipa::ToSchema;

use super::{BreakerState, Page, utc_ms};

/// Whether calls are made to a host.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HostBreaker)]
pub struct HostBreakerView {
    #[schema(example = "example.com")]
    host: String,
    port: u16,
    state: BreakerState,
    /// Since when it is closed.
    #[schema(required, format = DateTime)]
    since: Option<String>,
    /// Unless it is closed: when a call may be made again, to see.
    #[schema(required, format = DateTime)]
    until: Option<String>,
    /// How often in a row it was opened: each time for longer.
    trips: u32,
}

/// A part of a list of host breakers.
pub type HostBreakerPage = Page<HostBreakerView>;

impl From<(Destination, HostBreaker)> for HostBreakerView {
    fn from((destination, breaker): (Destination, HostBreaker)) -> Self {
        let (state, since, until) = match breaker.state {
            HostState::Closed { since } => (BreakerState::Closed, Some(since), None),
            HostState::Open { until } => (BreakerState::Open, None, Some(until)),
            HostState::Probing { until } => (BreakerState::HalfOpen, None, Some(until)),
        };
        Self {
            host: destination.host().to_owned(),
            port: destination.port(),
            state,
            since: since.map(utc_ms),
            until: until.map(utc_ms),
            trips: breaker.trips,
        }
    }
}
