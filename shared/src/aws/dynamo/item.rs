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

/// For how many begun bytes of an item a write takes a unit.
pub(super) const WRITE_UNIT_BYTES: usize = 1_024;

/// How large an item is, as DynamoDB measures it: its names, and its values.
pub(super) fn bytes(item: &Item) -> usize {
    item.iter()
        .map(|(name, value)| name.len() + size(value))
        .sum()
}

fn size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        // Two digits a byte, and one more.
        AttributeValue::N(number) => number.len().div_ceil(2) + 1,
        AttributeValue::L(list) => 3 + list.iter().map(|item| 1 + size(item)).sum::<usize>(),
        AttributeValue::M(map) => {
            let entries = map.iter().map(|(name, value)| 1 + name.len() + size(value));
            3 + entries.sum::<usize>()
        }
        // No record holds a set.
        _ => 1,
    }
}
