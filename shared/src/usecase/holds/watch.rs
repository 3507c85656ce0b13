//! Which holds are in effect, as whoever starts anything must know it: a few seconds old.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::super::World;
use crate::domain::Hold;
use crate::port::{Clock, Holds, PortResult};

/// How old what is known may be: a hold is in effect everywhere this long after it was placed.
const FRESH: TimeDelta = TimeDelta::seconds(3);

/// What a process knows of the holds.
#[derive(Debug, Default)]
pub struct HoldWatch(Mutex<Option<Known>>);

/// When they were read, and the holds.
type Known = (DateTime<Utc>, Arc<[Hold]>);

impl HoldWatch {
    /// The holds in effect. Its age is counted from before the read.
    ///
    /// # Errors
    /// If they cannot be read: whoever does not know what is held must start nothing.
    pub async fn in_effect(&self, world: &impl World) -> PortResult<Arc<[Hold]>> {
        let now = world.clock().now();
        if let Some(known) = self.known(now) {
            return Ok(known);
        }
        let mut holds = world.store().present_holds().await?;
        holds.retain(Hold::holds);
        let holds: Arc<[Hold]> = holds.into();
        let known = Some((now, Arc::clone(&holds)));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(holds)
    }

    fn known(&self, now: DateTime<Utc>) -> Option<Arc<[Hold]>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (read_at, holds) = known.as_ref()?;
        (now - *read_at < FRESH).then(|| Arc::clone(holds))
    }
}
