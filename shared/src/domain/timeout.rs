//! How long one attempt may take. What Punctual runs itself must fit into one invocation of its worker; what a worker
//! elsewhere holds is bounded by a day.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Invalid;

/// The longest an attempt may run, in seconds: 1 to 840; up to 86,400 for jobs of type `pull`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "u32", into = "u32")]
#[schema(minimum = 1, maximum = 86_400)]
pub struct TimeoutSeconds(u32);

impl TimeoutSeconds {
    /// The greatest timeout of what travels by its band's lane; a longer one goes by the long lane. The function that reads
    /// the bands, and their queues' visibility, end at 120 s; the rest is for the claim, the lease's margin and the finish.
    pub const MAX_SHORT: Self = Self(90);
    /// The greatest timeout of what Punctual runs itself. An invocation ends at 900 s, which AWS sets; the rest is for what
    /// comes before the handler and after it.
    pub const MAX_RUN: Self = Self(840);
    /// The greatest timeout of what a worker elsewhere holds: a day.
    pub const MAX_HELD: Self = Self(86_400);

    /// What is said of one that its job's type does not allow, or no type does.
    pub(super) fn out_of_range() -> Invalid {
        let reason = "must be from 1 to 840; up to 86400 for jobs of type pull";
        Invalid::new("timeout_seconds", reason)
    }

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
        if (1..=Self::MAX_HELD.0).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(Self::out_of_range())
        }
    }
}

impl From<TimeoutSeconds> for u32 {
    fn from(timeout: TimeoutSeconds) -> Self {
        timeout.0
    }
}
