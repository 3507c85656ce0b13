//! Plans ration creates. What is refused says which limit, and when to come back; what is invalid costs nothing.

use axum::http::{Method, Request};
use punctual::domain::{Limits, Tier, Tiers};
use serde_json::{Value, json};

use crate::support::{Answer, Bench, alice};

/// A free plan of these limits, for everybody.
fn bench(jobs_per_minute: u64, jobs_per_day: Option<u64>, live_jobs: Option<u64>) -> Bench {
    Bench::rationed(Tiers {
        free: Limits {
            jobs_per_minute,
            jobs_per_day,
            live_jobs,
            max_concurrent_executions: None,
            payload_bytes: 100,
        },
        unassigned: Tier::Free,
        ..Tiers::default()
    })
}

fn job() -> Value {
    json!({ "name": "n", "job_type": "echo", "schedule": { "kind": "every", "seconds": 60 } })
}

async fn create(bench: &Bench) -> Answer {
    bench.send(Method::POST, "/v1/jobs", job()).await
}

fn assert_refused(answer: &Answer, kind: &str, retry_after: Option<&str>) {
    assert_eq!(answer.status, 429, "{}", answer.body);
    assert_eq!(answer.body["type"], kind);
    let header = answer.headers.get("retry-after");
    assert_eq!(header.map(|value| value.to_str().unwrap()), retry_after);
    let told = answer.body["retry_after_seconds"].as_u64();
    assert_eq!(
        told.map(|seconds| seconds.to_string()).as_deref(),
        retry_after
    );
}

fn assert_allowance(answer: &Answer, limit: &str, remaining: &str, reset: &str) {
    assert_eq!(answer.header("ratelimit-limit"), limit);
    assert_eq!(answer.header("ratelimit-remaining"), remaining);
    assert_eq!(answer.header("ratelimit-reset"), reset);
}

#[tokio::test]
async fn a_create_says_what_is_left_and_the_one_beyond_the_minute_when_to_come_back() {
    let bench = bench(3, Some(50), None);
    for remaining in ["2", "1", "0"] {
        let answer = create(&bench).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_allowance(&answer, "3", remaining, "60");
        assert_eq!(answer.header("ratelimit-policy"), "3;w=60, 50;w=86400");
    }
    let answer = create(&bench).await;
    assert_refused(&answer, "/problems/rate-limited", Some("60"));
    assert_allowance(&answer, "3", "0", "60");
    // Another user has a limit of its own.
    let answer = bench.send_as("bob", Method::POST, "/v1/jobs", job()).await;
    assert_eq!(answer.status, 201);
}

#[tokio::test]
async fn the_quota_of_a_day_is_refused_until_the_next() {
    let bench = bench(50, Some(2), None);
    for remaining in ["1", "0"] {
        let answer = create(&bench).await;
        assert_allowance(&answer, "2", remaining, "43200");
    }
    let answer = create(&bench).await;
    assert_refused(&answer, "/problems/quota-exceeded", Some("43200"));
    assert_allowance(&answer, "2", "0", "43200");
}

#[tokio::test]
async fn no_wait_is_promised_to_who_has_too_many_live_jobs() {
    let bench = bench(50, None, Some(2));
    for _ in 0..2 {
        assert_eq!(create(&bench).await.status, 201);
    }
    let answer = create(&bench).await;
    assert_refused(&answer, "/problems/quota-exceeded", None);
    assert!(answer.body["detail"].as_str().unwrap().contains("2 jobs"));
}

#[tokio::test]
async fn both_faces_take_from_one_allowance() {
    let bench = bench(1, None, None);
    let brief = json!({
        "job_name": "n", "job_type": "echo", "job_schedule_type": "ONCE",
        "job_schedule": { "year": 2027, "month": 1, "date": 1 },
    });
    let answer = bench.send(Method::POST, "/job/create", brief.clone()).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_allowance(&answer, "1", "0", "60");
    assert_eq!(create(&bench).await.status, 429);
    let answer = bench.send(Method::POST, "/job/create", brief).await;
    assert_refused(&answer, "/problems/rate-limited", Some("60"));
}

#[tokio::test]
async fn what_cannot_be_accepted_takes_no_token() {
    let bench = bench(1, None, None);
    let mut unacceptable = job();
    unacceptable["schedule"]["seconds"] = json!(1);
    let mut too_large = job();
    too_large["payload"] = json!("x".repeat(99));
    for body in [unacceptable, too_large] {
        let answer = bench.send(Method::POST, "/v1/jobs", body).await;
        assert_eq!(answer.status, 422, "{}", answer.body);
    }
    assert_eq!(create(&bench).await.status, 201);
}

#[tokio::test]
async fn a_payload_over_the_plans_cap_is_refused_on_create_and_on_change() {
    let bench = bench(9, None, None);
    let mut body = job();
    body["payload"] = json!("x".repeat(98));
    let path = bench.created(body.clone()).await;
    body["payload"] = json!("x".repeat(99));
    for (method, path) in [
        (Method::POST, "/v1/jobs"),
        (Method::PUT, &*path),
        (Method::PATCH, &*path),
    ] {
        let answer = bench.send(method, path, body.clone()).await;
        assert_eq!(answer.status, 422, "{}", answer.body);
        assert_eq!(answer.body["field"], "payload");
        assert!(
            answer.body["detail"]
                .as_str()
                .unwrap()
                .contains("100 bytes")
        );
    }
}

#[tokio::test]
async fn a_replay_is_answered_also_where_nothing_more_may_be_created() {
    let bench = bench(1, None, None);
    let keyed = |body: Value| {
        Request::post("/v1/jobs")
            .header(alice().0, alice().1)
            .header("content-type", "application/json")
            .header("idempotency-key", "k")
            .body(body.to_string().into())
            .unwrap()
    };
    let first = bench.call(keyed(job())).await;
    assert_eq!(first.status, 201);
    let replay = bench.call(keyed(job())).await;
    assert_eq!(
        (replay.status.as_u16(), &replay.body["id"]),
        (200, &first.body["id"])
    );
    let mut another = job();
    another["name"] = json!("another");
    let answer = bench.call(keyed(another)).await;
    assert_eq!(answer.body["type"], "/problems/idempotency-key-reused");
}
