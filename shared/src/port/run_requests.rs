//! Remembers under which occasion a run-now request was carried out, so that its replay finds the same execution.

use super::PortResult;
use crate::domain::{JobId, Occasion};

/// The run-now requests, in the `control` table.
pub trait RunRequests: Send + Sync {
    /// Remembers `occasion` for a day under the job and the request's idempotency key, unless an occasion is remembered
    /// there already. Returns the one remembered.
    fn remember(
        &self,
        job: JobId,
        key: &str,
        occasion: Occasion,
    ) -> impl Future<Output = PortResult<Occasion>> + Send;
}
