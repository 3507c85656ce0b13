//! The slots of every key, one item a key. Taking one is a conditional write of what was read; giving one back takes out
//! one holder, whatever else has changed.

use super::{PortResult, Put};
use crate::domain::{ClaimToken, SlotKey, Slots, Stamp};

/// The slots, in the `control` table.
pub trait SlotTable: Send + Sync {
    /// The slots of `key`, strongly consistent.
    fn slots(&self, key: &SlotKey) -> impl Future<Output = PortResult<Option<Slots>>> + Send;

    /// Writes `slots` if the stored ones are at the stamp `expected`, or absent for `None`.
    fn put_slots(
        &self,
        key: &SlotKey,
        slots: &Slots,
        expected: Option<Stamp>,
    ) -> impl Future<Output = PortResult<Put<Slots>>> + Send;

    /// Takes `holder` out, under a fresh stamp. Does nothing if it is not there.
    fn give_slot_back(
        &self,
        key: &SlotKey,
        holder: ClaimToken,
        stamp: Stamp,
    ) -> impl Future<Output = PortResult<()>> + Send;
}
