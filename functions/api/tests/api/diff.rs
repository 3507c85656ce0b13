//! What a change would do, and that asking changes nothing.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::Bench;

fn weekdays() -> Value {
    json!({
        "name": "report", "job_type": "echo",
        "schedule": { "kind": "cron", "expression": "0 9 * * MON-FRI", "timezone": "Europe/Berlin" },
    })
}

#[tokio::test]
async fn a_diff_tells_what_is_gained_lost_and_moved_and_writes_nothing() {
    let bench = Bench::new();
    let job = bench.created(weekdays()).await;
    let writes = bench.writes();
    let path = format!("{job}/diff?days=7");
    let change = json!({ "schedule": { "expression": "30 9 * * MON-SAT" } });
    let answer = bench.send(Method::POST, &path, change).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    // From Saturday noon on: five weekdays move by half an hour, and the next Saturday is new.
    let moved = answer.body["moved"].as_array().unwrap();
    assert_eq!(moved.len(), 5);
    assert_eq!(moved[0]["from"]["utc"], "2026-11-23T08:00:00Z");
    assert_eq!(moved[0]["to"]["local"], "2026-11-23T09:30:00+01:00");
    let gained = answer.body["gained"].as_array().unwrap();
    assert_eq!(gained.len(), 1);
    assert_eq!(gained[0]["utc"], "2026-11-28T08:30:00Z");
    assert_eq!(answer.body["lost"], json!([]));
    assert_eq!(answer.body["job"]["version"], 1);
    assert_eq!(bench.writes(), writes);
}

#[tokio::test]
async fn a_diff_refuses_what_the_patch_would_refuse_and_unreasonable_ranges() {
    let bench = Bench::new();
    let job = bench.created(weekdays()).await;
    let path = format!("{job}/diff");
    let refused = bench.send(Method::POST, &path, json!({ "priority": 11 }));
    let refused = refused.await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.body["field"], "priority");
    for query in ["days=0", "days=367", "days=many", "day=3"] {
        let answer = bench
            .send(Method::POST, &format!("{path}?{query}"), json!({}))
            .await;
        assert_eq!(answer.status, 400, "{query}");
    }
}
