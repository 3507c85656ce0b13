//! Priority 1 is the most urgent, 10 the least. Each of three bands has a queue of its own.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Invalid;

/// How urgent a job is: 1 (most) to 10 (least).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(try_from = "u8", into = "u8")]
#[schema(minimum = 1, maximum = 10)]
pub struct Priority(u8);

impl Priority {
    /// The band whose queue carries this job's executions.
    pub fn band(self) -> Band {
        match self.0 {
            1..=3 => Band::High,
            4..=7 => Band::Normal,
            _ => Band::Low,
        }
    }
}

impl Default for Priority {
    fn default() -> Self {
        Self(5)
    }
}

impl TryFrom<u8> for Priority {
    type Error = Invalid;

    fn try_from(number: u8) -> Result<Self, Invalid> {
        if (1..=10).contains(&number) {
            Ok(Self(number))
        } else {
            Err(Invalid::new(
                "priority",
                "must be from 1 (most urgent) to 10 (least urgent)",
            ))
        }
    }
}

impl From<Priority> for u8 {
    fn from(priority: Priority) -> Self {
        priority.0
    }
}

/// A group of priorities with its own queue and its own concurrency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Priorities 1–3.
    High,
    /// Priorities 4–7.
    Normal,
    /// Priorities 8–10.
    Low,
}

impl Band {
    /// Every band, most urgent first.
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    /// The name in queue names, logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }
}
