//! How long one attempt may take. The bound keeps every attempt inside one worker invocation and its lease.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Invalid;

/// The longest an attempt may run, in seconds: 1 to 90.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "u32", into = "u32")]
#[schema(minimum = 1, maximum = 90)]
pub struct TimeoutSeconds(u32);

impl TimeoutSeconds {
    /// The greatest timeout. The worker function and its queues' visibility end at 120 s; the rest is for the claim,
    /// the lease's margin and the finish.
    pub const MAX: u32 = 90;

    /// As a duration.
    pub fn duration(self) -> TimeDelta {
        TimeDelta::seconds(self.0.into())
    }
}

impl Default for TimeoutSeconds {
    fn default() -> Self {
        Self(30)
    }
}

impl TryFrom<u32> for TimeoutSeconds {
    type Error = Invalid;

    fn try_from(seconds: u32) -> Result<Self, Invalid> {
        if (1..=Self::MAX).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(Invalid::new("timeout_seconds", "must be from 1 to 90"))
        }
    }
}

impl From<TimeoutSeconds> for u32 {
    fn from(timeout: TimeoutSeconds) -> Self {
        timeout.0
    }
}
