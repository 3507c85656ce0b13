//! Holds as operators ask for them, and what they keep from workers outside.

use axum::http::Method;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::issuer::token;
use crate::support::{Answer, Bench, in_an_hour, offered};

const HOLDS: &str = "/v1/admin/holds";

async fn ask(bench: &Bench, method: Method, path: &str, body: Value) -> Answer {
    let operator = token("otto", "operator");
    bench.send_with(&operator, method, path, body).await
}

fn hold(kind: &str, value: &str) -> Value {
    json!({ "kind": kind, "value": value, "note": "the bank is down" })
}

async fn placed(bench: &Bench, body: Value) -> Value {
    let answer = ask(bench, Method::POST, HOLDS, body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let id = answer.body["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), format!("{HOLDS}/{id}"));
    answer.body
}

#[tokio::test]
async fn a_hold_is_shown_as_it_was_placed_with_its_host_in_one_spelling() {
    let bench = Bench::new();
    let mut body = hold("target_host", "Example.COM");
    body["release_per_minute"] = json!(60);
    let shown = placed(&bench, body).await;
    let expected = json!({
        "id": shown["id"], "kind": "target_host", "value": "example.com",
        "note": "the bank is down", "by": "otto", "state": "holding",
        "placed_at": "2026-11-21T12:00:00.250Z", "until": "2026-11-28T12:00:00.250Z",
        "release_per_minute": 60, "lifted_at": null, "held": 0, "held_is_more": false,
        "oldest_fire_time": null, "released": 0,
    });
    assert_eq!(shown, expected);
    let path = format!("{HOLDS}/{}", shown["id"].as_str().unwrap());
    let again = ask(&bench, Method::GET, &path, Value::Null).await;
    assert_eq!(again.body, expected);
    let list = ask(&bench, Method::GET, HOLDS, Value::Null).await;
    assert_eq!(list.body["items"], json!([expected]));
}

#[tokio::test]
async fn what_cannot_be_held_is_refused_and_the_field_is_named() {
    let bench = Bench::new();
    let with = |field: &str, value: Value| {
        let mut body = hold("user", "alice");
        body[field] = value;
        body
    };
    for (body, field) in [
        (hold("target_host", "https://example.com"), "value"),
        (hold("target_host", "example.com:80"), "value"),
        (hold("target_host", ""), "value"),
        (hold("job_type", "nothing"), "value"),
        (hold("user", "a b"), "value"),
        (hold("everything", "x"), "kind"),
        (with("note", json!("")), "note"),
        (with("note", json!("a\nb")), "note"),
        (with("note", json!("n".repeat(201))), "note"),
        (with("until", json!("2026-11-21T12:00:00Z")), "until"),
        (with("until", json!("2026-11-28T12:00:01Z")), "until"),
        (with("until", json!("soon")), "until"),
        (with("release_per_minute", json!(0)), "release_per_minute"),
        (
            with("release_per_minute", json!(10_001)),
            "release_per_minute",
        ),
        (with("forever", json!(true)), "forever"),
    ] {
        let answer = ask(&bench, Method::POST, HOLDS, body.clone()).await;
        assert_eq!(answer.status, 422, "{body} {}", answer.body);
        assert_eq!(answer.body["field"], field, "{body} {}", answer.body);
    }
    assert_eq!(bench.writes(), 0);
}

#[tokio::test]
async fn a_release_says_either_a_rate_or_at_once() {
    let bench = Bench::new();
    let shown = placed(&bench, hold("user", "alice")).await;
    let release = format!("{HOLDS}/{}/release", shown["id"].as_str().unwrap());
    for body in [
        json!({}),
        json!({ "at_once": false }),
        json!({ "per_minute": 5, "at_once": true }),
        json!({ "per_minute": 0 }),
        json!({ "per_minute": 10_001 }),
        json!({ "per_minute": -1 }),
        json!({ "slowly": true }),
    ] {
        let answer = ask(&bench, Method::POST, &release, body.clone()).await;
        assert_eq!(answer.status, 422, "{body} {}", answer.body);
    }
    let answer = ask(&bench, Method::POST, &release, json!({ "at_once": true })).await;
    assert_eq!(answer.body["state"], "lifted");
    let answer = ask(&bench, Method::POST, &release, json!({ "per_minute": 5 })).await;
    assert_eq!(answer.status, 409);
}

#[tokio::test]
async fn a_hold_that_is_not_there_is_not_found() {
    let bench = Bench::new();
    let none = format!("{HOLDS}/20261121T120000123Z_0badcafe");
    for (method, path, body) in [
        (Method::GET, none.clone(), Value::Null),
        (Method::DELETE, none.clone(), Value::Null),
        (Method::POST, format!("{none}/pause"), Value::Null),
        (
            Method::POST,
            format!("{none}/release"),
            json!({ "at_once": true }),
        ),
        (Method::GET, format!("{HOLDS}/x"), Value::Null),
    ] {
        let answer = ask(&bench, method.clone(), &path, body).await;
        assert_eq!(answer.status, 404, "{method} {path}");
    }
}

#[tokio::test]
async fn there_are_a_hundred_holds_at_most() {
    let bench = Bench::new();
    for _ in 0..100 {
        placed(&bench, hold("user", "alice")).await;
    }
    let answer = ask(&bench, Method::POST, HOLDS, hold("user", "bob")).await;
    assert_eq!(answer.status, 409, "{}", answer.body);
}

#[tokio::test]
async fn what_is_offered_is_not_handed_out_while_it_is_held() {
    let bench = Bench::new();
    let job = json!({
        "name": "n", "job_type": "pull", "payload": { "work": "resize-images" },
        "schedule": { "kind": "every", "seconds": 3600 },
    });
    let path = bench.created(job).await;
    let execution = in_an_hour(&path);
    bench.offer(&offered(execution, "alice", 5));
    let request = json!({ "name": "w", "works": ["resize-images"] });
    let worker = bench.send(Method::POST, "/v1/workers", request).await;
    let poll = format!("/v1/workers/{}/poll", worker.body["id"].as_str().unwrap());
    let hold = placed(&bench, hold("user", "alice")).await;
    bench.advance(TimeDelta::seconds(4));
    let handed = bench
        .send(Method::POST, &poll, json!({ "wait_seconds": 0 }))
        .await;
    assert_eq!(
        (handed.status.as_u16(), &handed.body["executions"]),
        (200, &json!([]))
    );
    let path = format!("/v1/executions/{execution}");
    let shown = bench.send(Method::GET, &path, Value::Null).await.body;
    assert_eq!(
        (&shown["state"], &shown["attempt"]),
        (&json!("held"), &json!(0))
    );
    assert_eq!(shown["hold"]["id"], hold["id"]);
    assert_eq!(bench.store().waiting(), 1);
    let path = format!("{HOLDS}/{}", hold["id"].as_str().unwrap());
    let shown = ask(&bench, Method::GET, &path, Value::Null).await.body;
    assert_eq!(shown["held"], 1);
}
