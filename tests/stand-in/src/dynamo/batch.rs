//! BatchGetItem and BatchWriteItem: so many single reads and writes, each for itself. Nothing is left over here but what
//! does not fit into an answer; a wire may leave over what it likes.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::Dynamo;
use super::capacity::{Consistency, Consumed, Report, write_units};
use super::expression::Bindings;
use super::key::Key;
use super::value::{Item, size_of};
use crate::refusal::Refusal;

/// The most keys of a BatchGetItem, and the most bytes of its answer.
const GETS: usize = 100;
const ANSWER_BYTES: usize = 16 * 1_024 * 1_024;
/// The most writes of a BatchWriteItem.
const WRITES: usize = 25;

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct KeysAndAttributes {
    keys: Vec<Item>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    consistent_read: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    projection_expression: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    expression_attribute_names: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct BatchGetItem {
    request_items: BTreeMap<String, KeysAndAttributes>,
    #[serde(default)]
    return_consumed_capacity: Report,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutRequest {
    item: Item,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteRequest {
    key: Item,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct WriteRequest {
    #[serde(default)]
    put_request: Option<PutRequest>,
    #[serde(default)]
    delete_request: Option<DeleteRequest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct BatchWriteItem {
    request_items: BTreeMap<String, Vec<WriteRequest>>,
    #[serde(default)]
    return_consumed_capacity: Report,
    #[serde(default, rename = "ReturnItemCollectionMetrics")]
    _metrics: Option<IgnoredAny>,
}

fn check_count(count: usize, most: usize) -> Result<(), Refusal> {
    match count {
        0 => Err(Refusal::validation(
            "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
        )),
        count if count > most => Err(Refusal::validation(
            "Too many items requested for the Batch call",
        )),
        _ => Ok(()),
    }
}

fn duplicates() -> Refusal {
    Refusal::validation("Provided list of item keys contains duplicates")
}

/// What each table reports, if that is asked for.
fn reports(consumed: &BTreeMap<String, Consumed>, report: Report) -> Vec<Json> {
    let told = consumed.iter();
    told.filter_map(|(table, consumed)| consumed.report(table, report))
        .collect()
}

impl Dynamo {
    pub(super) fn batch_get_item(
        &mut self,
        now: DateTime<Utc>,
        request: BatchGetItem,
    ) -> Result<Json, Refusal> {
        let count = request
            .request_items
            .values()
            .map(|wanted| wanted.keys.len())
            .sum();
        check_count(count, GETS)?;
        let mut consumed: BTreeMap<String, Consumed> = BTreeMap::new();
        let mut responses: BTreeMap<String, Vec<Item>> = BTreeMap::new();
        let mut unprocessed: BTreeMap<String, KeysAndAttributes> = BTreeMap::new();
        let mut bytes = 0;
        for (name, wanted) in request.request_items {
            let none = BTreeMap::new();
            let mut bindings = Bindings::new(&wanted.expression_attribute_names, &none);
            let projection = bindings.projection(wanted.projection_expression.as_deref())?;
            bindings.end()?;
            let schema = self.table(&name)?.schema();
            let keys = wanted.keys.iter().map(|key| schema.key_of_request(key));
            let distinct: BTreeSet<Key> = keys.collect::<Result<_, _>>()?;
            if distinct.len() < wanted.keys.len() {
                return Err(duplicates());
            }
            let consistency = Consistency::of(wanted.consistent_read);
            let found = responses.entry(name.clone()).or_default();
            let mut left = Vec::new();
            for key in &wanted.keys {
                if bytes > ANSWER_BYTES {
                    left.push(key.clone());
                    continue;
                }
                let (item, units) = self.read_one(now, &name, key, consistency)?;
                consumed.entry(name.clone()).or_default().add(&units);
                if let Some(item) = item {
                    bytes += size_of(&item);
                    found.push(match &projection {
                        Some(projection) => projection.of(&item),
                        None => Item::clone(&item),
                    });
                }
            }
            if !left.is_empty() {
                unprocessed.insert(
                    name,
                    KeysAndAttributes {
                        keys: left,
                        ..wanted
                    },
                );
            }
        }
        let mut answer = json!({ "Responses": responses, "UnprocessedKeys": unprocessed });
        if request.return_consumed_capacity != Report::None {
            answer["ConsumedCapacity"] =
                json!(reports(&consumed, request.return_consumed_capacity));
        }
        Ok(answer)
    }

    pub(super) fn batch_write_item(
        &mut self,
        now: DateTime<Utc>,
        request: BatchWriteItem,
    ) -> Result<Json, Refusal> {
        check_count(request.request_items.values().map(Vec::len).sum(), WRITES)?;
        // Refused whole before anything is written.
        let mut writes: Vec<(&String, Key, Option<Item>)> = Vec::new();
        let mut seen: BTreeSet<(&String, Key)> = BTreeSet::new();
        let mut items = request.request_items;
        let names: Vec<String> = items.keys().cloned().collect();
        for name in &names {
            let table = self.table(name)?;
            for write in items.remove(name).unwrap_or_default() {
                let (key, item) = match (write.put_request, write.delete_request) {
                    (Some(put), None) => {
                        let key = table.schema().key_of_item(&put.item)?;
                        table.check(&put.item)?;
                        (key, Some(put.item))
                    }
                    (None, Some(delete)) => (table.schema().key_of_request(&delete.key)?, None),
                    _ => {
                        return Err(Refusal::validation(
                            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of PutRequest and DeleteRequest",
                        ));
                    }
                };
                if !seen.insert((name, key.clone())) {
                    return Err(duplicates());
                }
                writes.push((name, key, item));
            }
        }
        let remembered = self.staleness;
        let mut consumed: BTreeMap<String, Consumed> = BTreeMap::new();
        for (name, key, item) in writes {
            let table = self.table_mut(name)?;
            let units = if item.is_none() && table.rows.get(&key).is_none() {
                table.write_units += write_units(0);
                Consumed::of_table(write_units(0))
            } else {
                table.write(now, &key, item, remembered)
            };
            consumed.entry(name.clone()).or_default().add(&units);
        }
        self.changed();
        let mut answer = json!({ "UnprocessedItems": {} });
        if request.return_consumed_capacity != Report::None {
            answer["ConsumedCapacity"] =
                json!(reports(&consumed, request.return_consumed_capacity));
        }
        Ok(answer)
    }
}
