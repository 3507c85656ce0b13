//! Expiry: items are read until they are reaped.

use chrono::TimeDelta;
use serde_json::json;

use crate::{World, item, noon};

#[test]
fn what_has_expired_is_read_until_it_is_reaped_and_the_rest_stays() {
    let mut world = World::new();
    let ttl = json!({ "AttributeName": "expires_at", "Enabled": true });
    world.dynamo(
        "UpdateTimeToLive",
        json!({ "TableName": "t", "TimeToLiveSpecification": ttl }),
    );
    let at =
        |seconds: i64| json!({ "expires_at": { "N": (noon().timestamp() + seconds).to_string() } });
    world.put(&item("now", &at(60)));
    world.put(&item("later", &at(61)));
    world.put(&item("text", &json!({ "expires_at": { "S": "1" } })));
    world.put(&item("never", &json!({})));
    world.pass(TimeDelta::seconds(60));
    assert!(world.get("now").is_some());
    let cost = world.cloud.dynamo.consumed()["t"].write;
    assert_eq!(world.cloud.dynamo.reap(world.now), 1);
    assert_eq!(world.get("now"), None);
    for sort in ["later", "text", "never"] {
        assert!(world.get(sort).is_some(), "{sort}");
    }
    assert!((world.cloud.dynamo.consumed()["t"].write - cost).abs() < f64::EPSILON);
}

#[test]
fn a_table_without_expiry_keeps_everything() {
    let mut world = World::new();
    world.put(&item("a", &json!({ "expires_at": { "N": "1" } })));
    assert_eq!(world.cloud.dynamo.reap(world.now), 0);
    assert!(world.get("a").is_some());
}
