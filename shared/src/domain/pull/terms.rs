//! The payload of a `pull` job: what is to be done, with what, and how long its holder may be silent.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::super::{Invalid, Job};
use super::{PULL, WorkName};

/// How long, in seconds, a holder may be silent before another may take over: 10 to 600.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "u32", into = "u32")]
#[schema(minimum = 10, maximum = 600)]
pub struct HeartbeatSeconds(u32);

impl HeartbeatSeconds {
    /// As a duration.
    pub fn duration(self) -> TimeDelta {
        TimeDelta::seconds(self.0.into())
    }
}

impl Default for HeartbeatSeconds {
    fn default() -> Self {
        Self(60)
    }
}

impl TryFrom<u32> for HeartbeatSeconds {
    type Error = Invalid;

    fn try_from(seconds: u32) -> Result<Self, Invalid> {
        if (10..=600).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(Invalid::new("heartbeat_seconds", "must be from 10 to 600"))
        }
    }
}

impl From<HeartbeatSeconds> for u32 {
    fn from(heartbeat: HeartbeatSeconds) -> Self {
        heartbeat.0
    }
}

/// What a `pull` job offers.
#[derive(Clone, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PullTerms {
    /// What is to be done: workers that take work of this name are given it.
    #[schema(inline)]
    pub work: WorkName,
    /// With what: any JSON. An empty object, if absent.
    #[serde(default = "empty")]
    #[schema(default = empty)]
    pub input: Value,
    /// How long a holder may be silent: 10 to 600; 60 if absent.
    #[serde(default)]
    #[schema(value_type = u32, minimum = 10, maximum = 600, default = HeartbeatSeconds::default)]
    pub heartbeat_seconds: HeartbeatSeconds,
}

fn empty() -> Value {
    Value::Object(Map::new())
}

impl Job {
    /// Whether its executions are offered instead of run.
    pub fn is_pulled(&self) -> bool {
        self.job_type == PULL
    }

    /// What it offers. `None` if it is of another type, or if its payload can no longer be read.
    pub fn pull_terms(&self) -> Option<PullTerms> {
        let pulled = self.is_pulled();
        pulled.then(|| PullTerms::deserialize(&self.payload).ok())?
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn work_that_is_offered_with_nothing_said_has_an_empty_object() {
        let terms: PullTerms = serde_json::from_value(json!({ "work": "resize" })).unwrap();
        assert_eq!(terms.input, json!({}));
        assert_eq!(u32::from(terms.heartbeat_seconds), 60);
    }
}
