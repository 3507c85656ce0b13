//! Batch calls of DynamoDB.

use serde_json::json;

use crate::{World, item};

#[test]
fn a_batch_writes_and_deletes_and_reports_its_cost() {
    let mut world = World::new();
    world.put(&item("old", &json!({})));
    let writes = json!([
        { "PutRequest": { "Item": item("new", &json!({})) } },
        { "DeleteRequest": { "Key": item("old", &json!({})) } },
        { "DeleteRequest": { "Key": item("never", &json!({})) } },
    ]);
    let request = json!({ "RequestItems": { "t": writes }, "ReturnConsumedCapacity": "TOTAL" });
    let answer = world.dynamo("BatchWriteItem", request);
    assert_eq!(answer["UnprocessedItems"], json!({}));
    assert_eq!(
        answer["ConsumedCapacity"],
        json!([{ "TableName": "t", "CapacityUnits": 3.0 }])
    );
    assert_eq!(
        (world.get("old"), world.get("new")),
        (None, Some(item("new", &json!({}))))
    );
}

#[test]
fn a_batch_that_is_refused_writes_nothing() {
    let put = |sort: &str| json!({ "PutRequest": { "Item": item(sort, &json!({})) } });
    let many: Vec<_> = (0..26).map(|number| put(&number.to_string())).collect();
    for writes in [
        json!(many),
        json!([put("a"), put("a")]),
        json!([put("a"), { "DeleteRequest": { "Key": item("a", &json!({})) } }]),
        json!([put("a"), { "PutRequest": { "Item": { "pk": { "S": "p" } } } }]),
        json!([]),
    ] {
        let mut world = World::new();
        let (name, _) =
            world.dynamo_error("BatchWriteItem", json!({ "RequestItems": { "t": writes } }));
        assert_eq!(name, "ValidationException");
        assert_eq!(world.get("a"), None);
    }
    let request = json!({ "RequestItems": { "nowhere": [put("a")] } });
    assert_eq!(
        World::new().dynamo_error("BatchWriteItem", request).0,
        "ResourceNotFoundException"
    );
}

#[test]
fn a_batch_reads_what_is_there() {
    let mut world = World::new();
    world.put(&item("a", &json!({ "x": { "N": "1" } })));
    world.put(&item("b", &json!({ "x": { "N": "2" } })));
    let keys: Vec<_> = ["a", "b", "c"]
        .iter()
        .map(|sort| item(sort, &json!({})))
        .collect();
    let request = json!({
        "RequestItems": { "t": { "Keys": keys, "ProjectionExpression": "x", "ConsistentRead": true } },
        "ReturnConsumedCapacity": "TOTAL",
    });
    let answer = world.dynamo("BatchGetItem", request);
    assert_eq!(
        answer["Responses"]["t"],
        json!([{ "x": { "N": "1" } }, { "x": { "N": "2" } }])
    );
    assert_eq!(answer["UnprocessedKeys"], json!({}));
    assert_eq!(answer["ConsumedCapacity"][0]["CapacityUnits"], json!(3.0));
    let keys: Vec<_> = (0..101)
        .map(|number| item(&number.to_string(), &json!({})))
        .collect();
    let request = json!({ "RequestItems": { "t": { "Keys": keys } } });
    assert_eq!(
        world.dynamo_error("BatchGetItem", request).0,
        "ValidationException"
    );
}

#[test]
fn an_answer_of_more_than_16_megabytes_leaves_keys_over() {
    let mut world = World::new();
    let keys: Vec<_> = (0..60)
        .map(|number| item(&format!("{number:02}"), &json!({})))
        .collect();
    for number in 0..60 {
        let more = json!({ "x": { "S": "x".repeat(390 * 1_024) } });
        world.put(&item(&format!("{number:02}"), &more));
    }
    let request = json!({ "RequestItems": { "t": { "Keys": keys } } });
    let answer = world.dynamo("BatchGetItem", request);
    let read = answer["Responses"]["t"].as_array().unwrap().len();
    let left = answer["UnprocessedKeys"]["t"]["Keys"]
        .as_array()
        .unwrap()
        .len();
    assert!(left > 0 && read > 40, "{read} read, {left} left");
    assert_eq!(read + left, 60);
}
