//! What gives way under pressure, and what never does.

use axum::http::Method;
use chrono::TimeDelta;
use punctual::domain::{Breaker, Level, Pressure};
use punctual::port::Gauges;
use punctual_api::access::TABLE;
use serde_json::{Value, json};

use crate::support::issuer::token;
use crate::support::{Bench, now};

fn job() -> Value {
    json!({ "name": "n", "job_type": "echo", "priority": 9, "schedule": { "kind": "every", "seconds": 3600 } })
}

async fn press(bench: &Bench, level: Level) {
    let pressure = Pressure {
        level,
        ..Pressure::calm(now())
    };
    bench.store().keep_pressure(&pressure).await.unwrap();
}

async fn statuses(bench: &Bench, path: &str) -> [u16; 4] {
    let mut found = [0; 4];
    let asked = [
        (Method::GET, path.to_owned(), Value::Null),
        (Method::GET, format!("{path}/occurrences"), Value::Null),
        (Method::GET, format!("{path}/executions"), Value::Null),
        (Method::POST, "/v1/jobs".to_owned(), job()),
    ];
    for (status, (method, path, body)) in found.iter_mut().zip(asked) {
        *status = bench.send(method, &path, body).await.status.as_u16();
    }
    found
}

#[tokio::test]
async fn history_gives_way_before_creates_do_and_jobs_can_always_be_read() {
    for (level, expected) in [
        (Level::Calm, [200, 200, 200, 201]),
        (Level::LowShed, [200, 200, 200, 201]),
        (Level::NormalShed, [200, 503, 503, 201]),
        (Level::CreatesRefused, [200, 503, 503, 503]),
    ] {
        let bench = Bench::new();
        let path = bench.created(job()).await;
        bench.advance(TimeDelta::seconds(10));
        press(&bench, level).await;
        assert_eq!(statuses(&bench, &path).await, expected, "{level:?}");
    }
}

#[tokio::test]
async fn a_refusal_says_why_and_when_to_come_back() {
    let bench = Bench::new();
    press(&bench, Level::CreatesRefused).await;
    let answer = bench.send(Method::POST, "/v1/jobs", job()).await;
    assert_eq!(answer.body["type"], "/problems/overloaded");
    assert_eq!(answer.header("retry-after"), "60");
    assert_eq!(answer.body["retry_after_seconds"], 60);
}

#[tokio::test]
async fn what_was_concluded_long_ago_refuses_nobody() {
    let bench = Bench::new();
    press(&bench, Level::CreatesRefused).await;
    bench.advance(TimeDelta::minutes(5));
    let answer = bench.send(Method::POST, "/v1/jobs", job()).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
}

#[tokio::test]
async fn every_route_that_gives_way_is_a_route() {
    let listed = |method: &Method, path: &str| {
        TABLE
            .iter()
            .any(|row| row.method == *method && row.path == path)
    };
    for (method, path, _) in punctual_api::yielding::TABLE {
        assert!(listed(&method, path), "{method} {path}");
    }
}

#[tokio::test]
async fn operators_see_the_level_and_the_bands() {
    let bench = Bench::new();
    let mut pressure = Pressure {
        level: Level::LowShed,
        ..Pressure::calm(now())
    };
    pressure.bands.low.breaker = Breaker::Open { since: now() };
    bench.store().keep_pressure(&pressure).await.unwrap();
    let operator = token("otto", "operator");
    let path = "/v1/admin/pressure";
    let answer = bench
        .send_with(&operator, Method::GET, path, Value::Null)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["level"], "low_shed");
    let low = json!({
        "breaker": { "state": "open", "since": "2026-11-21T12:00:00.250Z" },
        "capacity_per_minute": 600, "ready": 0, "in_flight": 0, "delayed": 0,
        "deferred": 0, "deferred_is_more": false, "oldest_deferred": null,
    });
    assert_eq!(answer.body["low"], low);
    assert_eq!(answer.body["high"]["breaker"], json!({ "state": "closed" }));
}

#[tokio::test]
async fn a_run_asked_for_waits_if_its_priority_is_shed_and_an_urgent_one_never_does() {
    for (priority, deferred) in [(9, 1), (5, 1), (3, 0), (1, 0)] {
        let bench = Bench::new();
        let mut job = job();
        job["priority"] = json!(priority);
        let path = bench.created(job).await;
        press(&bench, Level::NormalShed).await;
        bench.advance(TimeDelta::seconds(10));
        let run = format!("{path}/run");
        let answer = bench.send(Method::POST, &run, Value::Null).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        assert_eq!(bench.store().waiting(), deferred, "{priority}");
    }
}
