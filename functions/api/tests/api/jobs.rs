//! The life of a job through the REST face.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, Bench, alice};

fn job() -> Value {
    json!({
        "name": "n", "job_type": "echo", "payload": { "a": 1 },
        "schedule": { "kind": "every", "seconds": 60 },
    })
}

async fn post_with_key(bench: &Bench, path: &str, key: &str, body: &Value) -> Answer {
    let request = Request::post(path)
        .header(alice().0, alice().1)
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .body(Body::from(body.to_string()));
    bench.call(request.unwrap()).await
}

#[tokio::test]
async fn a_created_job_is_shown_with_every_default() {
    let bench = Bench::new();
    let path = bench.created(job()).await;
    let answer = bench.send(Method::GET, &path, Value::Null).await;
    assert_eq!(answer.status, StatusCode::OK);
    let shown = answer.body;
    assert_eq!(path, format!("/v1/jobs/{}", shown["id"].as_str().unwrap()));
    for (field, expected) in [
        ("status", json!("active")),
        ("priority", json!(5)),
        ("band", json!("normal")),
        (
            "misfire",
            json!({ "policy": "fire_latest", "catch_up_window_seconds": 86_400 }),
        ),
        (
            "retry",
            json!({ "max_retries": 3, "backoff_seconds": 60, "max_backoff_seconds": 3_600 }),
        ),
        ("timeout_seconds", json!(30)),
        ("notify", Value::Null),
        ("version", json!(1)),
        ("payload", json!({ "a": 1 })),
        ("created_at", json!("2026-11-21T12:00:00.250Z")),
        ("next_fire_at", json!("2026-11-21T12:01:00Z")),
        ("next_fire_at_local", json!("2026-11-21T12:01:00+00:00")),
    ] {
        assert_eq!(shown[field], expected, "{field}");
    }
    for inner in ["request_digest", "user", "effective_from"] {
        assert!(shown.get(inner).is_none(), "{inner}");
    }
}

#[tokio::test]
async fn the_same_key_and_request_make_one_job_and_another_request_is_refused() {
    let bench = Bench::new();
    let first = post_with_key(&bench, "/v1/jobs", "k", &job()).await;
    let again = post_with_key(&bench, "/v1/jobs", "k", &job()).await;
    assert_eq!(first.status, StatusCode::CREATED);
    assert!(!first.headers.contains_key("idempotent-replayed"));
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.header("location"), first.header("location"));

    let mut other = job();
    other["name"] = json!("other");
    let refused = post_with_key(&bench, "/v1/jobs", "k", &other).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.body["type"], "/problems/idempotency-key-reused");
    let refused = post_with_key(&bench, "/v1/jobs", "two words", &job()).await;
    assert_eq!(refused.body["field"], "Idempotency-Key");
}

#[tokio::test]
async fn another_users_job_cannot_be_told_from_a_missing_one() {
    let bench = Bench::new();
    let path = bench.created(job()).await;
    let missing = "/v1/jobs/00000000-0000-4000-8000-000000000000";
    let writes = bench.writes();
    for (method, suffix, body) in [
        (Method::GET, "", Value::Null),
        (Method::PUT, "", job()),
        (Method::PATCH, "", json!({ "priority": 1 })),
        (Method::DELETE, "", Value::Null),
        (Method::POST, "/run", Value::Null),
        (Method::POST, "/pause", Value::Null),
        (Method::POST, "/resume", Value::Null),
        (Method::GET, "/executions", Value::Null),
    ] {
        let send = |path: &str| {
            let path = format!("{path}{suffix}");
            let (bench, method, body) = (&bench, method.clone(), body.clone());
            async move { bench.send_as("mallory", method, &path, body).await }
        };
        let (theirs, none, garbage) = (
            send(&path).await,
            send(missing).await,
            send("/v1/jobs/x").await,
        );
        assert_eq!(theirs.status, StatusCode::NOT_FOUND, "{method} {suffix}");
        assert_eq!(theirs.body, none.body, "{method} {suffix}");
        assert_eq!(theirs.body, garbage.body, "{method} {suffix}");
    }
    assert_eq!(bench.writes(), writes);
}

#[tokio::test]
async fn a_list_shows_its_users_jobs_in_parts() {
    let bench = Bench::new();
    for _ in 0..3 {
        bench.created(job()).await;
    }
    let mut path = "/v1/jobs?status=active&job_type=echo&limit=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let answer = bench.send(Method::GET, &path, Value::Null).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        seen.push(answer.body["items"].as_array().unwrap().len());
        match answer.body["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/jobs?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, [2, 1]);
    let others = bench.send_as("mallory", Method::GET, "/v1/jobs", Value::Null);
    assert_eq!(others.await.body["items"], json!([]));
}

#[tokio::test]
async fn deleting_a_job_twice_is_as_good_as_once() {
    let bench = Bench::new();
    let path = bench.created(job()).await;
    for _ in 0..2 {
        let answer = bench.send(Method::DELETE, &path, Value::Null).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        assert_eq!(answer.body, Value::Null);
    }
    let shown = bench.send(Method::GET, &path, Value::Null).await.body;
    assert_eq!(shown["status"], "canceled");
    assert_eq!(shown["next_fire_at"], Value::Null);
    let listed = bench.send(Method::GET, "/v1/jobs", Value::Null).await.body;
    assert_eq!(listed["items"], json!([]));
    let edited = bench.send(Method::PUT, &path, job()).await;
    assert_eq!(edited.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_replace_gives_what_it_leaves_out_its_default() {
    let bench = Bench::new();
    let mut urgent = job();
    urgent["priority"] = json!(1);
    let path = bench.created(urgent).await;
    let answer = bench.send(Method::PUT, &path, job()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        (&answer.body["priority"], &answer.body["version"]),
        (&json!(5), &json!(2))
    );
}

#[tokio::test]
async fn a_paused_job_has_no_next_fire_time_until_it_is_resumed() {
    let bench = Bench::new();
    let path = bench.created(job()).await;
    let paused = bench
        .send(Method::POST, &format!("{path}/pause"), Value::Null)
        .await;
    assert_eq!(
        (paused.status, &paused.body["status"]),
        (StatusCode::OK, &json!("paused"))
    );
    assert_eq!(paused.body["next_fire_at"], Value::Null);
    let resumed = bench
        .send(Method::POST, &format!("{path}/resume"), Value::Null)
        .await;
    assert_eq!(resumed.body["next_fire_at"], "2026-11-21T12:01:00Z");
}

#[tokio::test]
async fn running_a_job_now_says_where_its_execution_will_be_and_a_key_makes_it_one() {
    let bench = Bench::new();
    let path = format!("{}/run", bench.created(job()).await);
    let first = post_with_key(&bench, &path, "k", &Value::Null).await;
    let again = post_with_key(&bench, &path, "k", &Value::Null).await;
    assert_eq!(first.status, StatusCode::ACCEPTED);
    let id = first.body["execution_id"].as_str().unwrap();
    assert_eq!(first.header("location"), format!("/v1/executions/{id}"));
    assert_eq!(again.body, first.body);
}
