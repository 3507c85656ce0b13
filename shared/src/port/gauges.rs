//! What is measured of the service's load, and what was concluded from it. Nothing depends on its being exact, or there.

use super::PortResult;
use crate::domain::{Band, Minute, PerBand, Pressure, Work};

/// The gauges, in the `control` table.
pub trait Gauges: Send + Sync {
    /// Adds work that was done in `minute`.
    fn add_work(
        &self,
        band: Band,
        minute: Minute,
        work: Work,
    ) -> impl Future<Output = PortResult<()>> + Send;

    /// The work that was done since `minute`.
    fn work_since(&self, minute: Minute) -> impl Future<Output = PortResult<PerBand<Work>>> + Send;

    /// What was concluded last, strongly consistent.
    fn pressure(&self) -> impl Future<Output = PortResult<Option<Pressure>>> + Send;

    /// Keeps what was concluded.
    fn keep_pressure(&self, pressure: &Pressure) -> impl Future<Output = PortResult<()>> + Send;
}
