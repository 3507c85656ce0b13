//! PutItem, UpdateItem and DeleteItem: one item, changed if a condition holds of it as it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value as Json, json};

use super::Dynamo;
use super::capacity::{Consumed, Report, write_units};
use super::expression::{Bindings, Condition, Path, Update};
use super::key::Key;
use super::value::{Item, Value, size_of};
use crate::refusal::Refusal;

/// Which values of the item a write answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum ReturnValues {
    #[default]
    None,
    AllOld,
    AllNew,
    UpdatedOld,
    UpdatedNew,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct PutItem {
    table_name: String,
    item: Item,
    #[serde(default)]
    condition_expression: Option<String>,
    #[serde(default)]
    expression_attribute_names: BTreeMap<String, String>,
    #[serde(default)]
    expression_attribute_values: BTreeMap<String, Value>,
    #[serde(default)]
    return_values: ReturnValues,
    #[serde(default)]
    return_values_on_condition_check_failure: ReturnValues,
    #[serde(default)]
    return_consumed_capacity: Report,
    #[serde(default, rename = "ReturnItemCollectionMetrics")]
    _metrics: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct UpdateItem {
    table_name: String,
    key: Item,
    #[serde(default)]
    update_expression: Option<String>,
    #[serde(default)]
    condition_expression: Option<String>,
    #[serde(default)]
    expression_attribute_names: BTreeMap<String, String>,
    #[serde(default)]
    expression_attribute_values: BTreeMap<String, Value>,
    #[serde(default)]
    return_values: ReturnValues,
    #[serde(default)]
    return_values_on_condition_check_failure: ReturnValues,
    #[serde(default)]
    return_consumed_capacity: Report,
    #[serde(default, rename = "ReturnItemCollectionMetrics")]
    _metrics: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DeleteItem {
    table_name: String,
    key: Item,
    #[serde(default)]
    condition_expression: Option<String>,
    #[serde(default)]
    expression_attribute_names: BTreeMap<String, String>,
    #[serde(default)]
    expression_attribute_values: BTreeMap<String, Value>,
    #[serde(default)]
    return_values: ReturnValues,
    #[serde(default)]
    return_values_on_condition_check_failure: ReturnValues,
    #[serde(default)]
    return_consumed_capacity: Report,
    #[serde(default, rename = "ReturnItemCollectionMetrics")]
    _metrics: Option<IgnoredAny>,
}

/// What becomes of the item, if the condition holds.
enum Becomes {
    Item(Item),
    Updated(Update),
    Nothing,
}

/// A write of one item.
struct Write {
    table: String,
    key: Key,
    condition: Option<Condition>,
    becomes: Becomes,
    return_values: ReturnValues,
    on_refusal: ReturnValues,
    report: Report,
}

fn only(allowed: &[ReturnValues], asked: ReturnValues) -> Result<(), Refusal> {
    if allowed.contains(&asked) {
        Ok(())
    } else {
        Err(Refusal::validation("Return values set to invalid value"))
    }
}

/// The parts of `item` under `paths`.
fn parts(item: &Item, update: &Update) -> Item {
    let mut roots: Vec<&Path> = update.paths().collect();
    roots.sort();
    // Of a nested path, DynamoDB answers the way down to it and no more.
    super::expression::Projection::of_paths(roots.into_iter().cloned().collect()).of(item)
}

impl Dynamo {
    pub(super) fn put_item(
        &mut self,
        now: DateTime<Utc>,
        request: PutItem,
    ) -> Result<Json, Refusal> {
        let mut bindings = Bindings::new(
            &request.expression_attribute_names,
            &request.expression_attribute_values,
        );
        let text = request.condition_expression.as_deref();
        let condition = bindings.condition("ConditionExpression", text)?;
        bindings.end()?;
        only(
            &[ReturnValues::None, ReturnValues::AllOld],
            request.return_values,
        )?;
        let table = self.table(&request.table_name)?;
        let key = table.schema().key_of_item(&request.item)?;
        table.check(&request.item)?;
        self.write(
            now,
            Write {
                table: request.table_name,
                key,
                condition,
                becomes: Becomes::Item(request.item),
                return_values: request.return_values,
                on_refusal: request.return_values_on_condition_check_failure,
                report: request.return_consumed_capacity,
            },
        )
    }

    pub(super) fn update_item(
        &mut self,
        now: DateTime<Utc>,
        request: UpdateItem,
    ) -> Result<Json, Refusal> {
        let mut bindings = Bindings::new(
            &request.expression_attribute_names,
            &request.expression_attribute_values,
        );
        let update = bindings
            .update(request.update_expression.as_deref())?
            .unwrap_or_default();
        let text = request.condition_expression.as_deref();
        let condition = bindings.condition("ConditionExpression", text)?;
        bindings.end()?;
        let table = self.table(&request.table_name)?;
        let key = table.schema().key_of_request(&request.key)?;
        if let Some(path) = update.paths().find(|path| table.schema().has(&path.root)) {
            return Err(Refusal::validation(format!(
                "One or more parameter values were invalid: Cannot update attribute {}. This attribute is part of the key",
                path.root
            )));
        }
        self.write(
            now,
            Write {
                table: request.table_name,
                key,
                condition,
                becomes: Becomes::Updated(update),
                return_values: request.return_values,
                on_refusal: request.return_values_on_condition_check_failure,
                report: request.return_consumed_capacity,
            },
        )
    }

    pub(super) fn delete_item(
        &mut self,
        now: DateTime<Utc>,
        request: DeleteItem,
    ) -> Result<Json, Refusal> {
        let mut bindings = Bindings::new(
            &request.expression_attribute_names,
            &request.expression_attribute_values,
        );
        let text = request.condition_expression.as_deref();
        let condition = bindings.condition("ConditionExpression", text)?;
        bindings.end()?;
        only(
            &[ReturnValues::None, ReturnValues::AllOld],
            request.return_values,
        )?;
        let key = self
            .table(&request.table_name)?
            .schema()
            .key_of_request(&request.key)?;
        self.write(
            now,
            Write {
                table: request.table_name,
                key,
                condition,
                becomes: Becomes::Nothing,
                return_values: request.return_values,
                on_refusal: request.return_values_on_condition_check_failure,
                report: request.return_consumed_capacity,
            },
        )
    }

    fn write(&mut self, now: DateTime<Utc>, write: Write) -> Result<Json, Refusal> {
        let remembered = self.staleness;
        let table = self.table_mut(&write.table)?;
        let before = table.rows.get(&write.key).cloned();
        let nothing = Arc::new(Item::new());
        let present = before.as_ref().unwrap_or(&nothing);
        if write
            .condition
            .is_some_and(|condition| !condition.holds(present))
        {
            // A refused write is billed by what refused it.
            table.write_units += write_units(size_of(present));
            let shown = before.filter(|_| write.on_refusal == ReturnValues::AllOld);
            return Err(Refusal::condition(shown.map(|item| json!(*item))));
        }
        let (after, updated) = match write.becomes {
            Becomes::Item(item) => (Some(item), None),
            Becomes::Nothing => (None, None),
            Becomes::Updated(update) => {
                let mut item = update.apply(present)?;
                item.extend(table.schema().item_of(&write.key));
                table.check(&item)?;
                (Some(item), Some(update))
            }
        };
        let attributes = match (write.return_values, &updated) {
            (ReturnValues::None, _) => None,
            (ReturnValues::AllOld, _) => before.as_ref().map(|item| Item::clone(item)),
            (ReturnValues::AllNew, _) => after.clone(),
            (ReturnValues::UpdatedOld, update) => {
                let update = update.as_ref();
                before
                    .as_ref()
                    .zip(update)
                    .map(|(item, update)| parts(item, update))
            }
            (ReturnValues::UpdatedNew, update) => after
                .as_ref()
                .zip(update.as_ref())
                .map(|(item, update)| parts(item, update)),
        };
        // Taking away what is not there changes nothing, and costs as much as a small item.
        let consumed = if before.is_none() && after.is_none() {
            table.write_units += write_units(0);
            Consumed::of_table(write_units(0))
        } else {
            table.write(now, &write.key, after, remembered)
        };
        self.changed();
        let mut answer = Map::new();
        if let Some(attributes) = attributes.filter(|attributes| !attributes.is_empty()) {
            answer.insert("Attributes".to_owned(), json!(attributes));
        }
        if let Some(told) = consumed.report(&write.table, write.report) {
            answer.insert("ConsumedCapacity".to_owned(), told);
        }
        Ok(Json::Object(answer))
    }
}
