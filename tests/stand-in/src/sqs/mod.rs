//! SQS: its standard queues, and the operations on them. Messages come in the order in which they can be seen; SQS promises
//! less, and a wire may take that liberty.

mod attributes;
mod batch;
mod definition;
mod queue;
mod receive;
mod send;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

pub use self::queue::Counts;
use self::queue::Queue;
use crate::refusal::Refusal;

/// Every queue.
#[derive(Clone, Debug)]
pub struct Sqs {
    base_url: String,
    queues: BTreeMap<String, Queue>,
    next_number: u64,
    changes: u64,
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(Refusal::shape)
}

/// The name in a queue's URL.
fn name_in(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

impl Sqs {
    /// Without queues yet; their URLs begin with `base_url`.
    pub(crate) fn new(base_url: &str) -> Self {
        Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            queues: BTreeMap::new(),
            next_number: 1,
            changes: 0,
        }
    }

    /// Carries out one operation.
    pub(crate) fn call(
        &mut self,
        now: DateTime<Utc>,
        operation: &str,
        body: &[u8],
    ) -> Result<Json, Refusal> {
        match operation {
            "SendMessage" => self.send_message(now, read(body)?),
            "SendMessageBatch" => self.send_message_batch(now, read(body)?),
            "ReceiveMessage" => self.receive_message(now, read(body)?),
            "DeleteMessage" => self.delete_message(&read(body)?),
            "DeleteMessageBatch" => self.delete_message_batch(read(body)?),
            "ChangeMessageVisibility" => self.change_message_visibility(now, &read(body)?),
            "ChangeMessageVisibilityBatch" => {
                self.change_message_visibility_batch(now, read(body)?)
            }
            "CreateQueue" => self.create_queue(now, read(body)?),
            "GetQueueUrl" => self.get_queue_url(&read(body)?),
            "ListQueues" => Ok(self.list_queues(&read(body)?)),
            "GetQueueAttributes" => self.get_queue_attributes(now, &read(body)?),
            "SetQueueAttributes" => self.set_queue_attributes(read(body)?),
            "PurgeQueue" => self.purge_queue(&read(body)?),
            "DeleteQueue" => self.delete_queue(&read(body)?),
            _ => Err(Refusal::new(
                "UnsupportedOperation",
                format!("{operation} is not stood in for"),
            )),
        }
    }

    /// The code by which the older protocol names an error; clients still go by it.
    pub(crate) fn query_code(code: &str) -> String {
        match code {
            "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue".to_owned(),
            "QueueNameExists" => "QueueAlreadyExists".to_owned(),
            "MessageNotInflight"
            | "EmptyBatchRequest"
            | "TooManyEntriesInBatchRequest"
            | "BatchEntryIdsNotDistinct"
            | "BatchRequestTooLong"
            | "InvalidBatchEntryId"
            | "UnsupportedOperation" => format!("AWS.SimpleQueueService.{code}"),
            other => other.to_owned(),
        }
    }

    fn url(&self, name: &str) -> String {
        format!("{}/000000000000/{name}", self.base_url)
    }

    fn queue(&self, url: &str) -> Result<&Queue, Refusal> {
        let queue = self.queues.get(name_in(url));
        queue.ok_or_else(no_queue)
    }

    fn queue_mut(&mut self, url: &str) -> Result<&mut Queue, Refusal> {
        let queue = self.queues.get_mut(name_in(url));
        queue.ok_or_else(no_queue)
    }

    /// Lets go what the queue has kept for long enough.
    fn expire(&mut self, url: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.queue_mut(url)?.expire(now) > 0 {
            self.changed();
        }
        Ok(())
    }

    fn changed(&mut self) {
        self.changes += 1;
    }

    /// How often anything has been changed.
    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    /// When a message that is hidden now can be seen next, and in which queue: the instant to jump to, if nothing can be
    /// seen now.
    pub fn next_visible(&self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, &str)> {
        let next = self.queues.values().filter_map(|queue| {
            let at = queue.next_visible_at(now)?;
            Some((at, queue.name.as_str()))
        });
        next.min()
    }

    /// When a message of the queue at `url` that is hidden now can be seen next.
    pub fn next_visible_in(&self, url: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.queue(url).ok()?.next_visible_at(now)
    }

    /// How long a receiver waits at the queue at `url`, in seconds, if it does not say.
    pub fn wait_seconds(&self, url: &str) -> u32 {
        self.queue(url)
            .map_or(0, |queue| queue.settings.wait_seconds)
    }

    /// How many messages a queue has, and where they are; `None` without that queue.
    pub fn counts(&self, queue: &str, now: DateTime<Utc>) -> Option<Counts> {
        self.queues.get(queue).map(|queue| queue.counts(now))
    }

    /// How long the oldest message of a queue has been there.
    pub fn oldest_age(&self, queue: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
        self.queues.get(queue)?.oldest_age(now)
    }

    /// The queues' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.queues.keys().map(String::as_str)
    }
}

fn no_queue() -> Refusal {
    Refusal::new("QueueDoesNotExist", "The specified queue does not exist.")
}
