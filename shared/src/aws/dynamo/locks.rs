//! Locks of jobs, in the `control` table. One that nobody released expires long after its execution could have ended.

use super::DynamoStore;
use super::item::{Item, decode, expire, key, text};
use crate::domain::{Execution, ExecutionId, JobId, Stamp};
use crate::port::{Lock, Locks, PortResult, Put};

const GET: &str = "dynamodb.GetItem control";
const PUT: &str = "dynamodb.PutItem control";
const REMOVE: &str = "dynamodb.DeleteItem control";

const HOLDER: &str = "holder";

#[derive(serde::Deserialize)]
struct Stored {
    holder: ExecutionId,
    stamp: Stamp,
}

fn lock_key(job: JobId) -> Item {
    key(text(format_args!("LOCK#{job}")), text("L"))
}

fn from_item(operation: &'static str, item: Item) -> PortResult<Lock> {
    let Stored { holder, stamp } = decode(operation, item)?;
    Ok(Lock { holder, stamp })
}

impl Locks for DynamoStore {
    async fn put_lock(&self, lock: Lock, expected: Option<Stamp>) -> PortResult<Put<Lock>> {
        let mut item = lock_key(lock.holder.job);
        item.insert(HOLDER.to_owned(), text(lock.holder));
        expire(
            &mut item,
            lock.holder.occasion.fire_time() + Execution::RETENTION,
        );
        let put = self.put_stamped(PUT, &self.control, item, lock.stamp, expected);
        put.await?.try_map(|found| from_item(PUT, found))
    }

    async fn release_lock(&self, holder: ExecutionId) -> PortResult<()> {
        let key = lock_key(holder.job);
        self.delete_if(REMOVE, &self.control, key, HOLDER, Some(text(holder)))
            .await
    }

    async fn lock(&self, job: JobId) -> PortResult<Option<Lock>> {
        let item = self.get(GET, &self.control, lock_key(job)).await?;
        item.map(|item| from_item(GET, item)).transpose()
    }
}
