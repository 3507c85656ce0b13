//! Results that are too large for a record.

use chrono::TimeDelta;

use super::{PortError, PortResult};
use crate::domain::{ResultKey, Whole};

/// How long a link to a result is good for.
pub const LINK_LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// Where large results are kept, for as long as their records.
pub trait Results: Send + Sync {
    /// Keeps a result. Keeping it again replaces it.
    fn put_result(
        &self,
        key: &ResultKey,
        result: Whole<'_>,
    ) -> impl Future<Output = PortResult<()>> + Send;

    /// A URL by which whoever has it may read the result, for [`LINK_LIFETIME`].
    fn link_to_result(&self, key: &ResultKey) -> impl Future<Output = PortResult<String>> + Send;
}

/// No place for results: of large ones there is only the beginning.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoResults;

fn nowhere<T>(operation: &'static str) -> PortResult<T> {
    Err(PortError::Unavailable {
        operation,
        source: "there is no place for results here".into(),
    })
}

impl Results for NoResults {
    async fn put_result(&self, _: &ResultKey, _: Whole<'_>) -> PortResult<()> {
        nowhere("results.put")
    }

    async fn link_to_result(&self, _: &ResultKey) -> PortResult<String> {
        nowhere("results.link")
    }
}
