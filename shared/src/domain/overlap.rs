//! What happens when an occurrence is due while an earlier execution of its job still runs, or waits for a retry.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A job's choice for overlapping executions. Runs asked for by hand take no part: whoever asks for one wants it now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// Both run.
    Allow,
    /// The later one is skipped.
    #[default]
    Skip,
    /// The later one waits; how long it may, its misfire policy and catch-up window say.
    Queue,
}
