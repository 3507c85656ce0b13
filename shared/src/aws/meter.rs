//! Counts what calls cost, as the services report it: the figures behind every price that Punctual prints.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use aws_sdk_dynamodb::types::ConsumedCapacity;

/// What one kind of call has used so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Requests made.
    pub requests: u64,
    /// Capacity units consumed: read or write, by the operation's nature.
    pub units: f64,
}

/// Usage by operation: `dynamodb.PutItem executions`, `sqs.SendMessageBatch`.
#[derive(Debug, Default)]
pub struct Meter {
    by_operation: Mutex<BTreeMap<String, Usage>>,
}

impl Meter {
    /// Counts one request, without capacity.
    pub fn request(&self, operation: &str) {
        self.add(operation, 0.0);
    }

    /// Counts one refused write. It is billed as if it had been made, but does not say what: one unit, for items of ours.
    pub(super) fn refused(&self, operation: &str) {
        self.add(&format!("{operation} (refused)"), 1.0);
    }

    /// Counts one request with the capacity it reports.
    pub(super) fn capacity(&self, operation: &str, consumed: Option<&ConsumedCapacity>) {
        let units = consumed.and_then(ConsumedCapacity::capacity_units);
        self.add(operation, units.unwrap_or_default());
    }

    /// Counts one batch request with the capacities it reports.
    pub(super) fn capacities(&self, operation: &str, consumed: &[ConsumedCapacity]) {
        let units = consumed.iter().filter_map(ConsumedCapacity::capacity_units);
        self.add(operation, units.sum());
    }

    fn add(&self, operation: &str, units: f64) {
        let mut by_operation = self
            .by_operation
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let usage = by_operation.entry(operation.to_owned()).or_default();
        usage.requests += 1;
        usage.units += units;
    }

    /// What has been used since the start.
    pub fn snapshot(&self) -> BTreeMap<String, Usage> {
        self.by_operation
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
