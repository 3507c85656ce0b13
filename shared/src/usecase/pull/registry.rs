//! Which workers a user has. Registering gives no claim to anything: it says under which name, and for which works, a
//! worker is going to ask.

use super::super::audit::{Deed, audit};
use super::super::{RequestError, World};
use crate::domain::pull::{MAX_WORKERS, MAX_WORKS, PullWorker, WorkName, WorkerName};
use crate::domain::{Action, Author, Caller, ContentHash, Invalid, Subject, UserId, WorkerId};
use crate::port::{Clock, Entropy, PortResult, PullWorkers};

/// Registers a worker of the caller's.
///
/// # Errors
/// [`RequestError::Invalid`] for `works`, or [`RequestError::Conflict`] if the caller has too many workers.
pub async fn register_worker(
    world: &impl World,
    caller: &Caller,
    name: WorkerName,
    works: Vec<WorkName>,
) -> Result<PullWorker, RequestError> {
    let distinct: std::collections::BTreeSet<_> = works.iter().collect();
    if !(1..=MAX_WORKS).contains(&works.len()) || distinct.len() < works.len() {
        let reason = "must be 1 to 10 names, each of them once";
        return Err(Invalid::new("works", reason).into());
    }
    if present(world, &caller.user).await?.len() >= MAX_WORKERS {
        return Err(RequestError::Conflict(format!(
            "there are {MAX_WORKERS} workers already; one that is silent for a day is forgotten"
        )));
    }
    let now = world.clock().now();
    let worker = PullWorker {
        id: WorkerId::from_random(world.entropy().next_u128()),
        user: caller.user.clone(),
        name,
        works,
        registered_at: now,
        seen_at: now,
    };
    let deed = deed(Action::RegisterWorker, None, Some(&worker), &worker);
    audit(world, &Author::from(caller), deed).await?;
    world.store().put_worker(&worker).await?;
    Ok(worker)
}

/// The workers of `owner`; of the caller, if nobody is named.
///
/// # Errors
/// [`RequestError::NotFound`] if `owner` is beyond the caller's reach.
pub async fn list_workers(
    world: &impl World,
    caller: &Caller,
    owner: Option<&UserId>,
) -> Result<Vec<PullWorker>, RequestError> {
    let owner = owner.unwrap_or(&caller.user);
    if !caller.may_reach(owner) {
        return Err(RequestError::NotFound("user"));
    }
    Ok(present(world, owner).await?)
}

/// Removes a worker of the caller's. What it holds, it goes on holding: its claim tokens are none of this.
///
/// # Errors
/// [`RequestError::NotFound`] if the caller has no such worker.
pub async fn remove_worker(
    world: &impl World,
    caller: &Caller,
    id: WorkerId,
) -> Result<(), RequestError> {
    let worker = registered(world, caller, id).await?;
    let deed = deed(Action::RemoveWorker, Some(&worker), None, &worker);
    audit(world, &Author::from(caller), deed).await?;
    Ok(world.store().remove_worker(&caller.user, id).await?)
}

/// A worker of the caller's.
pub(super) async fn registered(
    world: &impl World,
    caller: &Caller,
    id: WorkerId,
) -> Result<PullWorker, RequestError> {
    let now = world.clock().now();
    let found = world.store().worker(&caller.user, id).await?;
    found
        .filter(|worker| worker.keep_until() > now)
        .ok_or(RequestError::NotFound("worker"))
}

/// The workers that are not forgotten: the table is in no hurry to purge them.
async fn present(world: &impl World, owner: &UserId) -> PortResult<Vec<PullWorker>> {
    let now = world.clock().now();
    let mut workers = world.store().workers(owner).await?;
    workers.retain(|worker| worker.keep_until() > now);
    Ok(workers)
}

fn deed<'a>(
    action: Action,
    before: Option<&PullWorker>,
    after: Option<&PullWorker>,
    about: &'a PullWorker,
) -> Deed<'a> {
    Deed {
        action,
        subject: Subject::Worker(about.id),
        owner: &about.user,
        version: None,
        before: before.map(ContentHash::of),
        after: after.map(ContentHash::of),
        detail: None,
    }
}
