//! Counts what calls cost, as the services report it: the figures behind every price that Punctual prints.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::types::ConsumedCapacity;

use crate::domain::Used;
use crate::metrics::Consumption;
use crate::tab;

/// What one kind of call has used so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Requests made.
    pub requests: u64,
    /// Capacity units consumed: read or write, by the operation's nature.
    pub units: f64,
}

/// What an operation is charged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charge {
    /// Write request units.
    WriteUnits,
    /// Read request units.
    ReadUnits,
    /// The request.
    Requests,
}

impl Charge {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::WriteUnits, Self::ReadUnits, Self::Requests];

    /// What `operation` is charged by. Polls that find nothing are a fixed cost of a queue, and nobody's.
    pub fn of(operation: &str) -> Option<Self> {
        let (service, call) = operation.split_once('.')?;
        match (service, call.split(' ').next()?) {
            ("dynamodb", "PutItem" | "BatchWriteItem" | "DeleteItem" | "UpdateItem") => {
                Some(Self::WriteUnits)
            }
            ("dynamodb", _) => Some(Self::ReadUnits),
            _ if operation.ends_with("(empty)") => None,
            _ => Some(Self::Requests),
        }
    }

    /// How much of it `usage` is.
    pub fn amount(self, usage: Usage) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "requests since a start")]
        let requests = usage.requests as f64;
        match self {
            Self::Requests => requests,
            Self::WriteUnits | Self::ReadUnits => usage.units,
        }
    }

    /// The same, for the tab of one errand.
    fn used(self, usage: Usage) -> Used {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "some units, in halves"
        )]
        let amount = |scale: f64| (self.amount(usage) * scale).round() as u32;
        match self {
            Self::WriteUnits => Used {
                write_units: amount(1.0),
                ..Used::default()
            },
            Self::ReadUnits => Used {
                read_half_units: amount(2.0),
                ..Used::default()
            },
            Self::Requests => Used {
                requests: amount(1.0),
                ..Used::default()
            },
        }
    }
}

/// Usage by operation: `dynamodb.PutItem executions`, `sqs.SendMessageBatch`.
#[derive(Debug, Default)]
pub struct Meter {
    counts: Mutex<Counts>,
    /// Counts the same, and what others count.
    all: Option<Arc<Meter>>,
}

#[derive(Debug, Default)]
struct Counts {
    by_operation: BTreeMap<String, Usage>,
    consumption: Consumption,
}

impl Meter {
    /// A meter of a part: what it counts is counted by `all`, too.
    pub fn part_of(all: &Arc<Self>) -> Self {
        Self {
            all: Some(Arc::clone(all)),
            ..Self::default()
        }
    }

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

    /// Counts an attempt at a call that was throttled.
    pub(super) fn throttled(&self) {
        self.count(&|counts| counts.consumption.throttles += 1);
    }

    fn add(&self, operation: &str, units: f64) {
        let charge = Charge::of(operation);
        if let Some(charge) = charge {
            tab::add(charge.used(Usage { requests: 1, units }));
        }
        self.count(&|counts| {
            let usage = counts.by_operation.entry(operation.to_owned()).or_default();
            usage.requests += 1;
            usage.units += units;
            match charge {
                Some(Charge::ReadUnits) => counts.consumption.read_units += units,
                Some(Charge::WriteUnits) => counts.consumption.write_units += units,
                Some(Charge::Requests) | None => {}
            }
        });
    }

    fn count(&self, count: &dyn Fn(&mut Counts)) {
        count(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(all) = &self.all {
            all.count(count);
        }
    }

    /// What has been used since the start, by operation.
    pub fn snapshot(&self) -> BTreeMap<String, Usage> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.by_operation.clone()
    }

    /// What has been used since the start, in sum.
    pub fn consumption(&self) -> Consumption {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.consumption
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_told_apart_by_what_their_operation_does_and_add_up_in_the_whole() {
        let all = Arc::new(Meter::default());
        let part = Meter::part_of(&all);
        part.add("dynamodb.GetItem control notice", 0.5);
        part.add("dynamodb.Query due", 2.0);
        part.refused("dynamodb.PutItem executions");
        part.request("sqs.SendMessageBatch");
        part.throttled();
        all.add("dynamodb.BatchWriteItem due", 3.0);
        let used = Consumption {
            read_units: 2.5,
            write_units: 1.0,
            throttles: 1,
        };
        assert_eq!(part.consumption(), used);
        assert_eq!(part.snapshot().len(), 4);
        let by_other = all.consumption().since(used);
        assert_eq!((by_other.read_units, by_other.write_units), (0.0, 3.0));
        assert_eq!(all.snapshot().len(), 5);
    }
}
