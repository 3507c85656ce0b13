//! What carrying out an execution has used of AWS, as the services said it, and what that comes to. Invariant: only what
//! was metered is counted; what cannot be known when a record is written is not guessed into it.

use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

/// What was used. Its stored names are short: they are a part of every record, which is to stay within one write unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// Write request units of the tables.
    #[serde(rename = "w", default)]
    pub write_units: u32,
    /// Halves of read request units: an eventually consistent read takes half of one.
    #[serde(rename = "r", default)]
    pub read_half_units: u32,
    /// Calls that are paid by the call: of queues, and of what a job has called in AWS.
    #[serde(rename = "q", default)]
    pub requests: u32,
    /// For how long a worker had it in hand, in milliseconds: also while it waited for the fire time or for a target.
    #[serde(rename = "t", default)]
    pub worker_ms: u64,
}

impl Used {
    /// A write of a record that is no larger than one unit.
    pub const SMALL_WRITE: Self = Self {
        write_units: 1,
        read_half_units: 0,
        requests: 0,
        worker_ms: 0,
    };

    /// Read request units of the tables.
    pub fn read_units(self) -> f64 {
        f64::from(self.read_half_units) / 2.0
    }
}

impl Add for Used {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            write_units: self.write_units.saturating_add(other.write_units),
            read_half_units: self.read_half_units.saturating_add(other.read_half_units),
            requests: self.requests.saturating_add(other.requests),
            worker_ms: self.worker_ms.saturating_add(other.worker_ms),
        }
    }
}

impl AddAssign for Used {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
