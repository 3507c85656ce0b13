//! What reconciliation remembers from one time to the next, and what it has found.

use super::{Page, PortResult};
use crate::domain::{Reconciled, Reconciliation};

/// The reconciliations, in the `control` table.
pub trait Reconciliations: Send + Sync {
    /// How far it has come, strongly consistent. `None` before the first [`Self::keep_reconciled`].
    fn reconciled(&self) -> impl Future<Output = PortResult<Option<Reconciled>>> + Send;

    /// Remembers how far it has come.
    fn keep_reconciled(
        &self,
        reconciled: &Reconciled,
    ) -> impl Future<Output = PortResult<()>> + Send;

    /// Keeps a report for 30 days. Keeping it twice is fine.
    fn record_reconciliation(
        &self,
        report: &Reconciliation,
    ) -> impl Future<Output = PortResult<()>> + Send;

    /// Lists the reports, latest first, at most `limit` (1–100) of them, from where `cursor` points. `Ok(None)`: the
    /// cursor is not one of ours.
    fn list_reconciliations(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = PortResult<Option<Page<Reconciliation>>>> + Send;
}
