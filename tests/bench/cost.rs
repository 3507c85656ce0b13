//! What metered calls come to, at the prices that the API knows.

use std::collections::BTreeMap;

use punctual::aws::{Charge, Usage};
use punctual::domain::Prices;

/// The stand-in does not say what a batch read consumed. DynamoDB charges half a unit for each eventually consistent
/// read of up to 4 KB; every due job is read once so.
pub const BATCH_READ_UNITS_PER_JOB: f64 = 0.5;

/// USD a million, us-east-1, on demand; free tiers excluded.
fn price(charge: Charge) -> f64 {
    let prices = Prices::US_EAST_1;
    match charge {
        Charge::WriteUnits => prices.million_write_units,
        Charge::ReadUnits => prices.million_read_units,
        Charge::Requests => prices.million_requests,
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

/// Amounts per run by what is charged for, and USD per million runs.
pub fn per_run(used: &BTreeMap<String, Usage>, runs: f64) -> ([(Charge, f64); 3], f64) {
    let amounts = Charge::ALL.map(|charge| {
        let of_charge = used
            .iter()
            .filter(|(operation, _)| Charge::of(operation) == Some(charge));
        let metered: f64 = of_charge.map(|(_, usage)| charge.amount(*usage)).sum();
        let estimated = if charge == Charge::ReadUnits {
            BATCH_READ_UNITS_PER_JOB
        } else {
            0.0
        };
        (charge, metered / runs + estimated)
    });
    let dollars = amounts
        .iter()
        .map(|(charge, amount)| amount * price(*charge))
        .sum();
    (amounts, dollars)
}
