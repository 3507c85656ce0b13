//! Hosts the functions of a run as AWS would: processes that take one event at a time, an event source for each queue,
//! two triggers for the minute tick, an API behind which users are.

mod api;
mod meters;
mod ports;
mod seat;
mod sources;
mod ticks;
mod wire;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use punctual_stand_in::Cloud;
use tokio::sync::Notify;

pub use self::api::{Answer, ApiHost};
pub use self::meters::{EVENT_SOURCE, Meters};
pub use self::ports::{Wired, World, provision};
pub use self::seat::{Death, Seat};
pub use self::sources::{dead_letters, workers};
pub use self::ticks::{begin, reconcile_all, reconciliations, ticks};
use crate::chance::Seed;
use crate::fault::FaultPlan;
use crate::log::Log;
use crate::time::Era;

/// What the processes of a run share: time, the services, and those who watch.
#[derive(Debug)]
pub struct Sim {
    /// From which everything follows.
    pub seed: Seed,
    /// True time.
    pub era: Era,
    /// What goes wrong.
    pub plan: FaultPlan,
    /// The services.
    pub cloud: Mutex<Cloud>,
    /// Woken when a message was sent, or made visible.
    pub sent: Notify,
    /// What the functions' calls have used.
    pub meters: Meters,
    log: Mutex<Log>,
}

/// How far back a read may look that does not ask for consistency.
const STALE: TimeDelta = TimeDelta::seconds(2);

impl Sim {
    /// An empty world.
    pub fn new(seed: Seed, era: Era, plan: FaultPlan, log: Log) -> Arc<Self> {
        let mut cloud = Cloud::new("http://stand-in");
        cloud.dynamo.remember(STALE);
        Arc::new(Self {
            seed,
            era,
            plan,
            cloud: Mutex::new(cloud),
            sent: Notify::new(),
            meters: Meters::default(),
            log: Mutex::new(log),
        })
    }

    /// What was seen.
    pub fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The services, for one call.
    pub fn cloud(&self) -> MutexGuard<'_, Cloud> {
        self.cloud.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
