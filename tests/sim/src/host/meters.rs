//! What the calls of each function have used, as the product's own meter counts it, whichever of its processes made them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use punctual::aws::{Meter, Usage};

/// The name under which the requests of the event sources are counted: they are paid for, and no function makes them.
pub const EVENT_SOURCE: &str = "event source";

/// A meter for each function.
#[derive(Debug, Default)]
pub struct Meters {
    by_function: Mutex<BTreeMap<String, Arc<Meter>>>,
}

impl Meters {
    /// The meter of the function that the process called `name` is of: `worker` for `worker-normal-3`.
    pub fn of(&self, name: &str) -> Arc<Meter> {
        let function = name.split('-').next().unwrap_or(name);
        let mut meters = self
            .by_function
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(meters.entry(function.to_owned()).or_default())
    }

    /// What has been used since the start, by function and operation.
    pub fn snapshot(&self) -> BTreeMap<(String, String), Usage> {
        let meters = self
            .by_function
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let used = meters.iter().flat_map(|(function, meter)| {
            let operations = meter.snapshot().into_iter();
            operations.map(move |(operation, usage)| ((function.clone(), operation), usage))
        });
        used.collect()
    }
}
