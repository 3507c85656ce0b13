//! Calls that can be made at random, and what of their outcomes can be compared.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement,
    KeyType, Projection, ProjectionType, ReturnValue, ReturnValuesOnConditionCheckFailure,
    ScalarAttributeType,
};
use proptest::prelude::*;

type Item = HashMap<String, AttributeValue>;

/// An item, in an order that can be compared.
pub(crate) type Shown = BTreeMap<String, String>;

/// A condition on the item as it is.
#[derive(Clone, Debug)]
pub(crate) enum When {
    Always,
    Absent,
    Equals(i64),
    AbsentOrBelow(i64),
    NeitherNor(i64),
}

/// What an update does.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Set(i64),
    Add(i64),
    Plus(i64),
    Default(i64),
    Remove,
    Join(String),
    Leave(String),
}

/// A call.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    Put(String, i64, When),
    Update(String, Change, When),
    Delete(String, When),
    Get(String),
    Query {
        condition: usize,
        low: String,
        high: String,
        forward: bool,
        limit: i32,
        filter: Option<i64>,
    },
    ByUser {
        user: i64,
        forward: bool,
        limit: i32,
    },
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Item(Option<Shown>),
    Items(Vec<Shown>),
    Refused(Option<Shown>),
    Invalid,
}

fn sort() -> impl Strategy<Value = String> {
    "[ab]{1,2}"
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![
        2 => Just(When::Always),
        2 => Just(When::Absent),
        1 => (0..4_i64).prop_map(When::Equals),
        1 => (0..4_i64).prop_map(When::AbsentOrBelow),
        1 => (0..4_i64).prop_map(When::NeitherNor),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0..4_i64).prop_map(Change::Set),
        (-2..4_i64).prop_map(Change::Add),
        (0..4_i64).prop_map(Change::Plus),
        (0..4_i64).prop_map(Change::Default),
        Just(Change::Remove),
        "[x-z]".prop_map(Change::Join),
        "[x-z]".prop_map(Change::Leave),
    ]
}

pub(crate) fn any_call() -> impl Strategy<Value = Call> {
    prop_oneof![
        3 => (sort(), 0..4_i64, when()).prop_map(|(sort, n, when)| Call::Put(sort, n, when)),
        3 => (sort(), change(), when()).prop_map(|(sort, change, when)| Call::Update(sort, change, when)),
        1 => (sort(), when()).prop_map(|(sort, when)| Call::Delete(sort, when)),
        1 => sort().prop_map(Call::Get),
        3 => (0..CONDITIONS.len(), sort(), sort(), any::<bool>(), 1..4_i32, prop::option::of(0..4_i64)).prop_map(
            |(condition, one, other, forward, limit, filter)| Call::Query {
                condition,
                low: one.clone().min(other.clone()),
                high: one.max(other),
                forward,
                limit,
                filter,
            }
        ),
        1 => (0..4_i64, any::<bool>(), 1..4_i32)
            .prop_map(|(user, forward, limit)| Call::ByUser { user, forward, limit }),
    ]
}

const CONDITIONS: [&str; 7] = [
    "pk = :p",
    "pk = :p AND sk = :low",
    "pk = :p AND sk < :low",
    "pk = :p AND sk >= :low",
    "pk = :p AND sk > :low",
    "pk = :p AND begins_with(sk, :low)",
    "pk = :p AND sk BETWEEN :low AND :high",
];

pub(crate) async fn create_table(client: &Client, table: &str) {
    let string = |name: &str| {
        let definition = AttributeDefinition::builder().attribute_name(name);
        definition
            .attribute_type(ScalarAttributeType::S)
            .build()
            .unwrap()
    };
    let key = |name: &str, of: KeyType| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(of)
            .build()
            .unwrap()
    };
    let projection = Projection::builder()
        .projection_type(ProjectionType::KeysOnly)
        .build();
    let index = GlobalSecondaryIndex::builder()
        .index_name("by-user")
        .key_schema(key("gpk", KeyType::Hash))
        .key_schema(key("gsk", KeyType::Range))
        .projection(projection)
        .build()
        .unwrap();
    client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(["pk", "sk", "gpk", "gsk"].map(string).to_vec()))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .global_secondary_indexes(index)
        .send()
        .await
        .unwrap();
}

fn s(text: impl ToString) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

fn n(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn key(sort: &str) -> Item {
    [("pk".to_owned(), s("p")), ("sk".to_owned(), s(sort))].into()
}

fn shown(item: &Item) -> Shown {
    let value = |value: &AttributeValue| match value {
        AttributeValue::Ss(set) => {
            let mut set = set.clone();
            set.sort();
            format!("{set:?}")
        }
        other => format!("{other:?}"),
    };
    item.iter()
        .map(|(name, of)| (name.clone(), value(of)))
        .collect()
}

/// The outcome of an error, and nothing but the two that are expected.
fn failed<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>, item: Option<&Item>) -> Outcome {
    match error
        .as_service_error()
        .and_then(ProvideErrorMetadata::code)
    {
        Some("ConditionalCheckFailedException") => Outcome::Refused(item.map(shown)),
        Some("ValidationException") => Outcome::Invalid,
        other => panic!("{other:?}"),
    }
}

impl When {
    fn expression(&self) -> Option<&'static str> {
        Some(match self {
            Self::Always => return None,
            Self::Absent => "attribute_not_exists(pk)",
            Self::Equals(_) => "n = :when",
            Self::AbsentOrBelow(_) => "attribute_not_exists(n) OR n < :when",
            Self::NeitherNor(_) => "NOT (n = :when OR n > :when) AND attribute_exists(pk)",
        })
    }

    fn values(&self) -> Item {
        match self {
            Self::Always | Self::Absent => Item::new(),
            Self::Equals(number) | Self::AbsentOrBelow(number) | Self::NeitherNor(number) => {
                [(":when".to_owned(), n(*number))].into()
            }
        }
    }
}

impl Change {
    fn expression(&self) -> &'static str {
        match self {
            Self::Set(_) => "SET n = :v",
            Self::Add(_) => "ADD n :v",
            Self::Plus(_) => "SET n = n + :v",
            Self::Default(_) => "SET n = if_not_exists(n, :v)",
            Self::Remove => "REMOVE n",
            Self::Join(_) => "ADD members :v",
            Self::Leave(_) => "DELETE members :v",
        }
    }

    fn values(&self) -> Item {
        let value = match self {
            Self::Set(number) | Self::Add(number) | Self::Plus(number) | Self::Default(number) => {
                n(*number)
            }
            Self::Join(name) | Self::Leave(name) => AttributeValue::Ss(vec![name.clone()]),
            Self::Remove => return Item::new(),
        };
        [(":v".to_owned(), value)].into()
    }
}

/// No values at all, rather than an empty map of them, which DynamoDB refuses.
fn given(values: Item) -> Option<Item> {
    (!values.is_empty()).then_some(values)
}

impl Call {
    /// Makes the call, all pages of it.
    pub(crate) async fn make(&self, client: &Client, table: &str) -> Outcome {
        let all_old = ReturnValuesOnConditionCheckFailure::AllOld;
        match self {
            Self::Put(sort, number, when) => {
                let mut item = key(sort);
                item.insert("n".to_owned(), n(*number));
                item.insert("gpk".to_owned(), s(number));
                item.insert("gsk".to_owned(), s(sort));
                let put = client.put_item().table_name(table).set_item(Some(item));
                let put = put
                    .set_condition_expression(when.expression().map(str::to_owned))
                    .set_expression_attribute_values(given(when.values()))
                    .return_values_on_condition_check_failure(all_old);
                match put.send().await {
                    Ok(_) => Outcome::Done,
                    Err(error) => {
                        use aws_sdk_dynamodb::operation::put_item::PutItemError;
                        let item = match error.as_service_error() {
                            Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                                refused.item.clone()
                            }
                            _ => None,
                        };
                        failed(&error, item.as_ref())
                    }
                }
            }
            Self::Update(sort, change, when) => {
                let mut values = change.values();
                values.extend(when.values());
                let update = client
                    .update_item()
                    .table_name(table)
                    .set_key(Some(key(sort)));
                let update = update
                    .update_expression(change.expression())
                    .set_condition_expression(when.expression().map(str::to_owned))
                    .set_expression_attribute_values(given(values))
                    .return_values(ReturnValue::AllNew);
                match update.send().await {
                    Ok(answer) => Outcome::Item(answer.attributes().map(shown)),
                    Err(error) => failed(&error, None),
                }
            }
            Self::Delete(sort, when) => {
                let delete = client
                    .delete_item()
                    .table_name(table)
                    .set_key(Some(key(sort)));
                let delete = delete
                    .set_condition_expression(when.expression().map(str::to_owned))
                    .set_expression_attribute_values(given(when.values()))
                    .return_values(ReturnValue::AllOld);
                match delete.send().await {
                    Ok(answer) => Outcome::Item(answer.attributes().map(shown)),
                    Err(error) => failed(&error, None),
                }
            }
            Self::Get(sort) => {
                let get = client.get_item().table_name(table).set_key(Some(key(sort)));
                let answer = get.consistent_read(true).send().await.unwrap();
                Outcome::Item(answer.item().map(shown))
            }
            Self::Query {
                condition,
                low,
                high,
                forward,
                limit,
                filter,
            } => {
                let condition = CONDITIONS[*condition];
                let mut query = client
                    .query()
                    .table_name(table)
                    .key_condition_expression(condition);
                for (name, value) in [(":p", s("p")), (":low", s(low)), (":high", s(high))] {
                    if condition.contains(name) {
                        query = query.expression_attribute_values(name, value);
                    }
                }
                if let Some(filter) = filter {
                    query = query.filter_expression("n >= :filter");
                    query = query.expression_attribute_values(":filter", n(*filter));
                }
                all(query.scan_index_forward(*forward).limit(*limit)).await
            }
            Self::ByUser {
                user,
                forward,
                limit,
            } => {
                let query = client.query().table_name(table).index_name("by-user");
                let query = query
                    .key_condition_expression("gpk = :u")
                    .expression_attribute_values(":u", s(user))
                    .scan_index_forward(*forward)
                    .limit(*limit);
                all(query).await
            }
        }
    }
}

async fn all(query: aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder) -> Outcome {
    let (mut items, mut start) = (Vec::new(), None);
    loop {
        let answer = query
            .clone()
            .set_exclusive_start_key(start)
            .send()
            .await
            .unwrap();
        items.extend(answer.items().iter().map(shown));
        start = answer.last_evaluated_key;
        if start.is_none() {
            return Outcome::Items(items);
        }
    }
}
