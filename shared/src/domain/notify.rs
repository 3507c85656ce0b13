//! Who is told when an execution ends badly. Nobody, unless the job asks.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ExecutionState;

/// A job's wish to be told of its executions' ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// Receives a POST with a JSON body: http or https.
    #[schema(
        format = "uri",
        pattern = "^https?://",
        max_length = 2_048,
        example = "https://example.com/alarm"
    )]
    pub webhook_url: String,
    /// Which ends are told. Both, if the user names none.
    #[serde(default = "every_end")]
    #[schema(default = every_end)]
    pub on: Vec<NotifyOn>,
}

/// An end that a user may be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotifyOn {
    /// The execution failed for a reason that another attempt cannot mend.
    Failed,
    /// Its retries were used up, or its message was poison.
    Dead,
}

fn every_end() -> Vec<NotifyOn> {
    vec![NotifyOn::Failed, NotifyOn::Dead]
}

impl Notify {
    /// Whether an execution that ended in `state` is told.
    pub fn wants(&self, state: ExecutionState) -> bool {
        self.on.iter().any(|on| match on {
            NotifyOn::Failed => state == ExecutionState::Failed,
            NotifyOn::Dead => state == ExecutionState::Dead,
        })
    }
}
