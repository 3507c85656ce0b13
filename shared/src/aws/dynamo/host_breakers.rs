//! Breakers between owners and hosts, in the `control` table: those of one owner in a partition, for an owner's name may
//! have any character that could part it from a host. One that nobody has written for a day says nothing any more.

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};

use super::super::{PARTITION_KEY, SORT_KEY};
use super::error::corrupt;
use super::item::{Item, expire, key, text, text_of};
use super::{DynamoStore, cursor};
use crate::domain::{Destination, HostBreaker, HostKey, HostState, Stamp, UserId};
use crate::port::{HostBreakers, Page, PortResult, Put};

const GET: &str = "dynamodb.GetItem control breaker";
const PUT: &str = "dynamodb.PutItem control breaker";

const LIST: &str = "dynamodb.Query control breaker";

const BREAKER: &str = "breaker";

const RETENTION: TimeDelta = TimeDelta::days(1);

fn partition(user: &UserId) -> AttributeValue {
    text(format_args!("CB#{user}"))
}

fn breaker_key(of: &HostKey) -> Item {
    key(partition(&of.user), text(&of.destination))
}

/// From when on nobody asks for it.
fn last_of_use(state: HostState) -> DateTime<Utc> {
    match state {
        HostState::Closed { since: at }
        | HostState::Open { until: at }
        | HostState::Probing { until: at } => at,
    }
}

fn from_item(operation: &'static str, item: &Item) -> PortResult<HostBreaker> {
    serde_json::from_str(text_of(item, BREAKER)).map_err(|error| corrupt(operation, error))
}

impl HostBreakers for DynamoStore {
    async fn host_breaker(&self, key: &HostKey) -> PortResult<Option<HostBreaker>> {
        let item = self.get(GET, &self.control, breaker_key(key)).await?;
        item.map(|item| from_item(GET, &item)).transpose()
    }

    async fn put_host_breaker(
        &self,
        key: &HostKey,
        breaker: &HostBreaker,
        expected: Option<Stamp>,
    ) -> PortResult<Put<HostBreaker>> {
        let mut item = breaker_key(key);
        let written = serde_json::to_string(breaker).map_err(|error| corrupt(PUT, error))?;
        item.insert(BREAKER.to_owned(), text(written));
        expire(&mut item, last_of_use(breaker.state) + RETENTION);
        let put = self.put_stamped(PUT, &self.control, item, breaker.stamp, expected);
        put.await?.try_map(|found| from_item(PUT, &found))
    }
    async fn list_host_breakers(
        &self,
        user: &UserId,
        from: Option<&str>,
        limit: usize,
    ) -> PortResult<Option<Page<(Destination, HostBreaker)>>> {
        let start = match from.map(cursor::decode::<String>) {
            None => None,
            Some(Some(host)) => Some(key(partition(user), text(host))),
            Some(None) => return Ok(None),
        };
        let query = self
            .client
            .query()
            .table_name(&self.control)
            .key_condition_expression("#key = :user")
            .expression_attribute_names("#key", PARTITION_KEY)
            .expression_attribute_values(":user", partition(user))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start);
        let answer = self.query(LIST, query).await?;
        let last = answer.last_evaluated_key();
        let next = last.and_then(|last| cursor::encode(&text_of(last, SORT_KEY)));
        let listed = |item: &Item| {
            let host = text_of(item, SORT_KEY).parse();
            let host = host.map_err(|error| corrupt(LIST, error))?;
            Ok((host, from_item(LIST, item)?))
        };
        let items = answer.items().iter().map(listed);
        Ok(Some(Page {
            items: items.collect::<PortResult<_>>()?,
            next,
        }))
    }
}
