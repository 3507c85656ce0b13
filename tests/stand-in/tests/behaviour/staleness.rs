//! Eventually consistent reads that look back.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::{World, item};

fn read(world: &mut World, strong: bool) -> Option<Json> {
    let key = item("a", &json!({}));
    let request = json!({ "TableName": "t", "Key": key, "ConsistentRead": strong });
    world
        .dynamo("GetItem", request)
        .get("Item")
        .map(|item| item["n"]["N"].clone())
}

fn query(world: &mut World, more: &Json) -> Vec<Json> {
    let mut request = json!({ "TableName": "t" });
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    let operation = if more.get("KeyConditionExpression").is_some() {
        "Query"
    } else {
        "Scan"
    };
    let answer = world.dynamo(operation, request);
    answer["Items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["sk"]["S"].clone())
        .collect()
}

#[test]
fn a_read_that_may_be_stale_sees_what_was_and_a_strong_one_what_is() {
    let mut world = World::new();
    world.cloud.dynamo.remember(TimeDelta::seconds(10));
    let second = TimeDelta::seconds(1);
    for number in 1..=3 {
        world.put(&item("a", &json!({ "n": { "N": number.to_string() } })));
        world.pass(second);
    }
    // Put at 0, 1 and 2 s; it is 3 s now.
    for (lag, expected) in [
        (0, Some("3")),
        (1, Some("3")),
        (2, Some("2")),
        (3, Some("1")),
        (4, None),
    ] {
        world.cloud.dynamo.lag_behind(TimeDelta::seconds(lag));
        assert_eq!(
            read(&mut world, false),
            expected.map(|number| json!(number)),
            "{lag} s ago"
        );
        assert_eq!(read(&mut world, true), Some(json!("3")));
    }
}

#[test]
fn queries_scans_and_indexes_look_back_as_reads_do() {
    let mut world = World::new();
    world.cloud.dynamo.remember(TimeDelta::seconds(10));
    let indexed = |user: &str| json!({ "gpk": { "S": user }, "gsk": { "S": "x" } });
    world.put(&item("a", &indexed("ann")));
    world.put(&item("b", &indexed("ann")));
    world.pass(TimeDelta::seconds(5));
    world.put(&item("a", &indexed("bob")));
    world.put(&item("c", &indexed("ann")));
    world.dynamo(
        "DeleteItem",
        json!({ "TableName": "t", "Key": item("b", &json!({})) }),
    );
    let table = json!({ "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": { ":p": { "S": "p" } } });
    let index = |user: &str| {
        json!({
            "IndexName": "by-user", "KeyConditionExpression": "gpk = :u", "ExpressionAttributeValues": { ":u": { "S": user } },
        })
    };
    for (lag, of_table, of_ann, of_bob) in [
        (0, vec!["a", "c"], vec!["c"], vec!["a"]),
        (1, vec!["a", "b"], vec!["a", "b"], vec![]),
    ] {
        world.cloud.dynamo.lag_behind(TimeDelta::seconds(lag));
        assert_eq!(query(&mut world, &table), of_table);
        assert_eq!(query(&mut world, &json!({})), of_table);
        assert_eq!(query(&mut world, &index("ann")), of_ann);
        assert_eq!(query(&mut world, &index("bob")), of_bob);
    }
}
