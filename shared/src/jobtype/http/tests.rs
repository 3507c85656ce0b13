//! What a payload may say, by table; which headers go where.

use serde_json::{Value, json};

use super::*;
use crate::domain::{ExecutionId, JobId, Perimeter, TraceContext, UserId};
use crate::jobtype::{Doors, Registry};

fn registry(perimeter: Perimeter) -> Registry {
    Registry::standard(Doors::closed(Outbound::within(perimeter).unwrap()))
}

fn refused(payload: &Value) -> Option<String> {
    let refused = registry(Perimeter::public()).validate("http", payload);
    refused.err().map(|invalid| invalid.field)
}

#[test]
fn what_is_wrong_with_a_payload_is_named() {
    let with = |name: &str, value: Value| {
        let mut payload = json!({ "url": "https://example.com/hook" });
        payload[name] = value;
        payload
    };
    for (payload, field) in [
        (with("method", json!("PATCH")), None),
        (with("method", json!("CONNECT")), Some("payload.method")),
        (with("url", json!("http://127.0.0.1/")), Some("payload.url")),
        (
            with("url", json!("http://[::ffff:a00:1]/")),
            Some("payload.url"),
        ),
        (with("url", json!("http://localhost/")), Some("payload.url")),
        (
            with("url", json!("https://example.com:22/")),
            Some("payload.url"),
        ),
        (
            with("url", json!("https://169.254.169.254/{{attempt}}")),
            Some("payload.url"),
        ),
        (
            with("url", json!("https://a:b@example.com/")),
            Some("payload.url"),
        ),
        (with("follow_redirects", json!(5)), None),
        (
            with("follow_redirects", json!(6)),
            Some("payload.follow_redirects"),
        ),
        (
            with("follow_redirects", json!(-1)),
            Some("payload.follow_redirects"),
        ),
        (
            with("follow_redirects", json!(true)),
            Some("payload.follow_redirects"),
        ),
        (with("expected_statuses", json!(["2xx", 404])), None),
        (
            with("expected_statuses", json!([200, "abc"])),
            Some("payload.expected_statuses[1]"),
        ),
        (
            with("expected_statuses", json!("2xx")),
            Some("payload.expected_statuses"),
        ),
        (
            with("expected_statuses", json!(["{{attempt}}"])),
            Some("payload.expected_statuses[0]"),
        ),
        (with("retry_on", json!(["timeout", "dns", 404])), None),
        (
            with("retry_on", json!(["sometimes"])),
            Some("payload.retry_on[0]"),
        ),
        (with("no_retry_on", json!(["5xx", "broken"])), None),
        (
            with("no_retry_on", json!(["2xx"])),
            Some("payload.no_retry_on[0]"),
        ),
        (with("result", json!({ "order": "/data/id" })), None),
        (with("result", json!({})), Some("payload.result")),
        (
            with("result", json!({ "order": "data" })),
            Some("payload.result.order"),
        ),
        (
            with("result", json!({ "order": "/{{attempt}}" })),
            Some("payload.result.order"),
        ),
        (
            with("result", json!({ "order": 7 })),
            Some("payload.result.order"),
        ),
        (with("keep_headers", json!(["ETag"])), None),
        (
            with("keep_headers", json!(["Set-Cookie"])),
            Some("payload.keep_headers[0]"),
        ),
        (
            with("keep_headers", json!(vec!["etag"; 6])),
            Some("payload.keep_headers"),
        ),
        (with("cookies", json!({})), Some("payload.cookies")),
    ] {
        assert_eq!(refused(&payload).as_deref(), field, "{payload}");
    }
}

#[test]
fn what_a_deployment_has_opened_its_jobs_may_name() {
    let loopback = "127.0.0.0/8".parse().unwrap();
    let payload = json!({ "url": "http://127.0.0.1:4566/" });
    let here = registry(Perimeter::public().opened_to([loopback]));
    assert_eq!(here.validate("http", &payload), Ok(()));
    assert_eq!(refused(&payload).as_deref(), Some("payload.url"));
}

#[test]
fn the_target_of_a_job_is_known_before_its_payload_is_filled() {
    let registry = registry(Perimeter::public());
    let payload = json!({
        "url": "https://API.example.com./orders/{{fire_time}}?no={{attempt}}",
        "headers": { "Authorization": { "secret": "key" } },
    });
    let destination = registry.destination("http", &payload).unwrap();
    assert_eq!(destination.to_string(), "api.example.com:443");
    let host = registry.target_host("http", &payload);
    assert_eq!(host.as_deref(), Some("api.example.com"));
    for (job_type, payload) in [
        ("echo", json!({ "url": "https://example.com/" })),
        ("unknown", json!({ "url": "https://example.com/" })),
        ("http", json!({ "url": "example.com" })),
        ("http", json!({ "url": 7 })),
        ("http", json!({})),
    ] {
        assert_eq!(registry.target_host(job_type, &payload), None, "{payload}");
    }
}

#[test]
fn credentials_and_signatures_are_for_the_first_host_only() {
    let fire_time = "2026-11-21T12:00:00Z".parse().unwrap();
    let execution = ExecutionId::scheduled(JobId::from_random(7), fire_time);
    let attempt = Attempt {
        execution,
        user: UserId::new("alice").unwrap(),
        number: 2,
        fire_time,
        started_at: fire_time,
        deadline: fire_time + chrono::TimeDelta::seconds(30),
        trace: TraceContext::of_attempt(execution, None, 2),
    };
    let payload: Payload = serde_json::from_value(json!({
        "url": "https://example.com/",
        "headers": { "Accept": "text/plain", "X-Any": "1", "Authorization": "Bearer x" },
        "body": { "a": 1 },
        "sign": { "keys": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] },
    }))
    .unwrap();
    let call = call(&attempt, &payload).unwrap();
    let names = |headers: &HeaderMap| {
        let mut names: Vec<_> = headers.keys().map(ToString::to_string).collect();
        names.sort();
        names
    };
    let carried = [
        "accept",
        "content-type",
        "idempotency-key",
        "punctual-attempt",
        "punctual-fire-time",
        "traceparent",
    ];
    assert_eq!(names(call.request.headers()), carried);
    let confided = [
        "authorization",
        "webhook-id",
        "webhook-signature",
        "webhook-timestamp",
        "x-any",
    ];
    assert_eq!(names(&call.confided), confided);
    assert_eq!(call.request.timeout(), Some(&Duration::from_millis(29_950)));
}

#[test]
fn a_trace_header_of_the_owner_s_own_is_left_alone() {
    let fire_time = "2026-11-21T12:00:00Z".parse().unwrap();
    let execution = ExecutionId::scheduled(JobId::from_random(7), fire_time);
    let attempt = Attempt {
        execution,
        user: UserId::new("alice").unwrap(),
        number: 1,
        fire_time,
        started_at: fire_time,
        deadline: fire_time,
        trace: TraceContext::of_attempt(execution, None, 1),
    };
    let theirs = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let payload: Payload = serde_json::from_value(json!({
        "url": "https://example.com/", "headers": { "Traceparent": theirs },
    }))
    .unwrap();
    let call = call(&attempt, &payload).unwrap();
    assert_eq!(call.request.headers().get("traceparent"), None);
    let confided: Vec<_> = call.confided.get_all("traceparent").iter().collect();
    assert_eq!(confided, [theirs]);
}

#[test]
fn a_target_may_say_when_it_wants_to_be_asked_again() {
    let asked_at = "2026-11-21T12:00:00Z".parse().unwrap();
    for (text, expected) in [
        ("120", Some(120)),
        (" 0 ", Some(0)),
        ("99999999999999999999", Some(i64::from(u32::MAX))),
        ("Sat, 21 Nov 2026 12:01:00 GMT", Some(60)),
        ("Sat, 21 Nov 2026 11:00:00 GMT", Some(0)),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
    ] {
        let value = HeaderValue::try_from(text).unwrap();
        let headers = HeaderMap::from_iter([(RETRY_AFTER, value)]);
        let pause = pause_asked_for(&headers, asked_at);
        assert_eq!(pause.map(|pause| pause.num_seconds()), expected, "{text}");
    }
    assert_eq!(pause_asked_for(&HeaderMap::new(), asked_at), None);
}
