//! Holds: those in effect where every worker reads them, those that are over where they can be looked up.

use super::{Page, PortResult};
use crate::domain::{Hold, HoldId, Stamp};

/// The holds.
pub trait Holds: Send + Sync {
    /// Every hold that is not over, oldest first, strongly consistent.
    fn present_holds(&self) -> impl Future<Output = PortResult<Vec<Hold>>> + Send;

    /// Writes a hold that is not over: over the one with the stamp `expected`, or where there is none for `None`. Whether
    /// it was written.
    fn put_hold(
        &self,
        hold: &Hold,
        expected: Option<Stamp>,
    ) -> impl Future<Output = PortResult<bool>> + Send;

    /// Moves a hold that is over to where those are that were. Safe to do again.
    fn archive_hold(&self, hold: &Hold) -> impl Future<Output = PortResult<()>> + Send;

    /// A hold, in effect or over.
    fn hold(&self, id: HoldId) -> impl Future<Output = PortResult<Option<Hold>>> + Send;

    /// Holds that are over, the latest first. `None`: the cursor is not one of ours.
    fn past_holds(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = PortResult<Option<Page<Hold>>>> + Send;
}
