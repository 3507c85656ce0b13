//! Creates many jobs by one request, each as if it had been asked for alone: one that is refused keeps no other from
//! being created. Under an idempotency key the batch is remembered, so that the key stands for this batch only.

use futures_util::stream::{self, StreamExt};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::submit::checked_key;
use super::{Admission, CreateKey, RequestError, Submitted, World, submit};
use crate::domain::{Caller, Invalid, JobRequest};
use crate::jobtype::Registry;
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
    registry: &Registry,
    admission: &Admission,
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
    let submissions = items
        .into_iter()
        .enumerate()
        .map(|(index, item)| async move {
            let key = match (&item.key, key) {
                (Some(own), _) => Some(CreateKey::Own(own)),
                (None, Some(batch)) => Some(CreateKey::OfBatch(batch.key, index)),
                (None, None) => None,
            };
            submit(world, registry, admission, caller, item.request?, key).await
        });
    Ok(stream::iter(submissions)
        .buffered(CONCURRENCY)
        .collect()
        .await)
}
