//! Holds in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use punctual::domain::{Hold, HoldId, Stamp};
use punctual::port::{Holds, Page, PortResult};

use super::tables::{Tables, lock, page};

/// Those in effect, and those that are over.
#[derive(Default)]
pub struct Held {
    present: Mutex<BTreeMap<HoldId, Hold>>,
    past: Mutex<BTreeMap<HoldId, Hold>>,
}

impl Holds for Tables {
    async fn present_holds(&self) -> PortResult<Vec<Hold>> {
        Ok(lock(&self.held.present).values().cloned().collect())
    }

    async fn put_hold(&self, hold: &Hold, expected: Option<Stamp>) -> PortResult<bool> {
        self.wrote();
        let mut present = lock(&self.held.present);
        let is_expected = present.get(&hold.id).map(|found| found.stamp) == expected;
        if is_expected {
            present.insert(hold.id, hold.clone());
        }
        Ok(is_expected)
    }

    async fn archive_hold(&self, hold: &Hold) -> PortResult<()> {
        self.wrote();
        lock(&self.held.past).insert(hold.id, hold.clone());
        lock(&self.held.present).remove(&hold.id);
        Ok(())
    }

    async fn hold(&self, id: HoldId) -> PortResult<Option<Hold>> {
        let present = lock(&self.held.present).get(&id).cloned();
        Ok(present.or_else(|| lock(&self.held.past).get(&id).cloned()))
    }

    async fn past_holds(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> PortResult<Option<Page<Hold>>> {
        let past = lock(&self.held.past).values().rev().cloned().collect();
        Ok(page(past, cursor, limit))
    }
}
