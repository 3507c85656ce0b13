//! The agenda that is kept for everybody who forecasts: taken now and then by one who reads every job, read by many.

use chrono::{DateTime, Utc};

use super::PortResult;
use crate::domain::Agenda;

/// The agenda, in the `control` table.
pub trait Agendas: Send + Sync {
    /// Keeps `agenda`, unless a later one is there; for two days. Whoever reads meanwhile gets the one before, or this one
    /// whole.
    fn keep_agenda(&self, agenda: &Agenda) -> impl Future<Output = PortResult<()>> + Send;

    /// The agenda that is kept, if it was taken after `known`. What in it cannot be read is left out, and it is not whole
    /// then.
    fn agenda_after(
        &self,
        known: Option<DateTime<Utc>>,
    ) -> impl Future<Output = PortResult<Option<Agenda>>> + Send;
}
