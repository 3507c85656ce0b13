//! Lets the owner of an execution read its whole result, by a link that is good for minutes.

use chrono::{DateTime, Utc};

use super::{RequestError, World, reachable_job};
use crate::domain::{Caller, ExecutionId, StoredResult};
use crate::port::{Clock, Executions, LINK_LIFETIME, Results};

/// A link to a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultLink {
    /// Where to read it.
    pub url: String,
    /// Until when the link is good.
    pub expires_at: DateTime<Utc>,
    /// What it leads to.
    pub result: StoredResult,
}

/// A link to the execution's result, if that is kept beside its record.
///
/// # Errors
/// [`RequestError::NotFound`] if there is no such execution within the caller's reach, or its record has all of its
/// result.
pub async fn result_link(
    world: &impl World,
    caller: &Caller,
    id: ExecutionId,
) -> Result<ResultLink, RequestError> {
    reachable_job(world, caller, id.job)
        .await
        .map_err(|error| match error {
            RequestError::NotFound(_) => RequestError::NotFound("execution"),
            other => other,
        })?;
    let execution = world.store().execution(id).await?;
    let execution = execution.ok_or(RequestError::NotFound("execution"))?;
    let result = execution.result.ok_or(RequestError::NotFound("result"))?;
    let expires_at = world.clock().now() + LINK_LIFETIME;
    let url = world.results().link_to_result(&result.key).await?;
    Ok(ResultLink {
        url,
        expires_at,
        result,
    })
}
