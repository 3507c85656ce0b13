//! Items and keys. Keys are readable text that sorts as the queries need it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::{PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE};
use super::error::corrupt;
use crate::domain::JobId;
use crate::port::PortResult;

pub(super) type Item = HashMap<String, AttributeValue>;

#[expect(
    clippy::needless_pass_by_value,
    reason = "most callers hand over a temporary"
)]
pub(super) fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "most callers hand over a temporary"
)]
pub(super) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The partition that holds everything of one job, in `jobs` and in `executions`.
pub(super) fn job_partition(job: JobId) -> AttributeValue {
    text(format_args!("J#{job}"))
}

pub(super) fn key(partition: AttributeValue, sort: AttributeValue) -> Item {
    HashMap::from([
        (PARTITION_KEY.to_owned(), partition),
        (SORT_KEY.to_owned(), sort),
    ])
}

/// Adds the instant from which the item may be purged.
pub(super) fn expire(item: &mut Item, at: DateTime<Utc>) {
    item.insert(TTL_ATTRIBUTE.to_owned(), number(at.timestamp()));
}

pub(super) fn encode(operation: &'static str, value: &impl Serialize) -> PortResult<Item> {
    serde_dynamo::to_item(value).map_err(|error| corrupt(operation, error))
}

/// Reads an item. One that holds a value of a type that the SDK does not know is refused like any that cannot be read:
/// the decoder itself would panic.
pub(super) fn decode<T: DeserializeOwned>(operation: &'static str, item: Item) -> PortResult<T> {
    if let Some((name, _)) = item.iter().find(|(_, value)| has_unknown(value)) {
        let reason = format!("the attribute {name} holds a value of a type that is not known here");
        return Err(corrupt(operation, reason));
    }
    serde_dynamo::from_item(item).map_err(|error| corrupt(operation, error))
}

fn has_unknown(value: &AttributeValue) -> bool {
    match value {
        AttributeValue::L(items) => items.iter().any(has_unknown),
        AttributeValue::M(fields) => fields.values().any(has_unknown),
        value => value.is_unknown(),
    }
}

/// The text attribute `name` of an item; empty if it has none.
pub(super) fn text_of<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name)
        .and_then(|value| value.as_s().ok())
        .map_or("", String::as_str)
}
