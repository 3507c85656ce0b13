//! Creates many jobs by one request, each as if it had been asked for alone: one that is refused keeps no other from
//! being created, but those that run after it. Under an idempotency key the batch is remembered, so that the key stands for this batch only.

use futures_util::stream::{self, StreamExt};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::submit::checked_key;
use super::{CreateKey, Intake, RequestError, Submitted, World, submit};
use crate::domain::{Caller, Invalid, JobRequest, refused_upstream};
use crate::plan::dependencies::{Keyed, Levels, OrderError, levels};
use crate::port::{Batches, Clock};

/// The most items in a batch.
pub const MAX_BATCH_ITEMS: usize = 100;

/// Items under way at once.
const CONCURRENCY: usize = 8;

/// An item of a batch.
#[derive(Debug)]
pub struct BatchItem {
    /// What is asked for, if it could be read.
    pub request: Result<JobRequest, Invalid>,
    /// Its own idempotency key. It counts for this item instead of the batch's.
    pub key: Option<String>,
    /// By what others in the batch name it.
    pub name: Option<String>,
    /// The names of those in the batch that it runs after, each with its place in `after`; `request` has the others.
    pub runs_after: Vec<(usize, String)>,
}

/// A batch's idempotency key.
#[derive(Clone, Copy, Debug)]
pub struct BatchKey<'a> {
    /// The key.
    pub key: &'a str,
    /// Tells the batch from another one under the same key.
    pub digest: &'a str,
}

/// Tells a batch from another one: by what its items say, not by how it is laid out.
pub fn batch_digest(items: &[Value]) -> String {
    let mut digest = Sha256::new();
    for item in items {
        // No JSON text has a NUL.
        digest.update(item.to_string());
        digest.update([0]);
    }
    let mut first = [0; 16];
    first.copy_from_slice(&digest.finalize()[..16]);
    format!("{:032x}", u128::from_be_bytes(first))
}

/// Creates the jobs of `items`, 1 to [`MAX_BATCH_ITEMS`] of them, and returns what became of each, in their order. A
/// limit that is reached on the way refuses the items behind it.
///
/// # Errors
/// Of the batch as a whole: [`RequestError::KeyReused`] if its key belongs to another batch, [`RequestError::Invalid`]
/// for the key or the number of items, or a port's failure; no job has been created then.
pub async fn submit_batch(
    world: &impl World,
    intake: Intake<'_>,
    caller: &Caller,
    items: impl ExactSizeIterator<Item = BatchItem> + Send,
    key: Option<BatchKey<'_>>,
) -> Result<Vec<Result<Submitted, RequestError>>, RequestError> {
    if !(1..=MAX_BATCH_ITEMS).contains(&items.len()) {
        let reason = format!(
            "must be 1 to {MAX_BATCH_ITEMS} jobs, and are {}",
            items.len()
        );
        return Err(Invalid::new("jobs", reason).into());
    }
    if let Some(BatchKey { key, digest }) = key {
        let (store, now) = (world.store(), world.clock().now());
        let remembered = store.remember_batch(&caller.user, checked_key(key)?, digest, now);
        if remembered.await? != digest {
            return Err(RequestError::KeyReused);
        }
    }
    let items: Vec<_> = items.collect();
    let keyed: Vec<_> = items.iter().map(BatchItem::keyed).collect();
    let Levels {
        levels,
        refused,
        upstreams,
    } = levels(&keyed);
    let mut items: Vec<_> = items.into_iter().map(Some).collect();
    let mut created: Vec<Option<Result<Submitted, RequestError>>> = Vec::new();
    created.resize_with(items.len(), || None);
    // Each level behind those that it names: their ids are known by then.
    for level in levels {
        let ready = level.into_iter().filter_map(|index| {
            let item = items[index].take()?;
            let request = match refused.get(&index) {
                Some(refusal) => Err(refused_as(refusal).into()),
                None => with_upstreams(&item, &upstreams[index], &created),
            };
            Some((index, request, item.key))
        });
        let ready: Vec<_> = ready.collect();
        let submitted: Vec<_> = stream::iter(ready)
            .map(|(index, request, own)| async move {
                let key = match (&own, key) {
                    (Some(own), _) => Some(CreateKey::Own(own)),
                    (None, Some(batch)) => Some(CreateKey::OfBatch(batch.key, index)),
                    (None, None) => None,
                };
                let submitted = match request {
                    Ok(request) => submit(world, intake, caller, request, key).await,
                    Err(refusal) => Err(refusal),
                };
                (index, submitted)
            })
            .buffered(CONCURRENCY)
            .collect()
            .await;
        for (index, submitted) in submitted {
            created[index] = Some(submitted);
        }
    }
    // Every item is in a level.
    Ok(created.into_iter().flatten().collect())
}

impl BatchItem {
    fn keyed(&self) -> Keyed {
        Keyed {
            key: self.name.clone(),
            names: self.runs_after.clone(),
        }
    }
}

/// The request of `item`, with the ids of those in the batch that it runs after, each at its place.
fn with_upstreams(
    item: &BatchItem,
    upstreams: &[(usize, usize)],
    created: &[Option<Result<Submitted, RequestError>>],
) -> Result<JobRequest, RequestError> {
    let mut request = item.request.clone()?;
    for (place, upstream) in upstreams {
        let Some(Some(Ok(Submitted { job, .. }))) = created.get(*upstream) else {
            let reason = format!("was refused itself: item {upstream} of the batch");
            return Err(refused_upstream(*place, reason).into());
        };
        let place = (*place).min(request.after.len());
        request.after.insert(place, job.id);
    }
    Ok(request)
}

fn refused_as(refusal: &OrderError) -> Invalid {
    match refusal {
        OrderError::KeyTwice => Invalid::new("key", refusal.to_string()),
        OrderError::NoSuchKey(place) | OrderError::Cycle(place) => {
            refused_upstream(*place, refusal.to_string())
        }
    }
}
