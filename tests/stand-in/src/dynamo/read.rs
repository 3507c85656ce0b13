//! `GetItem`, Query and Scan.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::capacity::{Consistency, Consumed, Report, read_units};
use super::expression::Bindings;
use super::key::{Key, KeySchema, KeyValue};
use super::key_condition::KeyCondition;
use super::page::{Page, Seen, Select, Shown};
use super::rows::Position;
use super::table::{Index, Projected, Table};
use super::value::{Item, Value, size_of};
use super::{Dynamo, encode};
use crate::refusal::Refusal;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct GetItem {
    table_name: String,
    key: Item,
    #[serde(default)]
    consistent_read: Option<bool>,
    #[serde(default)]
    projection_expression: Option<String>,
    #[serde(default)]
    expression_attribute_names: BTreeMap<String, String>,
    #[serde(default)]
    return_consumed_capacity: Report,
}

/// Query, and Scan, which has no key condition.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Search {
    table_name: String,
    #[serde(default)]
    index_name: Option<String>,
    #[serde(default)]
    key_condition_expression: Option<String>,
    #[serde(default)]
    filter_expression: Option<String>,
    #[serde(default)]
    projection_expression: Option<String>,
    #[serde(default)]
    expression_attribute_names: BTreeMap<String, String>,
    #[serde(default)]
    expression_attribute_values: BTreeMap<String, Value>,
    #[serde(default)]
    scan_index_forward: Option<bool>,
    #[serde(default)]
    limit: Option<usize>,
    #[serde(default)]
    exclusive_start_key: Option<Item>,
    #[serde(default)]
    consistent_read: Option<bool>,
    #[serde(default)]
    select: Option<Select>,
    #[serde(default)]
    return_consumed_capacity: Report,
}

/// What a `GetItem` is answered.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Got {
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<Seen>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consumed_capacity: Option<Json>,
}

/// What a search is answered.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    count: usize,
    scanned_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<Seen>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_evaluated_key: Option<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consumed_capacity: Option<Json>,
}

/// The key behind which a search goes on.
fn start_of(
    table: &Table,
    index: Option<&Index>,
    start: &Item,
) -> Result<(KeyValue, Position), Refusal> {
    let invalid = || Refusal::validation("The provided starting key is invalid");
    let of = |schema: &KeySchema| {
        let named = schema.attributes().filter_map(|attribute| {
            let value = start.get(&attribute.name)?;
            Some((attribute.name.clone(), value.clone()))
        });
        schema
            .key_of_request(&named.collect())
            .map_err(|_| invalid())
    };
    let row = of(table.schema())?;
    let known = |name: &String| {
        table.schema().has(name) || index.is_some_and(|index| index.rows.schema.has(name))
    };
    if !start.keys().all(known) {
        return Err(invalid());
    }
    Ok(match index {
        None => {
            let Key { hash, range } = row;
            (
                hash,
                Position {
                    sort: range,
                    row: None,
                },
            )
        }
        Some(index) => {
            let entry = of(&index.rows.schema)?;
            let position = Position {
                sort: entry.range,
                row: Some(row),
            };
            (entry.hash, position)
        }
    })
}

/// The key that names where a page ended.
fn key_at(table: &Table, index: Option<&Index>, hash: KeyValue, position: Position) -> Item {
    let key = Key {
        hash,
        range: position.sort,
    };
    match (index, position.row) {
        (Some(index), Some(row)) => {
            let mut item = table.schema().item_of(&row);
            item.extend(index.rows.schema.item_of(&key));
            item
        }
        _ => table.schema().item_of(&key),
    }
}

impl Search {
    /// The index of `table` that is searched, if it is one; refused, if it cannot be searched so.
    fn index_of<'a>(&self, table: &'a Table) -> Result<Option<&'a Index>, Refusal> {
        let index = self.index_name.as_deref();
        let index = index.map(|name| table.index(name)).transpose()?;
        self.check(index)?;
        Ok(index)
    }

    /// Behind what the search goes on.
    fn start_in(
        &self,
        table: &Table,
        index: Option<&Index>,
    ) -> Result<Option<(KeyValue, Position)>, Refusal> {
        let start = self.exclusive_start_key.as_ref();
        start.map(|start| start_of(table, index, start)).transpose()
    }

    /// Refuses what an index has not got.
    fn check(&self, index: Option<&Index>) -> Result<(), Refusal> {
        if self.limit == Some(0) {
            return Err(Refusal::validation(
                "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
            ));
        }
        if index.is_some() && self.consistent_read == Some(true) {
            return Err(Refusal::validation(
                "Consistent reads are not supported on global secondary indexes",
            ));
        }
        let is_partial = index.is_some_and(|index| index.projected != Projected::All);
        if is_partial && self.select == Some(Select::AllAttributes) {
            return Err(Refusal::validation(
                "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index, since its projection type is not ALL",
            ));
        }
        let is_specific = self.select == Some(Select::SpecificAttributes);
        if is_specific != self.projection_expression.is_some() && self.select.is_some() {
            return Err(Refusal::validation(
                "Select type and ProjectionExpression do not go together",
            ));
        }
        Ok(())
    }

    fn shown(&self, bindings: &mut Bindings<'_>) -> Result<Shown, Refusal> {
        Ok(Shown {
            filter: bindings.condition("FilterExpression", self.filter_expression.as_deref())?,
            projection: bindings.projection(self.projection_expression.as_deref())?,
            select: self.select,
            limit: self.limit,
        })
    }
}

impl Dynamo {
    /// As of when an eventually consistent read answers; `None` for the present state.
    fn as_of(&self, now: DateTime<Utc>, consistency: Consistency) -> Option<DateTime<Utc>> {
        let is_stale = consistency == Consistency::Eventual && self.lag > chrono::TimeDelta::zero();
        is_stale.then(|| now - self.lag)
    }

    pub(super) fn get_item(
        &mut self,
        now: DateTime<Utc>,
        request: &GetItem,
    ) -> Result<Vec<u8>, Refusal> {
        let none = BTreeMap::new();
        let mut bindings = Bindings::new(&request.expression_attribute_names, &none);
        let projection = bindings.projection(request.projection_expression.as_deref())?;
        bindings.end()?;
        let consistency = Consistency::of(request.consistent_read);
        let (item, consumed) =
            self.read_one(now, &request.table_name, &request.key, consistency)?;
        Ok(encode(&Got {
            item: item.map(|item| Seen::new(&item, projection.as_ref())),
            consumed_capacity: consumed
                .report(&request.table_name, request.return_consumed_capacity),
        }))
    }

    /// Reads the item under `key`, and says what that costs.
    pub(super) fn read_one(
        &mut self,
        now: DateTime<Utc>,
        table: &str,
        key: &Item,
        consistency: Consistency,
    ) -> Result<(Option<Arc<Item>>, Consumed), Refusal> {
        let then = self.as_of(now, consistency);
        let table = self.table_mut(table)?;
        let key = table.schema().key_of_request(key)?;
        let item = table.get_as_of(&key, then).cloned();
        let units = read_units(item.as_ref().map_or(0, |item| size_of(item)), consistency);
        table.read_units += units;
        Ok((item, Consumed::of_table(units)))
    }

    pub(super) fn query(
        &mut self,
        now: DateTime<Utc>,
        request: &Search,
    ) -> Result<Vec<u8>, Refusal> {
        let Some(text) = &request.key_condition_expression else {
            return Err(Refusal::validation(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
            ));
        };
        let consistency = Consistency::of(request.consistent_read);
        let then = self.as_of(now, consistency);
        let table = self.table(&request.table_name)?;
        let index = request.index_of(table)?;
        let schema = index.map_or(table.schema(), |index| &index.rows.schema);
        let mut bindings = Bindings::new(
            &request.expression_attribute_names,
            &request.expression_attribute_values,
        );
        let condition = bindings.condition("KeyConditionExpression", Some(text))?;
        let condition = condition
            .as_ref()
            .map(|condition| KeyCondition::of(condition, schema));
        let condition = condition
            .transpose()?
            .ok_or_else(|| Refusal::validation("No key"))?;
        let shown = request.shown(&mut bindings)?;
        bindings.end()?;
        let start = request.start_in(table, index)?;
        if start
            .as_ref()
            .is_some_and(|(hash, _)| *hash != condition.hash)
        {
            return Err(Refusal::validation(
                "The provided starting key is outside query boundaries based on provided conditions",
            ));
        }
        let forward = request.scan_index_forward != Some(false);
        let partition = table.partition_as_of(index, &condition.hash, then);
        let start = start.map(|(_, position)| position);
        let rows = condition.rows(&partition, start.as_ref(), forward);
        let rows = rows.map(|(position, item)| (&condition.hash, position, item));
        let page = Page::read(rows, &shown);
        let last = page
            .last
            .clone()
            .map(|(hash, position)| key_at(table, index, hash, position));
        Ok(self.answer(request, page, last, consistency))
    }

    pub(super) fn scan(
        &mut self,
        now: DateTime<Utc>,
        request: &Search,
    ) -> Result<Vec<u8>, Refusal> {
        let consistency = Consistency::of(request.consistent_read);
        let then = self.as_of(now, consistency);
        let table = self.table(&request.table_name)?;
        let index = request.index_of(table)?;
        if request.key_condition_expression.is_some() || request.scan_index_forward.is_some() {
            return Err(Refusal::shape(
                "a Scan has no key condition and no direction",
            ));
        }
        let mut bindings = Bindings::new(
            &request.expression_attribute_names,
            &request.expression_attribute_values,
        );
        let shown = request.shown(&mut bindings)?;
        bindings.end()?;
        let start = request.start_in(table, index)?;
        let rows = table.rows_as_of(index, then);
        let from = match &start {
            Some((hash, _)) => Bound::Included(hash.clone()),
            None => Bound::Unbounded,
        };
        let partitions = rows.partitions.range((from, Bound::Unbounded));
        let rows = partitions.flat_map(|(hash, partition)| {
            let from = match &start {
                Some((first, position)) if first == hash => Bound::Excluded(position.clone()),
                _ => Bound::Unbounded,
            };
            let rows = partition.range((from, Bound::Unbounded));
            rows.map(move |(position, item)| (hash, position, item))
        });
        let page = Page::read(rows, &shown);
        let last = page
            .last
            .clone()
            .map(|(hash, position)| key_at(table, index, hash, position));
        Ok(self.answer(request, page, last, consistency))
    }

    fn answer(
        &mut self,
        request: &Search,
        page: Page,
        last: Option<Item>,
        consistency: Consistency,
    ) -> Vec<u8> {
        let units = read_units(page.bytes, consistency);
        if let Ok(table) = self.table_mut(&request.table_name) {
            table.read_units += units;
        }
        let consumed = match &request.index_name {
            Some(index) => Consumed::of_index(index, units),
            None => Consumed::of_table(units),
        };
        encode(&Found {
            count: page.count,
            scanned_count: page.scanned,
            items: (request.select != Some(Select::Count)).then_some(page.items),
            last_evaluated_key: last,
            consumed_capacity: consumed
                .report(&request.table_name, request.return_consumed_capacity),
        })
    }
}
