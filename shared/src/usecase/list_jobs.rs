//! Lists a user's jobs, or those among them that a text names. Invariant: whoever may not reach a user is told the same of
//! one who has jobs and of one who has none.

use super::{RequestError, World, reachable_user};
use crate::domain::{Caller, JobText, UserId};
use crate::port::{FoundJobs, JobFilter, Jobs};

/// Which jobs somebody asks for.
#[derive(Clone, Debug, Default)]
pub struct JobQuery {
    /// Whose. The caller's own, if absent.
    pub owner: Option<UserId>,
    /// In which state, of which type.
    pub filter: JobFilter,
    /// Only those that it names.
    pub text: Option<JobText>,
}

/// A part of the jobs that `query` asks for, at most `limit` of them. `Ok(None)`: the cursor is not one of this list.
///
/// # Errors
/// [`RequestError::NotFound`] if the owner is beyond the caller's reach.
pub async fn list_jobs(
    world: &impl World,
    caller: &Caller,
    query: &JobQuery,
    (cursor, limit): (Option<&str>, usize),
) -> Result<Option<FoundJobs>, RequestError> {
    let owner = reachable_user(caller, query.owner.as_ref())?;
    let store = world.store();
    let filter = &query.filter;
    if let Some(text) = &query.text {
        let found = store.find_jobs(owner, filter, text, cursor, limit);
        return Ok(found.await?);
    }
    let listed = store.list_jobs(owner, filter, cursor, limit).await?;
    Ok(listed.map(|page| FoundJobs {
        searched: page.items.len(),
        page,
    }))
}
