//! Lists the breakers between a user's calls and the hosts that failed them.

use super::{RequestError, World, reachable_user};
use crate::domain::{Caller, Destination, HostBreaker, UserId};
use crate::port::{HostBreakers, Page};

/// A part of the breakers of `owner`, of the caller if nobody is named, by host. `Ok(None)`: the cursor is not one of this
/// list.
///
/// # Errors
/// [`RequestError::NotFound`] if `owner` is beyond the caller's reach.
pub async fn list_host_breakers(
    world: &impl World,
    caller: &Caller,
    owner: Option<&UserId>,
    (cursor, limit): (Option<&str>, usize),
) -> Result<Option<Page<(Destination, HostBreaker)>>, RequestError> {
    let owner = reachable_user(caller, owner)?;
    let listed = world.store().list_host_breakers(owner, cursor, limit);
    Ok(listed.await?)
}
