//! Locks of jobs, in the `control` table. One that nobody released expires long after its execution could have ended.

use super::DynamoStore;
use super::access::{Condition, PutIf};
use super::item::{Item, decode, expire, key, number, text};
use crate::domain::{Execution, ExecutionId, JobId, Stamp};
use crate::port::{Lock, LockPut, Locks, PortResult};

const GET: &str = "dynamodb.GetItem control";
const PUT: &str = "dynamodb.PutItem control";
const REMOVE: &str = "dynamodb.DeleteItem control";

const HOLDER: &str = "holder";
const STAMP: &str = "stamp";

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
    async fn put_lock(&self, lock: Lock, expected: Option<Stamp>) -> PortResult<LockPut> {
        let mut item = lock_key(lock.holder.job);
        item.insert(HOLDER.to_owned(), text(lock.holder));
        item.insert(STAMP.to_owned(), number(lock.stamp.0));
        expire(
            &mut item,
            lock.holder.occasion.fire_time() + Execution::RETENTION,
        );
        let condition = match expected {
            None => Condition::Absent,
            Some(Stamp(stamp)) => Condition::Equals(STAMP, number(stamp)),
        };
        match self.put_if(PUT, &self.control, item, condition).await? {
            PutIf::Written => Ok(LockPut::Written),
            PutIf::Refused(found) => {
                let found = found.map(|item| from_item(PUT, item)).transpose()?;
                // Our own stamp: an earlier try arrived, and its answer did not.
                if found == Some(lock) {
                    return Ok(LockPut::Written);
                }
                Ok(LockPut::Refused(found))
            }
        }
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
