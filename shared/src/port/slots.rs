//! The slots of every key, one item a key. Taking one is a conditional write of what was read; giving one back takes out
//! one holder, whatever else has changed.

use super::PortResult;
use crate::domain::{ClaimToken, SlotKey, Slots, Stamp};

/// What a conditional write of a key's slots answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlotsPut {
    /// They are as asked; by this write, or by an earlier try of the very same one.
    Written,
    /// They are not at the expected stamp. Here is what they are, if they are there at all.
    Refused(Option<Slots>),
}

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
    ) -> impl Future<Output = PortResult<SlotsPut>> + Send;

    /// Takes `holder` out, under a fresh stamp. Does nothing if it is not there.
    fn give_slot_back(
        &self,
        key: &SlotKey,
        holder: ClaimToken,
        stamp: Stamp,
    ) -> impl Future<Output = PortResult<()>> + Send;
}
