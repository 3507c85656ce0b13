//! Many jobs in one request: each answered as if it had been posted alone.

use axum::http::{Method, Request};
use punctual::domain::{Limits, Tier, Tiers};
use serde_json::{Value, json};

use crate::support::{Answer, Bench, alice};

const PATH: &str = "/v1/jobs/batch";

fn job(name: &str) -> Value {
    json!({ "name": name, "job_type": "echo", "schedule": { "kind": "every", "seconds": 60 } })
}

fn keyed(key: &str, name: &str) -> Value {
    let mut job = job(name);
    job["idempotency_key"] = json!(key);
    job
}

async fn post(bench: &Bench, jobs: Value) -> Answer {
    bench
        .send(Method::POST, PATH, json!({ "jobs": jobs }))
        .await
}

async fn post_under(bench: &Bench, key: &str, jobs: Value) -> Answer {
    let request = Request::post(PATH)
        .header(alice().0, alice().1)
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .body(json!({ "jobs": jobs }).to_string().into());
    bench.call(request.unwrap()).await
}

fn statuses(answer: &Answer) -> Vec<u64> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let results = answer.body["results"].as_array().unwrap();
    for (index, result) in results.iter().enumerate() {
        assert_eq!(result["index"], index);
    }
    results
        .iter()
        .map(|result| result["status"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn each_item_is_created_or_refused_by_itself() {
    let bench = Bench::new();
    let mut unacceptable = job("c");
    unacceptable["schedule"] = json!({ "kind": "cron", "expression": "61 * * * *" });
    let misspelt = json!({ "nmae": "d" });
    let mut unkeyed = job("e");
    unkeyed["idempotency_key"] = json!(7);
    let jobs = json!([
        job("a"),
        job("b"),
        unacceptable,
        misspelt,
        unkeyed,
        keyed("", "f"),
        7
    ]);
    let answer = post(&bench, jobs).await;
    assert_eq!(statuses(&answer), [201, 201, 422, 422, 422, 422, 422]);
    let results = &answer.body["results"];
    assert_eq!(results[0]["job"]["name"], "a");
    assert_eq!(results[1]["job"]["name"], "b");
    for (index, field) in [
        (2, "schedule.expression"),
        (3, "nmae"),
        (4, "idempotency_key"),
        (5, "idempotency_key"),
        (6, "body"),
    ] {
        let problem = &results[index]["problem"];
        assert_eq!(problem["type"], "/problems/invalid-field", "{problem}");
        assert_eq!(problem["field"], field, "{problem}");
        assert!(results[index].get("job").is_none());
    }
    let id = results[0]["job"]["id"].as_str().unwrap();
    let answer = bench
        .send(Method::GET, &format!("/v1/jobs/{id}"), Value::Null)
        .await;
    assert_eq!(answer.body["name"], "a");
}

#[tokio::test]
async fn a_batch_of_none_or_too_many_or_unknown_things_is_refused_whole() {
    let bench = Bench::new();
    let many = vec![job("n"); 101];
    for (body, field) in [
        (json!({ "jobs": [] }), "jobs"),
        (json!({ "jobs": many }), "jobs"),
        (json!({ "jobs": 7 }), "jobs"),
        (json!({}), "jobs"),
        (json!({ "jobs": [job("n")], "atomic": true }), "atomic"),
    ] {
        let answer = bench.send(Method::POST, PATH, body).await;
        assert_eq!(answer.status, 422, "{}", answer.body);
        assert_eq!(answer.body["field"], field, "{}", answer.body);
    }
    let twice = r#"{"jobs": [{}, {"name": "a", "name": "b"}]}"#;
    let request = Request::post(PATH)
        .header(alice().0, alice().1)
        .header("content-type", "application/json");
    let answer = bench.call(request.body(twice.into()).unwrap()).await;
    assert_eq!(answer.body["field"], "jobs[1].name");
    assert_eq!(bench.writes(), 0);
    let answer = post(&bench, json!(vec![job("n"); 100])).await;
    assert_eq!(statuses(&answer), [201; 100]);
}

#[tokio::test]
async fn a_batch_may_be_longer_than_other_bodies_and_its_items_may_not() {
    let bench = Bench::new();
    let large = |bytes: usize| {
        let mut job = job("n");
        job["payload"] = json!("x".repeat(bytes - 2));
        job
    };
    let jobs = json!([large(256 * 1024), large(256 * 1024), large(256 * 1024 + 1)]);
    let answer = post(&bench, jobs).await;
    assert_eq!(statuses(&answer), [201, 201, 422]);
    assert_eq!(answer.body["results"][2]["problem"]["field"], "payload");
    let answer = post(&bench, json!(vec![large(256 * 1024); 16])).await;
    assert_eq!(answer.status, 413);
    assert!(answer.body["detail"].as_str().unwrap().contains("4096 KB"));
}

#[tokio::test]
async fn the_same_batch_under_its_key_is_answered_with_the_same_jobs() {
    let bench = Bench::new();
    let jobs = json!([job("a"), { "nmae": "b" }, job("a")]);
    let first = post_under(&bench, "k", jobs.clone()).await;
    assert_eq!(statuses(&first), [201, 422, 201]);
    let first = &first.body["results"];
    assert_ne!(first[0]["job"]["id"], first[2]["job"]["id"]);
    assert!(first[0].get("replayed").is_none());
    let replay = post_under(&bench, "k", jobs.clone()).await;
    assert_eq!(statuses(&replay), [200, 422, 200]);
    for index in [0, 2] {
        let result = &replay.body["results"][index];
        assert_eq!(result["replayed"], true);
        assert_eq!(result["job"], first[index]["job"]);
    }
    // Without the key it is another batch.
    let answer = post(&bench, jobs).await;
    assert_eq!(statuses(&answer), [201, 422, 201]);
}

#[tokio::test]
async fn a_key_stands_for_one_batch_and_another_is_refused_whole() {
    let bench = Bench::new();
    let answer = post_under(&bench, "k", json!([job("a")])).await;
    assert_eq!(statuses(&answer), [201]);
    for other in [json!([job("b")]), json!([job("a"), job("b")])] {
        let answer = post_under(&bench, "k", other).await;
        assert_eq!(answer.status, 422);
        assert_eq!(answer.body["type"], "/problems/idempotency-key-reused");
    }
    let list = bench.send(Method::GET, "/v1/jobs", Value::Null).await;
    assert_eq!(list.body["items"].as_array().unwrap().len(), 1);
    // A create alone under the same key is another thing.
    let alone = Request::post("/v1/jobs")
        .header(alice().0, alice().1)
        .header("content-type", "application/json")
        .header("idempotency-key", "k")
        .body(job("a").to_string().into());
    assert_eq!(bench.call(alone.unwrap()).await.status, 201);
}

#[tokio::test]
async fn an_items_own_key_counts_as_if_it_had_been_posted_alone() {
    let bench = Bench::new();
    let alone = Request::post("/v1/jobs")
        .header(alice().0, alice().1)
        .header("content-type", "application/json")
        .header("idempotency-key", "a")
        .body(job("a").to_string().into());
    let alone = bench.call(alone.unwrap()).await;
    assert_eq!(alone.status, 201);
    let answer = post(
        &bench,
        json!([keyed("a", "a"), keyed("b", "b"), keyed("a", "c")]),
    )
    .await;
    assert_eq!(statuses(&answer), [200, 201, 422]);
    let results = &answer.body["results"];
    assert_eq!(results[0]["job"]["id"], alone.body["id"]);
    assert_eq!(
        results[2]["problem"]["type"],
        "/problems/idempotency-key-reused"
    );
    // In another batch, under a key or not, it is still the same job.
    let answer = post_under(&bench, "k", json!([job("d"), keyed("b", "b")])).await;
    assert_eq!(statuses(&answer), [201, 200]);
    assert_eq!(
        answer.body["results"][1]["job"]["id"],
        results[1]["job"]["id"]
    );
}

#[tokio::test]
async fn the_items_behind_a_limit_are_refused_by_it() {
    let tiers = Tiers::default();
    let bench = Bench::rationed(Tiers {
        free: Limits {
            jobs_per_minute: 5,
            ..tiers.free
        },
        unassigned: Tier::Free,
        ..tiers
    });
    let answer = post(&bench, json!(vec![job("n"); 8])).await;
    assert_eq!(statuses(&answer), [201, 201, 201, 201, 201, 429, 429, 429]);
    let problem = &answer.body["results"][7]["problem"];
    assert_eq!(problem["type"], "/problems/rate-limited");
    assert_eq!(problem["retry_after_seconds"], 60);
    assert_eq!(answer.header("ratelimit-remaining"), "0");
}
