//! The calls that every table makes: a strongly consistent read, a query for one page, a put, one whose refusal brings the
//! item that refused it, a batch of writes that leaves nothing over, and a conditional delete. All are metered.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure, WriteRequest,
};

use super::super::PARTITION_KEY;
use super::error::unavailable;
use super::item::{Item, number};
use super::{BATCH_TRIES, DynamoStore, back_off};
use crate::domain::Stamp;
use crate::port::{PortError, PortResult, Put};

/// The most items that DynamoDB writes in one batch.
pub(super) const BATCH: usize = 25;

/// What a put expects to find under its key.
pub(super) enum Condition {
    /// Nothing.
    Absent,
    /// An item whose attribute has this value.
    Equals(&'static str, AttributeValue),
    /// An item whose attribute is lower, or nothing.
    AbsentOrBelow(&'static str, AttributeValue),
}

/// The attribute of an item that one writer at a time replaces: set anew by every write, and named by whoever replaces it.
pub(super) const STAMP: &str = "stamp";

/// Leaves `stamp` on `item`.
pub(super) fn stamp_with(item: &mut Item, stamp: Stamp) {
    item.insert(STAMP.to_owned(), number(stamp.0));
}

impl DynamoStore {
    /// Reads the item under `key`, strongly consistent.
    pub(super) async fn get(
        &self,
        operation: &'static str,
        table: &str,
        key: Item,
    ) -> PortResult<Option<Item>> {
        let answer = self
            .client
            .get_item()
            .table_name(table)
            .set_key(Some(key))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| unavailable(operation, error))?;
        self.meter.capacity(operation, answer.consumed_capacity());
        Ok(answer.item)
    }

    /// Asks `query` for one page.
    pub(super) async fn query(
        &self,
        operation: &'static str,
        query: QueryFluentBuilder,
    ) -> PortResult<QueryOutput> {
        let answer = query
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| unavailable(operation, error))?;
        self.meter.capacity(operation, answer.consumed_capacity());
        Ok(answer)
    }

    /// Puts `item`, whatever is there.
    pub(super) async fn put(
        &self,
        operation: &'static str,
        table: &str,
        item: Item,
    ) -> PortResult<()> {
        let answer = self
            .client
            .put_item()
            .table_name(table)
            .set_item(Some(item))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| unavailable(operation, error))?;
        self.meter.capacity(operation, answer.consumed_capacity());
        Ok(())
    }

    /// Puts `item`, stamped `stamp`, in place of what is stamped `expected`; of nothing, for `None`.
    pub(super) async fn put_stamped(
        &self,
        operation: &'static str,
        table: &str,
        mut item: Item,
        stamp: Stamp,
        expected: Option<Stamp>,
    ) -> PortResult<Put<Item>> {
        stamp_with(&mut item, stamp);
        let own = item.get(STAMP).cloned();
        let condition = match expected {
            None => Condition::Absent,
            Some(Stamp(stamp)) => Condition::Equals(STAMP, number(stamp)),
        };
        Ok(
            match self.put_if(operation, table, item, condition).await? {
                // Our own stamp: an earlier try arrived, and its answer did not.
                Put::Refused(Some(found)) if found.get(STAMP) == own.as_ref() => Put::Written,
                answer => answer,
            },
        )
    }

    /// Carries out `left`, at most [`BATCH`] requests, no two of them about one key; asks again for what is left over.
    pub(super) async fn write_batch(
        &self,
        operation: &'static str,
        table: &str,
        mut left: Vec<WriteRequest>,
    ) -> PortResult<()> {
        for attempt in 0..BATCH_TRIES {
            back_off(attempt).await;
            let answer = self
                .client
                .batch_write_item()
                .request_items(table, std::mem::take(&mut left))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|error| unavailable(operation, error))?;
            self.meter.capacities(operation, answer.consumed_capacity());
            left = answer
                .unprocessed_items
                .and_then(|mut tables| tables.remove(table))
                .unwrap_or_default();
            if left.is_empty() {
                return Ok(());
            }
        }
        Err(PortError::Throttled {
            operation,
            source: format!("{} items were left unwritten", left.len()).into(),
        })
    }

    /// Puts `item`, if `condition` holds.
    pub(super) async fn put_if(
        &self,
        operation: &'static str,
        table: &str,
        item: Item,
        condition: Condition,
    ) -> PortResult<Put<Item>> {
        let request = self
            .client
            .put_item()
            .table_name(table)
            .set_item(Some(item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let request = match condition {
            Condition::Absent => request
                .condition_expression("attribute_not_exists(#name)")
                .expression_attribute_names("#name", PARTITION_KEY),
            Condition::Equals(name, value) => request
                .condition_expression("#name = :value")
                .expression_attribute_names("#name", name)
                .expression_attribute_values(":value", value),
            Condition::AbsentOrBelow(name, value) => request
                .condition_expression("attribute_not_exists(#name) OR #name < :value")
                .expression_attribute_names("#name", name)
                .expression_attribute_values(":value", value),
        };
        match request.send().await {
            Ok(answer) => {
                self.meter.capacity(operation, answer.consumed_capacity());
                Ok(Put::Written)
            }
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                    let found = refused.item.clone();
                    self.meter.refused(operation);
                    Ok(Put::Refused(found))
                }
                _ => Err(unavailable(operation, error)),
            },
        }
    }

    /// Deletes the item under `key`, if its attribute `name` has this value; if it has one at all, for `None`. Deleting
    /// nothing is fine.
    pub(super) async fn delete_if(
        &self,
        operation: &'static str,
        table: &str,
        key: Item,
        name: &str,
        value: Option<AttributeValue>,
    ) -> PortResult<()> {
        let request = self
            .client
            .delete_item()
            .table_name(table)
            .set_key(Some(key))
            .expression_attribute_names("#name", name)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let request = match value {
            None => request.condition_expression("attribute_exists(#name)"),
            Some(value) => request
                .condition_expression("#name = :value")
                .expression_attribute_values(":value", value),
        };
        match request.send().await {
            Ok(answer) => self.meter.capacity(operation, answer.consumed_capacity()),
            Err(error) => {
                let refused = error
                    .as_service_error()
                    .is_some_and(DeleteItemError::is_conditional_check_failed_exception);
                if !refused {
                    return Err(unavailable(operation, error));
                }
                self.meter.refused(operation);
            }
        }
        Ok(())
    }
}
