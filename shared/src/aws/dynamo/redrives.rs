//! Redrives of many: the requests by time under one key, those that the tick is to work on under another.

use chrono::TimeDelta;

use super::super::{PARTITION_KEY, SORT_KEY};
use super::error::corrupt;
use super::item::{Item, expire, key, text, text_of};
use super::{DynamoStore, cursor};
use crate::domain::{BulkRedrive, RedriveId, Stamp, UserId};
use crate::port::{Page, PortResult, Put, Redrives};

const GET: &str = "dynamodb.GetItem control";
const PUT: &str = "dynamodb.PutItem control";
const REMOVE: &str = "dynamodb.DeleteItem control";
const LIST: &str = "dynamodb.Query control redrives";

const REQUESTS: &str = "REDRIVES";
const SCHEDULED: &str = "REDRIVING";

/// The attribute that holds a request, as JSON text.
const BODY: &str = "body";

const RETENTION: TimeDelta = TimeDelta::days(30);

/// How many requests a tick looks at, and how many one part of a list does.
const LOOKED_AT: i32 = 100;

fn request_key(id: RedriveId) -> Item {
    key(text(REQUESTS), text(id))
}

fn from_item(operation: &'static str, item: &Item) -> PortResult<BulkRedrive> {
    serde_json::from_str(text_of(item, BODY)).map_err(|error| corrupt(operation, error))
}

impl Redrives for DynamoStore {
    async fn schedule_redrive(&self, id: RedriveId) -> PortResult<()> {
        let mut item = key(text(SCHEDULED), text(id));
        expire(&mut item, id.ordered_at() + RETENTION);
        self.put_control(item).await
    }

    async fn unschedule_redrive(&self, id: RedriveId) -> PortResult<()> {
        let key = key(text(SCHEDULED), text(id));
        self.delete_if(REMOVE, &self.control, key, PARTITION_KEY, None)
            .await
    }

    async fn scheduled_redrives(&self) -> PortResult<Vec<RedriveId>> {
        let query = self
            .client
            .query()
            .table_name(&self.control)
            .key_condition_expression("#key = :scheduled")
            .expression_attribute_names("#key", PARTITION_KEY)
            .expression_attribute_values(":scheduled", text(SCHEDULED))
            .limit(LOOKED_AT);
        let answer = self.query(LIST, query).await?;
        let ids = answer
            .items()
            .iter()
            .map(|item| text_of(item, SORT_KEY).parse());
        ids.collect::<Result<_, _>>()
            .map_err(|error| corrupt(LIST, error))
    }

    async fn put_redrive(&self, bulk: &BulkRedrive, expected: Option<Stamp>) -> PortResult<bool> {
        let body = serde_json::to_string(bulk).map_err(|error| corrupt(PUT, error))?;
        let mut item = request_key(bulk.id);
        item.insert(BODY.to_owned(), text(body));
        expire(&mut item, bulk.id.ordered_at() + RETENTION);
        let put = self.put_stamped(PUT, &self.control, item, bulk.stamp, expected);
        Ok(matches!(put.await?, Put::Written))
    }

    async fn bulk_redrive(&self, id: RedriveId) -> PortResult<Option<BulkRedrive>> {
        let item = self.get(GET, &self.control, request_key(id)).await?;
        item.map(|item| from_item(GET, &item)).transpose()
    }

    async fn list_redrives(
        &self,
        user: Option<&UserId>,
        from: Option<&str>,
        limit: usize,
    ) -> PortResult<Option<Page<BulkRedrive>>> {
        let start = match from.map(cursor::decode::<RedriveId>) {
            None => None,
            Some(Some(id)) => Some(request_key(id)),
            Some(None) => return Ok(None),
        };
        let query = self
            .client
            .query()
            .table_name(&self.control)
            .key_condition_expression("#key = :requests")
            .expression_attribute_names("#key", PARTITION_KEY)
            .expression_attribute_values(":requests", text(REQUESTS))
            .scan_index_forward(false)
            .limit(LOOKED_AT)
            .set_exclusive_start_key(start);
        let answer = self.query(LIST, query).await?;
        let mut items = Vec::new();
        for item in answer.items() {
            let bulk = from_item(LIST, item)?;
            let id = bulk.id;
            if user.is_none_or(|user| bulk.by == *user) {
                items.push(bulk);
            }
            if items.len() == limit {
                let next = cursor::encode(&id);
                return Ok(Some(Page { items, next }));
            }
        }
        let next = match answer.last_evaluated_key() {
            None => None,
            Some(last) => cursor::encode(&text_of(last, SORT_KEY)),
        };
        Ok(Some(Page { items, next }))
    }
}
