//! Prices, in one table, and what metered calls come to.

use std::collections::BTreeMap;

use punctual::aws::Usage;

/// USD per million, us-east-1, on demand, as published since November 2024; free tiers excluded.
const PRICES: [(Kind, f64); 3] = [
    (Kind::WriteUnits, 0.625),
    (Kind::ReadUnits, 0.125),
    (Kind::QueueRequests, 0.40),
];

/// The stand-in does not say what a batch read consumed. DynamoDB charges half a unit for each eventually consistent
/// read of up to 4 KB; every due job is read once so.
pub const BATCH_READ_UNITS_PER_JOB: f64 = 0.5;

/// What is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    WriteUnits,
    ReadUnits,
    QueueRequests,
}

impl Kind {
    /// What an operation is paid by. Empty polls are a fixed cost of a queue, not of a run.
    pub fn of(operation: &str) -> Option<Self> {
        let (service, call) = operation.split_once('.')?;
        let call = call.split(' ').next()?;
        match (service, call) {
            ("dynamodb", "PutItem" | "BatchWriteItem" | "DeleteItem" | "UpdateItem") => {
                Some(Self::WriteUnits)
            }
            ("dynamodb", _) => Some(Self::ReadUnits),
            ("sqs", _) if operation.ends_with("(empty)") => None,
            ("sqs", _) => Some(Self::QueueRequests),
            _ => None,
        }
    }

    /// The amount that `usage` is charged for.
    pub fn amount(self, usage: Usage) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a count of requests of one bench"
        )]
        let requests = usage.requests as f64;
        match self {
            Self::QueueRequests => requests,
            Self::WriteUnits | Self::ReadUnits => usage.units,
        }
    }

    fn price(self) -> f64 {
        PRICES
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or(0.0, |(_, price)| *price)
    }
}

/// What was used between two snapshots.
pub fn since(
    before: &BTreeMap<String, Usage>,
    after: &BTreeMap<String, Usage>,
) -> BTreeMap<String, Usage> {
    let used = after.iter().map(|(operation, now)| {
        let was = before.get(operation).copied().unwrap_or_default();
        let usage = Usage {
            requests: now.requests - was.requests,
            units: now.units - was.units,
        };
        (operation.clone(), usage)
    });
    used.filter(|(_, usage)| usage.requests > 0).collect()
}

/// Amounts per run by kind, and USD per million runs.
pub fn per_run(used: &BTreeMap<String, Usage>, runs: f64) -> ([(Kind, f64); 3], f64) {
    let amounts = PRICES.map(|(kind, _)| {
        let of_kind = used
            .iter()
            .filter(|(operation, _)| Kind::of(operation) == Some(kind));
        let metered: f64 = of_kind.map(|(_, usage)| kind.amount(*usage)).sum();
        let estimated = if kind == Kind::ReadUnits {
            BATCH_READ_UNITS_PER_JOB
        } else {
            0.0
        };
        (kind, metered / runs + estimated)
    });
    let dollars = amounts
        .iter()
        .map(|(kind, amount)| amount * kind.price())
        .sum();
    (amounts, dollars)
}
