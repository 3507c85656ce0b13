//! What calls consume.

use serde_json::{Value as Json, json};

use crate::{World, item};

fn units(answer: &Json) -> f64 {
    answer["ConsumedCapacity"]["CapacityUnits"]
        .as_f64()
        .unwrap()
}

fn same(actual: f64, expected: f64) {
    assert!(
        (actual - expected).abs() < 1e-9,
        "{actual} instead of {expected}"
    );
}

fn put(world: &mut World, item: &Json) -> f64 {
    units(&world.dynamo(
        "PutItem",
        json!({ "TableName": "t", "Item": item, "ReturnConsumedCapacity": "TOTAL" }),
    ))
}

#[test]
fn a_write_costs_by_the_larger_of_what_was_and_what_is() {
    let mut world = World::new();
    let large = item("a", &json!({ "x": { "S": "x".repeat(2_000) } }));
    same(put(&mut world, &large), 2.0);
    same(put(&mut world, &item("a", &json!({}))), 2.0);
    same(put(&mut world, &item("a", &json!({}))), 1.0);
    same(world.cloud.dynamo.consumed()["t"].write, 5.0);
}

#[test]
fn an_index_costs_when_its_entry_changes_and_twice_when_that_moves() {
    let mut world = World::new();
    let indexed = |order: &str, more: &str| json!({ "gpk": { "S": "u" }, "gsk": { "S": order }, "x": { "S": more } });
    same(put(&mut world, &item("a", &indexed("1", "x"))), 2.0);
    // An attribute that the index has not.
    same(put(&mut world, &item("a", &indexed("1", "y"))), 1.0);
    same(put(&mut world, &item("a", &indexed("2", "y"))), 3.0);
    let key = item("a", &json!({}));
    let delete = json!({ "TableName": "t", "Key": key, "ReturnConsumedCapacity": "INDEXES" });
    let answer = world.dynamo("DeleteItem", delete);
    same(units(&answer), 2.0);
    let consumed = &answer["ConsumedCapacity"];
    same(consumed["Table"]["CapacityUnits"].as_f64().unwrap(), 1.0);
    same(
        consumed["GlobalSecondaryIndexes"]["by-user"]["CapacityUnits"]
            .as_f64()
            .unwrap(),
        1.0,
    );
}

#[test]
fn a_refused_write_costs_what_refused_it() {
    let mut world = World::new();
    world.put(&item("a", &json!({ "x": { "S": "x".repeat(3_000) } })));
    let before = world.cloud.dynamo.consumed()["t"].write;
    let request = json!({
        "TableName": "t", "Item": item("a", &json!({})), "ConditionExpression": "attribute_not_exists(pk)",
    });
    world.dynamo_error("PutItem", request);
    same(world.cloud.dynamo.consumed()["t"].write - before, 3.0);
}

#[test]
fn a_read_costs_half_if_it_may_be_stale_and_nothing_found_costs_too() {
    let mut world = World::new();
    world.put(&item("a", &json!({ "x": { "S": "x".repeat(5_000) } })));
    let mut get = |sort: &str, strong: bool| {
        let key = item(sort, &json!({}));
        let request = json!({ "TableName": "t", "Key": key, "ConsistentRead": strong, "ReturnConsumedCapacity": "TOTAL" });
        units(&world.dynamo("GetItem", request))
    };
    same(get("a", true), 2.0);
    same(get("a", false), 1.0);
    same(get("b", true), 1.0);
    same(get("b", false), 0.5);
}

#[test]
fn a_query_costs_by_all_that_it_read_together() {
    let mut world = World::new();
    for number in 0..10 {
        world.put(&item(
            &number.to_string(),
            &json!({ "x": { "S": "x".repeat(1_000) } }),
        ));
    }
    let request = json!({
        "TableName": "t", "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": { ":p": { "S": "p" }, ":n": { "S": "none" } },
        "FilterExpression": "x = :n", "ConsistentRead": true, "ReturnConsumedCapacity": "TOTAL",
    });
    let answer = world.dynamo("Query", request);
    assert_eq!(answer["Count"], 0);
    // 10 times 1,007 bytes: three times 4 KB.
    same(units(&answer), 3.0);
}
