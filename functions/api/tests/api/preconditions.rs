//! Tags of versions: which version a change is meant for, and which one its reader has already.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, Bench, alice};

fn job() -> Value {
    json!({
        "name": "n", "job_type": "echo", "payload": { "a": 1 },
        "schedule": { "kind": "every", "seconds": 3600, "anchor_at": "2026-11-21T13:00:00Z" },
    })
}

/// Sends a request as `alice`, with one more header.
pub async fn send_saying(
    bench: &Bench,
    method: Method,
    path: &str,
    (header, value): (&str, &str),
    body: Value,
) -> Answer {
    let (name, proof) = alice();
    let request = Request::builder().method(method).uri(path);
    let request = request
        .header(name, proof)
        .header("content-type", "application/json")
        .header(header, value)
        .body(match body {
            Value::Null => Body::empty(),
            body => Body::from(body.to_string()),
        });
    bench.call(request.unwrap()).await
}

async fn get(bench: &Bench, path: &str) -> Answer {
    bench.send(Method::GET, path, Value::Null).await
}

#[tokio::test]
async fn every_answer_that_shows_one_job_is_tagged_with_its_version() {
    let bench = Bench::new();
    let created = bench.send(Method::POST, "/v1/jobs", job()).await;
    assert_eq!(created.header("etag"), "\"1\"");
    let path = created.header("location");
    assert_eq!(get(&bench, &path).await.header("etag"), "\"1\"");
    for (method, suffix, body, tag) in [
        (Method::PUT, "", job(), "\"2\""),
        (Method::PATCH, "", json!({ "priority": 1 }), "\"3\""),
        (Method::POST, "/pause", Value::Null, "\"4\""),
        (Method::POST, "/resume", Value::Null, "\"5\""),
    ] {
        let answer = bench.send(method, &format!("{path}{suffix}"), body).await;
        assert_eq!(answer.header("etag"), tag, "{suffix}");
    }
    let id = path.rsplit('/').next().unwrap();
    let body = json!({ "job_id": id, "job_name": "m" });
    let updated = bench.send(Method::PUT, "/job/update", body).await;
    assert_eq!(updated.header("etag"), "\"6\"");
}

#[tokio::test]
async fn a_reader_who_has_the_version_is_spared_it() {
    let bench = Bench::new();
    let path = bench.created(job()).await;
    for (tags, expected) in [
        ("\"1\"", StatusCode::NOT_MODIFIED),
        ("W/\"1\"", StatusCode::NOT_MODIFIED),
        ("\"7\", \"1\"", StatusCode::NOT_MODIFIED),
        ("*", StatusCode::NOT_MODIFIED),
        ("\"2\"", StatusCode::OK),
        ("1", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let known = ("if-none-match", tags);
        let answer = send_saying(&bench, Method::GET, &path, known, Value::Null).await;
        assert_eq!(answer.status, expected, "{tags}");
        if expected == StatusCode::NOT_MODIFIED {
            assert_eq!(answer.header("etag"), "\"1\"");
            assert_eq!(answer.bytes, Vec::<u8>::new());
        }
    }
}

#[tokio::test]
async fn a_change_is_made_only_to_the_version_that_it_names() {
    for (method, suffix, body) in [
        (Method::PUT, "", job()),
        (Method::PATCH, "", json!({ "priority": 1 })),
        (Method::POST, "/pause", Value::Null),
        (Method::POST, "/resume", Value::Null),
        (Method::DELETE, "", Value::Null),
    ] {
        let bench = Bench::new();
        let path = bench.created(job()).await;
        bench
            .send(Method::PATCH, &path, json!({ "priority": 2 }))
            .await;
        let changed = format!("{path}{suffix}");
        let writes = bench.writes();
        for (tags, expected) in [
            ("\"1\"", StatusCode::PRECONDITION_FAILED),
            ("W/\"2\"", StatusCode::PRECONDITION_FAILED),
            ("\"02\", \"abc\"", StatusCode::PRECONDITION_FAILED),
            ("2", StatusCode::UNPROCESSABLE_ENTITY),
            ("", StatusCode::UNPROCESSABLE_ENTITY),
        ] {
            let only = ("if-match", tags);
            let answer = send_saying(&bench, method.clone(), &changed, only, body.clone()).await;
            assert_eq!(answer.status, expected, "{method} {suffix} {tags}");
            if expected == StatusCode::UNPROCESSABLE_ENTITY {
                assert_eq!(answer.body["field"], "If-Match");
            } else {
                assert_eq!(answer.body["type"], "/problems/precondition-failed");
                assert_eq!(answer.body["detail"], "the job is at version 2");
            }
        }
        assert_eq!(bench.writes(), writes, "{method} {suffix}");
        let only = ("if-match", "\"1\", \"2\"");
        let answer = send_saying(&bench, method.clone(), &changed, only, body).await;
        assert!(
            answer.status.is_success(),
            "{method} {suffix}: {}",
            answer.body
        );
        let any = ("if-match", "*");
        let again = send_saying(&bench, Method::DELETE, &path, any, Value::Null).await;
        assert_eq!(again.status, StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn the_briefs_changes_can_name_a_version_too() {
    let bench = Bench::new();
    let path = bench.created(job()).await;
    let id = path.rsplit('/').next().unwrap();
    let old = ("if-match", "\"7\"");
    let body = json!({ "job_id": id, "job_name": "m" });
    let answer = send_saying(&bench, Method::PUT, "/job/update", old, body).await;
    assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED);
    let answer = send_saying(
        &bench,
        Method::DELETE,
        &format!("/job/{id}"),
        old,
        Value::Null,
    )
    .await;
    assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED);
}
