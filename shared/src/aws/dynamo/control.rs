//! The scanner's checkpoints, remembered requests, and messages that nothing could read.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::super::{PARTITION_KEY, SORT_KEY};
use super::DynamoStore;
use super::access::{Condition, PutIf};
use super::error::{corrupt, unavailable};
use super::item::{Item, expire, key, text, text_of};
use crate::domain::{Admissions, JobId, Minute, Occasion, UserId};
use crate::port::{
    Batches, PortResult, Progress, RunRequests, ScanProgress, Unreadable, UnreadableMessage,
};
use crate::trace;

const PUT: &str = "dynamodb.PutItem control";
const READ: &str = "dynamodb.Query control";

/// The partition of the scanner's progress: the mark under one sort key, and a checkpoint a minute under others. One
/// query reads the mark, one the checkpoints from there on.
const SCAN: &str = "SCAN";
const LOW_WATER: &str = "LOW";
const CHECKPOINT_PREFIX: &str = "M#";
/// The attributes that hold the mark, and what goes with it.
const MINUTE: &str = "minute";
const ADMITTED: &str = "admitted";

/// Outlives the hints of its minute, or they would be scanned again.
const CHECKPOINT_RETENTION: TimeDelta = TimeDelta::days(8);
const RUN_REQUEST_RETENTION: TimeDelta = TimeDelta::days(1);
const BATCH_RETENTION: TimeDelta = TimeDelta::days(1);
const UNREADABLE_RETENTION: TimeDelta = TimeDelta::days(14);

fn checkpoint(minute: Minute) -> String {
    format!("{CHECKPOINT_PREFIX}{minute}")
}

impl DynamoStore {
    /// Puts an item whatever is there.
    pub(super) async fn put_control(&self, item: Item) -> PortResult<()> {
        let answer = self
            .client
            .put_item()
            .table_name(&self.control)
            .set_item(Some(item))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| unavailable(PUT, error))?;
        self.meter.capacity(PUT, answer.consumed_capacity());
        Ok(())
    }

    fn low_water_item(minute: Minute) -> Item {
        let mut item = key(text(SCAN), text(LOW_WATER));
        item.insert(MINUTE.to_owned(), text(minute));
        item
    }
}

impl ScanProgress for DynamoStore {
    async fn progress(&self) -> PortResult<Option<Progress>> {
        let mut low_water = None;
        let mut admitted = Admissions::default();
        let mut done = std::collections::BTreeSet::new();
        let mut start: Option<Item> = None;
        loop {
            let query = self
                .client
                .query()
                .table_name(&self.control)
                .consistent_read(true)
                .key_condition_expression("#key = :scan AND #sort >= :low")
                .expression_attribute_names("#key", PARTITION_KEY)
                .expression_attribute_names("#sort", SORT_KEY)
                .expression_attribute_values(":scan", text(SCAN))
                .expression_attribute_values(":low", first_sort_key(low_water))
                .set_exclusive_start_key(start)
                // The mark alone comes first; the checkpoints behind it are read from the mark on.
                .set_limit(low_water.is_none().then_some(1));
            let answer = self.query(READ, query).await?;
            let Some(mark) = low_water else {
                let Some(item) = answer.items().first() else {
                    return Ok(None);
                };
                let found = text_of(item, MINUTE);
                if found.is_empty() {
                    return Ok(None);
                }
                low_water = Some(found.parse().map_err(|error| corrupt(READ, error))?);
                // It only spares the queues; without it, nothing is known to have been let in.
                admitted = serde_json::from_str(text_of(item, ADMITTED)).unwrap_or_default();
                start = None;
                continue;
            };
            for item in answer.items() {
                let minute = text_of(item, SORT_KEY).trim_start_matches(CHECKPOINT_PREFIX);
                done.insert(minute.parse().map_err(|error| corrupt(READ, error))?);
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(Some(Progress {
                    low_water: mark,
                    done,
                    admitted,
                }));
            }
        }
    }

    async fn begin_at(&self, minute: Minute) -> PortResult<()> {
        let item = Self::low_water_item(minute);
        self.put_if(PUT, &self.control, item, Condition::Absent)
            .await
            .map(drop)
    }

    async fn mark_done(&self, minute: Minute) -> PortResult<()> {
        let mut item = key(text(SCAN), text(checkpoint(minute)));
        expire(&mut item, minute.start() + CHECKPOINT_RETENTION);
        self.put_control(item).await?;
        trace::checkpointed(minute);
        Ok(())
    }

    async fn raise_low_water(&self, minute: Minute, admitted: &Admissions) -> PortResult<()> {
        let mut item = Self::low_water_item(minute);
        let admitted = serde_json::to_string(admitted).map_err(|error| corrupt(PUT, error))?;
        item.insert(ADMITTED.to_owned(), text(admitted));
        let condition = Condition::AbsentOrBelow(MINUTE, text(minute));
        self.put_if(PUT, &self.control, item, condition)
            .await
            .map(drop)
    }
}

fn first_sort_key(low_water: Option<Minute>) -> AttributeValue {
    text(low_water.map_or_else(|| LOW_WATER.to_owned(), checkpoint))
}

impl RunRequests for DynamoStore {
    async fn remember(
        &self,
        job: JobId,
        request: &str,
        occasion: Occasion,
    ) -> PortResult<Occasion> {
        let mut item = key(text(format_args!("RUN#{job}")), text(request));
        item.insert("occasion".to_owned(), text(occasion));
        expire(&mut item, occasion.fire_time() + RUN_REQUEST_RETENTION);
        match self
            .put_if(PUT, &self.control, item, Condition::Absent)
            .await?
        {
            PutIf::Written => Ok(occasion),
            PutIf::Refused(found) => text_of(&found.unwrap_or_default(), "occasion")
                .parse()
                .map_err(|error| corrupt(PUT, error)),
        }
    }
}

impl Batches for DynamoStore {
    async fn remember_batch(
        &self,
        user: &UserId,
        batch: &str,
        digest: &str,
        now: DateTime<Utc>,
    ) -> PortResult<String> {
        let mut item = key(text(format_args!("BATCH#{user}")), text(batch));
        item.insert("digest".to_owned(), text(digest));
        expire(&mut item, now + BATCH_RETENTION);
        match self
            .put_if(PUT, &self.control, item, Condition::Absent)
            .await?
        {
            PutIf::Written => Ok(digest.to_owned()),
            PutIf::Refused(found) => Ok(text_of(&found.unwrap_or_default(), "digest").to_owned()),
        }
    }
}

fn sortable(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl Unreadable for DynamoStore {
    async fn record_unreadable(&self, message: &UnreadableMessage) -> PortResult<()> {
        let sort = format!("{}#{}", sortable(message.received_at), message.message_id);
        let mut item = key(text("UNREADABLE"), text(sort));
        item.insert("queue".to_owned(), text(&message.queue));
        item.insert("body".to_owned(), text(&message.body));
        item.insert("reason".to_owned(), text(&message.reason));
        expire(&mut item, message.received_at + UNREADABLE_RETENTION);
        self.put_control(item).await
    }
}
