//! What cannot be accepted is refused with the status and the field that say why, and nothing is written.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, Bench, alice};

async fn post(bench: &Bench, path: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post(path)
        .header(alice().0, alice().1)
        .header("content-type", "application/json")
        .body(body.into())
        .unwrap();
    bench.call(request).await
}

/// A job that would be accepted, with `part` laid over it.
fn job_with(part: Value) -> Value {
    let mut job = json!({
        "name": "n", "job_type": "echo",
        "schedule": { "kind": "every", "seconds": 60 },
    });
    for (key, value) in part.as_object().unwrap() {
        job[key] = value.clone();
    }
    job
}

fn assert_problem(answer: &Answer, status: u16, field: Option<&str>, about: &str) {
    assert_eq!(answer.status.as_u16(), status, "{about}: {}", answer.body);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.body["status"], status, "{about}");
    assert_eq!(
        answer.body["field"].as_str(),
        field,
        "{about}: {}",
        answer.body
    );
}

#[tokio::test]
async fn a_body_that_is_not_one_json_object_is_malformed() {
    let bench = Bench::new();
    let deep = "[".repeat(10_000);
    for body in [
        "",
        "{",
        "garbage",
        "[]",
        "null",
        "{} {}",
        r#"{"name": "\ud800"}"#,
        &deep,
    ] {
        let answer = post(&bench, "/v1/jobs", body.to_owned()).await;
        assert_problem(&answer, 400, None, body);
    }
    let answer = post(&bench, "/v1/jobs", b"{\"name\": \"\xff\"}".to_vec()).await;
    assert_problem(&answer, 400, None, "not UTF-8");
    assert_eq!(bench.writes(), 0);
}

#[tokio::test]
async fn a_field_that_cannot_be_accepted_is_named_by_its_full_path() {
    let bench = Bench::new();
    for (part, field) in [
        (json!({"nmae": "x"}), "nmae"),
        (json!({"name": 7}), "name"),
        (json!({"name": ""}), "name"),
        (json!({"job_type": "fax"}), "job_type"),
        (json!({"retry": {"max_retry": 3}}), "retry.max_retry"),
        (json!({"retry": {"max_retries": "3"}}), "retry.max_retries"),
        (json!({"retry": {"max_retries": 21}}), "retry.max_retries"),
        (json!({"misfire": {"policy": "often"}}), "misfire.policy"),
        (
            json!({"misfire": {"catch_up_window_seconds": 1}}),
            "misfire.catch_up_window_seconds",
        ),
        (json!({"priority": 11}), "priority"),
        (json!({"timeout_seconds": 841}), "timeout_seconds"),
        (
            json!({"job_type": "pull", "payload": {"work": "w"}, "max_concurrency": 1}),
            "max_concurrency",
        ),
        (
            json!({"job_type": "pull", "payload": {"work": "w"}, "rate_per_minute": 1}),
            "rate_per_minute",
        ),
        (
            json!({"job_type": "pull", "payload": {"work": "w"}, "concurrency_key": "crm"}),
            "concurrency_key",
        ),
        (
            json!({"notify": {"webhook_url": "ftp://x"}}),
            "notify.webhook_url",
        ),
        (json!({"notify": {}}), "notify.channels"),
        (
            json!({"notify": {"channels": [{"kind": "slack", "url": "https://hooks.slack.com/services/T0/B0/x"}]}}),
            "notify.channels[0].url",
        ),
        (
            json!({"notify": {"channels": [{"kind": "slack", "url": {"secret": "../x"}}]}}),
            "notify.channels[0].url",
        ),
        (
            json!({"notify": {"channels": [{"kind": "webhook", "url": "https://example.com/", "sign": {"keys": []}}]}}),
            "notify.channels[0].sign.keys",
        ),
        (json!({"schedule": {}}), "schedule.kind"),
        (json!({"schedule": {"kind": "hourly"}}), "schedule.kind"),
        (json!({"schedule": {"kind": "every"}}), "schedule.seconds"),
        (
            json!({"schedule": {"kind": "every", "seconds": "60"}}),
            "schedule.seconds",
        ),
        (
            json!({"schedule": {"kind": "every", "seconds": 9}}),
            "schedule.seconds",
        ),
        (
            json!({"schedule": {"kind": "every", "seconds": 60, "every": 1}}),
            "schedule.every",
        ),
        (
            json!({"schedule": {"kind": "once", "at": "tomorrow"}}),
            "schedule.at",
        ),
        (
            json!({"schedule": {"kind": "once", "at": "2026-11-21T11:00:00Z"}}),
            "schedule.at",
        ),
        (
            json!({"schedule": {"kind": "once", "at": "+262142-12-31T23:59:59Z"}}),
            "schedule.at",
        ),
        (
            json!({"schedule": {"kind": "cron", "expression": "61 * * * *"}}),
            "schedule.expression",
        ),
        (
            json!({"schedule": {"kind": "cron", "expression": "0 0 30 2 *"}}),
            "schedule.expression",
        ),
        (
            json!({"schedule": {"kind": "cron", "expression": "0 0 * * *", "timezone": "Mars"}}),
            "schedule.timezone",
        ),
        (json!({"job_type": "http", "payload": {}}), "payload.url"),
        (
            json!({"job_type": "http", "payload": {"url": "file:///etc/passwd"}}),
            "payload.url",
        ),
        (
            json!({"job_type": "http", "payload": {"url": "http://x", "verb": "GET"}}),
            "payload.verb",
        ),
        (json!({"payload": "x".repeat(257 * 1024)}), "payload"),
    ] {
        let answer = post(&bench, "/v1/jobs", job_with(part).to_string()).await;
        assert_problem(&answer, 422, Some(field), field);
        assert_eq!(answer.body["errors"][0]["field"], field);
    }
    assert_eq!(bench.writes(), 0);
}

#[tokio::test]
async fn a_key_that_is_given_twice_is_refused_by_its_path() {
    let bench = Bench::new();
    for (body, field) in [
        (r#"{"name": "a", "name": "b"}"#, "name"),
        (
            r#"{"payload": {"a": [{"b": 1, "b": 2}]}}"#,
            "payload.a[0].b",
        ),
    ] {
        let answer = post(&bench, "/v1/jobs", body).await;
        assert_problem(&answer, 422, Some(field), body);
    }
}

#[tokio::test]
async fn the_brief_is_refused_in_its_own_names() {
    let bench = Bench::new();
    let body = |part: Value| {
        let mut body = json!({
            "job_name": "n", "job_type": "echo", "job_schedule_type": "ONCE",
            "job_schedule": { "year": 2027, "month": 1, "date": 1 },
        });
        for (key, value) in part.as_object().unwrap() {
            body[key] = value.clone();
        }
        body.to_string()
    };
    for (part, field) in [
        (json!({"name": "n"}), "name"),
        (json!({"job_name": ""}), "job_name"),
        (json!({"job_schedule_type": "DAILY"}), "job_schedule_type"),
        (
            json!({"job_schedule": {"year": 2027, "month": 1, "date": 1, "hour": "9"}}),
            "job_schedule.hour",
        ),
        (
            json!({"job_schedule": {"year": 2027, "month": 1, "date": 1, "second": 9}}),
            "job_schedule.second",
        ),
        (
            json!({"job_schedule": {"year": 2027, "month": 1, "date": 1, "hour": 25}}),
            "job_schedule.hour",
        ),
    ] {
        let answer = post(&bench, "/job/create", body(part)).await;
        assert_problem(&answer, 422, Some(field), field);
    }
    assert_eq!(bench.writes(), 0);
}

#[tokio::test]
async fn query_parameters_that_are_unknown_or_out_of_range_are_refused() {
    let bench = Bench::new();
    for (query, parameter) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("status=done", "status"),
        ("state=active", "state"),
        ("limit=1&limit=2", "limit"),
        ("cursor=garbage", "cursor"),
    ] {
        for path in ["/v1/jobs", "/job"] {
            let path = format!("{path}?{query}");
            let answer = bench.send(Method::GET, &path, Value::Null).await;
            assert_problem(&answer, 400, Some(parameter), &path);
        }
    }
}

#[tokio::test]
async fn what_the_router_itself_refuses_is_a_problem_document_too() {
    let bench = Bench::new();
    let answer = bench.send(Method::GET, "/v2/jobs", Value::Null).await;
    assert_problem(&answer, 404, None, "unknown path");
    let answer = bench.send(Method::PUT, "/v1/jobs", json!({})).await;
    assert_problem(&answer, 405, None, "wrong method");
    assert!(answer.header("allow").contains("POST"));
    let answer = bench.send(Method::GET, "/v1/jobs/%ff", Value::Null).await;
    assert_problem(&answer, 404, None, "an id that is not text");

    let request = Request::post("/v1/jobs").header(alice().0, alice().1);
    let answer = bench.call(request.body(Body::from("{}")).unwrap()).await;
    assert_problem(&answer, 415, None, "no content type");

    let long = format!("\"{}\"", "x".repeat(400 * 1024));
    let answer = post(&bench, "/v1/jobs", long).await;
    assert_problem(&answer, 413, None, "too long");
}

#[tokio::test]
async fn nothing_but_the_health_check_answers_a_caller_without_a_name() {
    let bench = Bench::new();
    for path in ["/v1/jobs", "/v1/jobs/x", "/v1/executions/x", "/job"] {
        let answer = bench
            .call(Request::get(path).body(Body::empty()).unwrap())
            .await;
        assert_problem(&answer, 401, None, path);
    }
    for user in ["", "two words"] {
        let answer = bench
            .send_as(user, Method::GET, "/v1/jobs", Value::Null)
            .await;
        assert_problem(&answer, 401, None, user);
    }
    let answer = bench
        .call(Request::get("/healthz").body(Body::empty()).unwrap())
        .await;
    assert_eq!(answer.status, StatusCode::OK);
}
