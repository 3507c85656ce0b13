//! Holds in `control`: those in effect under one key, which every worker reads whole; those that are over under another.

use chrono::TimeDelta;

use super::super::{PARTITION_KEY, SORT_KEY};
use super::error::corrupt;
use super::item::{Item, expire, key, text, text_of};
use super::{DynamoStore, cursor};
use crate::domain::{Hold, HoldId, Stamp};
use crate::port::{Holds, Page, PortResult, Put};

const GET: &str = "dynamodb.GetItem control";
const PUT: &str = "dynamodb.PutItem control";
const REMOVE: &str = "dynamodb.DeleteItem control";
const PRESENT_READ: &str = "dynamodb.Query control holds";
const PAST_READ: &str = "dynamodb.Query control past holds";

const PRESENT: &str = "HOLDS";
const PAST: &str = "HOLDS-OVER";

/// The attribute that holds a hold, as JSON text.
const BODY: &str = "body";

const RETENTION: TimeDelta = TimeDelta::days(30);

fn item_of(partition: &str, hold: &Hold) -> PortResult<Item> {
    let body = serde_json::to_string(hold).map_err(|error| corrupt(PUT, error))?;
    let mut item = key(text(partition), text(hold.id));
    item.insert(BODY.to_owned(), text(body));
    Ok(item)
}

fn from_item(operation: &'static str, item: &Item) -> PortResult<Hold> {
    serde_json::from_str(text_of(item, BODY)).map_err(|error| corrupt(operation, error))
}

impl Holds for DynamoStore {
    async fn present_holds(&self) -> PortResult<Vec<Hold>> {
        // A hundred of a few hundred bytes: one page.
        let query = self
            .client
            .query()
            .table_name(&self.control)
            .consistent_read(true)
            .key_condition_expression("#key = :present")
            .expression_attribute_names("#key", PARTITION_KEY)
            .expression_attribute_values(":present", text(PRESENT));
        let answer = self.query(PRESENT_READ, query).await?;
        let holds = answer.items().iter();
        holds.map(|item| from_item(PRESENT_READ, item)).collect()
    }

    async fn put_hold(&self, hold: &Hold, expected: Option<Stamp>) -> PortResult<bool> {
        let item = item_of(PRESENT, hold)?;
        let put = self.put_stamped(PUT, &self.control, item, hold.stamp, expected);
        Ok(matches!(put.await?, Put::Written))
    }

    async fn archive_hold(&self, hold: &Hold) -> PortResult<()> {
        let mut item = item_of(PAST, hold)?;
        expire(&mut item, hold.updated_at + RETENTION);
        self.put_control(item).await?;
        let key = key(text(PRESENT), text(hold.id));
        self.delete_if(REMOVE, &self.control, key, PARTITION_KEY, None)
            .await
    }

    async fn hold(&self, id: HoldId) -> PortResult<Option<Hold>> {
        // It is moved in this direction, and in both for a moment.
        for partition in [PRESENT, PAST] {
            let key = key(text(partition), text(id));
            if let Some(item) = self.get(GET, &self.control, key).await? {
                return from_item(GET, &item).map(Some);
            }
        }
        Ok(None)
    }

    async fn past_holds(&self, from: Option<&str>, limit: usize) -> PortResult<Option<Page<Hold>>> {
        let start = match from.map(cursor::decode::<HoldId>) {
            None => None,
            Some(Some(id)) => Some(key(text(PAST), text(id))),
            Some(None) => return Ok(None),
        };
        let query = self
            .client
            .query()
            .table_name(&self.control)
            .key_condition_expression("#key = :past")
            .expression_attribute_names("#key", PARTITION_KEY)
            .expression_attribute_values(":past", text(PAST))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start);
        let answer = self.query(PAST_READ, query).await?;
        let items = answer.items().iter();
        let items = items
            .map(|item| from_item(PAST_READ, item))
            .collect::<PortResult<_>>()?;
        let next = match answer.last_evaluated_key() {
            None => None,
            Some(last) => cursor::encode(&text_of(last, SORT_KEY)),
        };
        Ok(Some(Page { items, next }))
    }
}
