//! The calls that every table makes: a strongly consistent read, a query for one page, a conditional put whose refusal
//! brings the item that refused it, and a conditional delete. All are metered.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure,
};

use super::super::PARTITION_KEY;
use super::DynamoStore;
use super::error::unavailable;
use super::item::Item;
use crate::port::PortResult;

/// What a put expects to find under its key.
pub(super) enum Condition {
    /// Nothing.
    Absent,
    /// An item whose attribute has this value.
    Equals(&'static str, AttributeValue),
    /// An item whose attribute is lower, or nothing.
    AbsentOrBelow(&'static str, AttributeValue),
}

/// What a conditional put answered.
pub(super) enum PutIf {
    Written,
    /// Here is what is there instead, if anything is.
    Refused(Option<Item>),
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

    /// Puts `item`, if `condition` holds.
    pub(super) async fn put_if(
        &self,
        operation: &'static str,
        table: &str,
        item: Item,
        condition: Condition,
    ) -> PortResult<PutIf> {
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
                Ok(PutIf::Written)
            }
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                    let found = refused.item.clone();
                    self.meter.refused(operation);
                    Ok(PutIf::Refused(found))
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
