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

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::{ExecutionId, Lane};
use punctual_stand_in::Cloud;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

pub use self::api::{Answer, ApiHost};
pub use self::meters::{EVENT_SOURCE, Meters};
pub use self::ports::{Wired, World, provision};
pub use self::seat::{Death, Seat};
pub use self::sources::{dead_letters, workers};
pub use self::ticks::{begin, reconcile_all, reconciliations, ticks};
use crate::chance::{Chance, Seed};
use crate::fault::FaultPlan;
use crate::log::Log;
use crate::scenario::Wish;
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
    provoke: UnboundedSender<Provocation>,
    provocations: Mutex<Option<UnboundedReceiver<Provocation>>>,
}

/// What happens to an execution, and what comes to its user's mind then.
pub type Provocation = (ExecutionId, Wish);

/// Hosts what carries jobs out: the minute ticks up to an hour past `end`, and of every lane the workers and the readers
/// of its dead letters. They end when the set is dropped.
pub fn carriers(sim: &Arc<Sim>, end: DateTime<Utc>) -> JoinSet<()> {
    let mut hosts = JoinSet::new();
    hosts.spawn(ticks(Arc::clone(sim), end + TimeDelta::hours(1)));
    for lane in Lane::ALL {
        hosts.spawn(workers(Arc::clone(sim), lane));
        hosts.spawn(dead_letters(Arc::clone(sim), lane));
    }
    hosts
}

/// How far back a read may look that does not ask for consistency.
const STALE: TimeDelta = TimeDelta::seconds(2);

impl Sim {
    /// An empty world.
    pub fn new(seed: Seed, era: Era, plan: FaultPlan, log: Log) -> Arc<Self> {
        let mut cloud = Cloud::new("http://stand-in");
        cloud.dynamo.remember(STALE);
        let (provoke, provocations) = unbounded_channel();
        Arc::new(Self {
            seed,
            era,
            plan,
            cloud: Mutex::new(cloud),
            sent: Notify::new(),
            meters: Meters::default(),
            log: Mutex::new(log),
            provoke,
            provocations: Mutex::new(Some(provocations)),
        })
    }

    /// What users are provoked to. Given once.
    pub fn provocations(&self) -> Option<UnboundedReceiver<Provocation>> {
        self.provocations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Now and then, has the user of `execution` act at once, while things may go wrong: the odds are one to `odds`.
    pub fn perhaps_provoke(&self, chance: &Chance, odds: u64, execution: ExecutionId) {
        let wish = Wish::provoked(chance, execution);
        let happens = chance.between(0, odds) == 0;
        if happens && self.era.now() < self.plan.calm_from {
            // Refused only once nobody acts any more.
            let _ = self.provoke.send((execution, wish));
        }
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
