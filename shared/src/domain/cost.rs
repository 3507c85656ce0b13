//! What executions cost: the sum of what their records say was used, and its price. Sums of parts are the sum of the whole,
//! so that a long stretch may be read a part at a time.

use super::{Execution, Used};

/// Prices of AWS in USD, on demand, without free tiers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prices {
    /// Of a million write request units.
    pub million_write_units: f64,
    /// Of a million read request units.
    pub million_read_units: f64,
    /// Of a million requests to a queue, with the surcharge for messages that carry their user as their group.
    pub million_requests: f64,
    /// Of a million invocations of a function.
    pub million_invocations: f64,
    /// Of a gigabyte of a function's memory for a second, on arm64.
    pub gb_second: f64,
}

impl Prices {
    /// Nothing costs anything: a test says what does.
    #[cfg(test)]
    pub(crate) const NONE: Self = Self {
        million_write_units: 0.0,
        million_read_units: 0.0,
        million_requests: 0.0,
        million_invocations: 0.0,
        gb_second: 0.0,
    };

    /// In us-east-1. `infra/scale/assumptions.json` says where each is from; a contract test holds the two together.
    pub const US_EAST_1: Self = Self {
        million_write_units: 0.625,
        million_read_units: 0.125,
        million_requests: 0.5,
        million_invocations: 0.2,
        gb_second: 1.333_34e-5,
    };
}

/// What is paid for, in the units in which it is. The one place where prices are put to anything.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Paid {
    /// Write request units.
    pub write_units: f64,
    /// Read request units.
    pub read_units: f64,
    /// Requests to queues.
    pub requests: f64,
    /// Invocations of functions.
    pub invocations: f64,
    /// Gigabytes of functions' memory, times seconds.
    pub gb_seconds: f64,
}

impl Paid {
    /// What it costs in USD.
    pub fn usd(self, prices: &Prices) -> f64 {
        let per_million = self.write_units * prices.million_write_units
            + self.read_units * prices.million_read_units
            + self.requests * prices.million_requests
            + self.invocations * prices.million_invocations;
        per_million / 1e6 + self.gb_seconds * prices.gb_second
    }
}

/// Memory of the worker in GB, by the template.
pub const WORKER_GB: f64 = 0.5;

/// What the scanner and the queue use for one execution, which its worker does not see. It is an average, and at its most:
/// of an execution that was alone in its message batch.
pub const DISPATCH: Used = Used {
    // The next hint of its job.
    write_units: 1,
    // The eventually consistent read of its job; its part of a page of hints is some hundredths of a unit.
    read_half_units: 1,
    // Sent, received and deleted; ten that come together share the three.
    requests: 3,
    worker_ms: 0,
};

/// What a number of executions have cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// How many records there are.
    pub executions: u64,
    /// How many of them do not say what they used: they have not ended, or had no room for it.
    pub unmetered: u64,
    /// What the others say.
    pub used: Used,
}

impl Cost {
    /// Of these records.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Execution>) -> Self {
        let mut cost = Self::default();
        for record in records {
            cost.executions += 1;
            match record.used {
                Some(used) => cost.used += used,
                None => cost.unmetered += 1,
            }
        }
        cost
    }

    /// With another one's.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            executions: self.executions + other.executions,
            unmetered: self.unmetered + other.unmetered,
            used: self.used + other.used,
        }
    }

    /// The price of tables, queues and functions in USD, as if each metered execution had come alone: the most that it
    /// can be. Logs, kept records and what targets cost are not in it.
    #[expect(
        clippy::cast_precision_loss,
        reason = "thousands of executions, and milliseconds far below 2^53"
    )]
    pub fn usd(self, prices: &Prices) -> f64 {
        let metered = (self.executions - self.unmetered) as f64;
        let used = self.used;
        let paid = Paid {
            write_units: f64::from(used.write_units) + metered * f64::from(DISPATCH.write_units),
            read_units: used.read_units() + metered * DISPATCH.read_units(),
            requests: f64::from(used.requests) + metered * f64::from(DISPATCH.requests),
            invocations: metered,
            gb_seconds: used.worker_ms as f64 / 1e3 * WORKER_GB,
        };
        paid.usd(prices)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;
    use crate::domain::{ExecutionId, ExecutionState, JobId, Stamp};

    fn record(used: Option<Used>) -> Execution {
        let noon = Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap();
        let id = ExecutionId::scheduled(JobId::from_random(1), noon);
        Execution {
            used,
            ..Execution::new(id, ExecutionState::Succeeded, Stamp(1))
        }
    }

    const PLAIN: Used = Used {
        write_units: 2,
        read_half_units: 2,
        requests: 0,
        worker_ms: 150,
    };

    #[test]
    fn the_parts_of_a_sum_come_to_the_whole() {
        let records = [record(Some(PLAIN)), record(None), record(Some(PLAIN))];
        let whole = Cost::of(&records);
        assert_eq!(Cost::of(&records[..1]).and(Cost::of(&records[1..])), whole);
        assert_eq!((whole.executions, whole.unmetered), (3, 1));
        assert_eq!(whole.used, PLAIN + PLAIN);
    }

    #[test]
    fn a_plain_execution_alone_is_priced_by_hand() {
        let cost = Cost::of([&record(Some(PLAIN))]);
        // Three writes, a read and a half, three requests and an invocation, and 150 ms of half a gigabyte.
        let by_hand =
            (3.0 * 0.625 + 1.5 * 0.125 + 3.0 * 0.5 + 0.2) / 1e6 + 0.15 * 0.5 * 1.333_34e-5;
        assert!((cost.usd(&Prices::US_EAST_1) - by_hand).abs() < 1e-15);
    }

    #[test]
    fn what_is_not_metered_is_not_priced() {
        assert!(Cost::of([&record(None)]).usd(&Prices::US_EAST_1).abs() < 1e-15);
    }

    #[test]
    fn counts_that_overflow_stay_at_their_most() {
        let most = Used {
            write_units: u32::MAX,
            read_half_units: u32::MAX,
            requests: u32::MAX,
            worker_ms: u64::MAX,
        };
        assert_eq!(most + PLAIN, most);
    }
}
