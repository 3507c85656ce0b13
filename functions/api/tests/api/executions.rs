//! Executions and previews through the REST face.

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use punctual::domain::{AttemptTimes, Execution, ExecutionState, Stamp, TraceContext};
use serde_json::{Value, json};

use crate::support::{Bench, in_an_hour, large_result};

async fn hourly(bench: &Bench) -> String {
    let job = json!({
        "name": "n", "job_type": "echo",
        "schedule": { "kind": "every", "seconds": 3600 },
    });
    bench.created(job).await
}

#[tokio::test]
async fn an_execution_is_shown_to_its_jobs_owner_alone() {
    let bench = Bench::new();
    let job = hourly(&bench).await;
    let id = in_an_hour(&job);
    let fire_time = id.occasion.fire_time();
    bench.insert(Execution {
        attempt: 1,
        dispatched_at: Some(fire_time - TimeDelta::milliseconds(1_500)),
        started_at: Some(fire_time + TimeDelta::milliseconds(40)),
        ..Execution::new(id, ExecutionState::Succeeded, Stamp(1))
    });

    let path = format!("/v1/executions/{id}");
    let shown = bench.send(Method::GET, &path, Value::Null).await.body;
    for (field, expected) in [
        ("id", json!(id)),
        ("fire_time", json!("2026-11-21T13:00:00Z")),
        ("trigger", json!("schedule")),
        ("state", json!("succeeded")),
        ("started_at", json!("2026-11-21T13:00:00.040Z")),
        ("lateness_ms", json!(40)),
        ("scheduler_lag_ms", json!(-1_500)),
        ("errors", json!([])),
        ("cancel_requested", json!(false)),
    ] {
        assert_eq!(shown[field], expected, "{field}");
    }
    for inner in ["claim", "stamp", "lease_until", "user", "keep_until"] {
        assert!(shown.get(inner).is_none(), "{inner}");
    }
    let listed = bench
        .send(Method::GET, &format!("{job}/executions"), Value::Null)
        .await;
    assert_eq!(listed.body["items"], json!([shown]));

    let theirs = bench
        .send_as("mallory", Method::GET, &path, Value::Null)
        .await;
    let none = bench
        .send(Method::GET, "/v1/executions/x", Value::Null)
        .await;
    assert_eq!(theirs.status, StatusCode::NOT_FOUND);
    assert_eq!(theirs.body, none.body);
}

#[tokio::test]
async fn canceling_answers_by_how_far_the_execution_has_come() {
    for (state, status) in [
        (None, StatusCode::OK),
        (Some(ExecutionState::RetryWait), StatusCode::OK),
        (Some(ExecutionState::Running), StatusCode::ACCEPTED),
        (Some(ExecutionState::Succeeded), StatusCode::CONFLICT),
    ] {
        let bench = Bench::new();
        let id = in_an_hour(&hourly(&bench).await);
        if let Some(state) = state {
            bench.insert(Execution::new(id, state, Stamp(1)));
        }
        let path = format!("/v1/executions/{id}/cancel");
        let answer = bench.send(Method::POST, &path, Value::Null).await;
        assert_eq!(answer.status, status, "{state:?}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_preview_shows_fire_times_and_stores_nothing() {
    let bench = Bench::new();
    let preview = json!({
        "schedule": { "kind": "every", "seconds": 60, "anchor_at": "2026-11-21T12:00:00Z" },
        "count": 2, "from": "2026-11-21T12:00:30Z",
    });
    let answer = bench
        .send(Method::POST, "/v1/schedules/preview", preview)
        .await;
    let at = |minute: u8| {
        let instant = format!("2026-11-21T12:0{minute}:00");
        json!({
            "utc": format!("{instant}Z"),
            "local": format!("{instant}+00:00"),
            "nominal": format!("{instant}Z"),
        })
    };
    let expected = json!({
        "description": "Every minute from 2026-11-21T12:00:00Z on",
        "schedule": { "kind": "every", "seconds": 60, "anchor_at": "2026-11-21T12:00:00Z" },
        "timezone": "UTC",
        "spread": null,
        "fire_times": [at(1), at(2)],
        "clock_changes": [],
    });
    assert_eq!(answer.body, expected);
    assert_eq!(bench.writes(), 0);
    for (field, value) in [
        ("count", json!(0)),
        ("count", json!(101)),
        ("from", json!("+262142-12-31T23:59:59Z")),
        ("from", json!("tomorrow")),
        ("until", json!(1)),
    ] {
        let mut preview = json!({ "schedule": { "kind": "every", "seconds": 60 } });
        preview[field] = value;
        let answer = bench
            .send(Method::POST, "/v1/schedules/preview", preview)
            .await;
        assert_eq!(answer.body["field"], field, "{}", answer.body);
    }
    assert_eq!(bench.writes(), 0);
}

#[tokio::test]
async fn a_link_leads_to_the_result_that_the_record_has_no_room_for() {
    let bench = Bench::new();
    let id = in_an_hour(&hourly(&bench).await);
    let record = Execution {
        output: Some(json!("the beginning")),
        ..Execution::new(id, ExecutionState::Succeeded, Stamp(1))
    };
    bench.insert(record.clone());
    let path = format!("/v1/executions/{id}");
    let to_result = format!("{path}/result");
    let shown = bench.send(Method::GET, &path, Value::Null).await.body;
    assert_eq!(
        (&shown["truncated"], &shown["result"]),
        (&json!(false), &Value::Null)
    );
    let none = bench.send(Method::GET, &to_result, Value::Null).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);

    let result = large_result(id);
    bench.insert(Execution {
        result: Some(result.clone()),
        ..record.clone()
    });
    let shown = bench.send(Method::GET, &path, Value::Null).await.body;
    let described = json!({ "bytes": 2_000, "content_type": "text/plain", "cut": false });
    assert_eq!(
        (&shown["truncated"], &shown["result"]),
        (&json!(true), &described)
    );
    let link = bench.send(Method::GET, &to_result, Value::Null).await;
    let url = format!("https://results.example/{}", result.key.as_str());
    let expected =
        json!({ "url": url, "expires_at": "2026-11-21T12:05:00.250Z", "result": described });
    assert_eq!((link.status, link.body), (StatusCode::OK, expected));

    bench.insert(Execution {
        result_lost: true,
        ..record
    });
    let shown = bench.send(Method::GET, &path, Value::Null).await.body;
    assert_eq!(
        (&shown["truncated"], &shown["result_lost"]),
        (&json!(true), &json!(true))
    );
}

#[tokio::test]
async fn the_times_of_each_attempt_are_shown_and_the_trace_of_the_last() {
    let bench = Bench::new();
    let id = in_an_hour(&hourly(&bench).await);
    let at = id.occasion.fire_time();
    let times = |attempt: u32| {
        let at = at + TimeDelta::minutes(attempt.into());
        AttemptTimes {
            attempt,
            dispatched_at: at - TimeDelta::milliseconds(900),
            claimed_at: at + TimeDelta::milliseconds(5),
            started_at: at + TimeDelta::milliseconds(9),
            ended_at: at + TimeDelta::milliseconds(120),
        }
    };
    let blank = Execution {
        attempt: 7,
        ..Execution::new(id, ExecutionState::Succeeded, Stamp(1))
    };
    bench.insert((1..=7).map(times).fold(blank, Execution::timed));
    let path = format!("/v1/executions/{id}");
    let shown = bench.send(Method::GET, &path, Value::Null).await.body;
    let timings = shown["timings"].as_array().unwrap();
    let attempts: Vec<_> = timings
        .iter()
        .map(|one| one["attempt"].as_u64().unwrap())
        .collect();
    assert_eq!(attempts, [3, 4, 5, 6, 7], "the last five");
    let expected = json!({
        "attempt": 7,
        "dispatched_at": "2026-11-21T13:06:59.100Z",
        "claimed_at": "2026-11-21T13:07:00.005Z",
        "started_at": "2026-11-21T13:07:00.009Z",
        "ended_at": "2026-11-21T13:07:00.120Z",
    });
    assert_eq!(timings[4], expected);
    let trace = TraceContext::of_attempt(id, None, 7).trace_id();
    assert_eq!(shown["trace_id"], json!(trace));
    assert_eq!(shown["expires_at"], "2026-12-21T13:00:00Z");
}
