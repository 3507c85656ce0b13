//! Users' plans: shown and changed by those whose reach is everybody, and in force within a minute.

use axum::http::Method;
use chrono::TimeDelta;
use punctual::domain::{Limits, Tiers};
use serde_json::{Value, json};

use crate::support::issuer::token;
use crate::support::{Answer, Bench};

const ALICES: &str = "/v1/admin/users/alice/plan";

fn bench() -> Bench {
    let tiers = Tiers::default();
    Bench::rationed(Tiers {
        free: Limits {
            jobs_per_day: Some(2),
            ..tiers.free
        },
        ..tiers
    })
}

async fn create(bench: &Bench) -> Answer {
    let job =
        json!({ "name": "n", "job_type": "echo", "schedule": { "kind": "every", "seconds": 60 } });
    bench.send(Method::POST, "/v1/jobs", job).await
}

async fn alices_plan(bench: &Bench) -> Value {
    let operator = token("otto", "operator");
    let answer = bench
        .send_with(&operator, Method::GET, ALICES, Value::Null)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

async fn put(bench: &Bench, body: Value) -> Answer {
    let admin = token("root", "admin");
    bench.send_with(&admin, Method::PUT, ALICES, body).await
}

async fn give(bench: &Bench, plan: &str) -> Value {
    let answer = put(bench, json!({ "plan": plan })).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

#[tokio::test]
async fn a_plan_is_shown_with_its_limits_and_what_is_used_of_them() {
    let bench = bench();
    create(&bench).await;
    create(&bench).await;
    assert_eq!(
        alices_plan(&bench).await,
        json!({
            "user": "alice",
            "plan": "free",
            "assigned": false,
            "limits": {
                "jobs_per_minute": 100, "jobs_per_day": 2, "live_jobs": 100, "max_concurrent_executions": 10, "payload_bytes": 16_384,
            },
            "executing": 0,
            "granted_this_minute": 2,
            "granted_today": 2,
            "live_jobs_at_most": 2,
            "live_jobs_counted_at": "2026-11-21T12:00:00.250Z",
        })
    );
    bench.advance(TimeDelta::minutes(1));
    let plan = alices_plan(&bench).await;
    assert_eq!(plan["granted_this_minute"], 0);
    assert_eq!(plan["granted_today"], 2);
}

#[tokio::test]
async fn a_plan_that_is_given_is_in_force_within_a_minute() {
    let bench = bench();
    assert_eq!(create(&bench).await.status, 201);
    assert_eq!(create(&bench).await.status, 201);
    assert_eq!(create(&bench).await.status, 429);
    let given = give(&bench, "pro").await;
    assert_eq!(given["plan"], "pro");
    assert_eq!(given["assigned"], true);
    assert_eq!(given["granted_today"], 2);
    bench.advance(TimeDelta::seconds(1));
    let answer = create(&bench).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!(answer.header("ratelimit-limit"), "1000");

    // The other way, once what is on lease has been used or its minute is over.
    give(&bench, "free").await;
    bench.advance(TimeDelta::minutes(1));
    let answer = create(&bench).await;
    assert_eq!(answer.body["type"], "/problems/quota-exceeded");
}

#[tokio::test]
async fn there_is_no_plan_of_another_name_and_no_user_of_an_impossible_one() {
    let bench = bench();
    for body in [
        json!({ "plan": "gold" }),
        json!({}),
        json!({ "plan": "pro", "for": 1 }),
    ] {
        let answer = put(&bench, body).await;
        assert_eq!(answer.status, 422, "{}", answer.body);
    }
    let path = "/v1/admin/users/two%20words/plan";
    let operator = token("otto", "operator");
    let answer = bench
        .send_with(&operator, Method::GET, path, Value::Null)
        .await;
    assert_eq!(answer.status, 404);
    assert_eq!(bench.writes(), 0);
}
