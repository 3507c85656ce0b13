//! Partial changes: what a patch leaves out stays, what it removes gets its default, and a schedule keeps its kind.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, Bench};

async fn patched(job: Value, patch: Value) -> Answer {
    let bench = Bench::new();
    let location = bench.created(job).await;
    let writes = bench.writes();
    let answer = bench.send(Method::PATCH, &location, patch).await;
    if answer.status.is_client_error() {
        assert_eq!(bench.writes(), writes);
    }
    answer
}

fn job() -> Value {
    json!({
        "name": "n", "job_type": "echo", "payload": { "a": 1, "b": { "c": 2, "d": 3 } }, "priority": 2,
        "schedule": { "kind": "every", "seconds": 60, "anchor_at": "2026-11-21T12:00:07Z" },
        "retry": { "max_retries": 7 }, "notify": { "webhook_url": "https://example.com/" },
    })
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_nothing_else() {
    for (patch, field, expected) in [
        (json!({}), "priority", json!(2)),
        (json!({ "name": "m" }), "priority", json!(2)),
        (json!({ "priority": null }), "priority", json!(5)),
        (json!({ "notify": null }), "notify", Value::Null),
        (
            json!({ "retry": { "backoff_seconds": 5 } }),
            "retry",
            json!({ "max_retries": 7, "backoff_seconds": 5, "max_backoff_seconds": 3_600 }),
        ),
        (
            json!({ "payload": { "a": null, "b": { "c": [4] } } }),
            "payload",
            json!({ "b": { "c": [4], "d": 3 } }),
        ),
        (json!({ "payload": [1] }), "payload", json!([1])),
    ] {
        let answer = patched(job(), patch.clone()).await;
        assert_eq!(answer.status, StatusCode::OK, "{patch}: {}", answer.body);
        assert_eq!(answer.body[field], expected, "{patch}");
    }
}

#[tokio::test]
async fn a_channel_is_patched_to_a_secret_and_is_shown_by_its_name() {
    let sign = json!({ "keys": [{ "secret": "sm:new" }, { "secret": "old" }] });
    let channels = json!([
        { "kind": "slack", "url": { "secret": "team" } },
        { "kind": "webhook", "url": { "secret": "hook" }, "sign": sign },
    ]);
    let patch = json!({ "notify": { "webhook_url": null, "channels": channels } });
    let answer = patched(job(), patch).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(
        answer.body["notify"],
        json!({ "on": ["failed", "dead"], "channels": channels })
    );
}

#[tokio::test]
async fn a_schedule_merges_into_its_own_kind_and_is_replaced_by_another() {
    for (patch, next) in [
        (json!({ "seconds": 30 }), "2026-11-21T12:00:07Z"),
        (
            json!({ "kind": "every", "seconds": 30 }),
            "2026-11-21T12:00:07Z",
        ),
        (
            json!({ "kind": "once", "at": "2027-01-01T00:00:00Z" }),
            "2027-01-01T00:00:00Z",
        ),
    ] {
        let answer = patched(job(), json!({ "schedule": patch })).await;
        assert_eq!(answer.status, StatusCode::OK, "{patch}: {}", answer.body);
        assert_eq!(answer.body["next_fire_at"], next, "{patch}");
    }
}

#[tokio::test]
async fn a_patched_schedule_keeps_its_time_zone() {
    let berlin = "Europe/Berlin";
    for (schedule, patch, next) in [
        (
            json!({ "kind": "cron", "expression": "0 8 * * *", "timezone": berlin }),
            json!({ "expression": "0 9 * * *" }),
            "2026-11-22T09:00:00+01:00",
        ),
        (
            json!({ "kind": "once", "local": "2027-07-01T08:00:00", "timezone": berlin }),
            json!({ "local": "2027-07-01T09:00:00" }),
            "2027-07-01T09:00:00+02:00",
        ),
    ] {
        let job = json!({ "name": "n", "job_type": "echo", "schedule": schedule });
        let answer = patched(job, json!({ "schedule": patch })).await;
        assert_eq!(answer.body["next_fire_at_local"], next, "{}", answer.body);
    }
}

#[tokio::test]
async fn a_one_time_schedule_patched_into_the_past_is_refused_unless_the_patch_says_fire() {
    let job = json!({
        "name": "n", "job_type": "echo",
        "schedule": { "kind": "once", "at": "2027-01-01T00:00:00Z" },
    });
    let past = json!({ "at": "2026-11-21T11:00:00Z" });
    let answer = patched(job.clone(), json!({ "schedule": past })).await;
    assert_eq!(answer.body["field"], "schedule.at", "{}", answer.body);
    let fire = json!({ "schedule": past, "misfire": { "policy": "fire_latest" } });
    assert_eq!(patched(job, fire).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_patch_that_makes_no_job_is_refused_by_the_field() {
    for (patch, field) in [
        (json!({ "nmae": "m" }), "nmae"),
        (json!({ "name": null }), "name"),
        (json!({ "retry": { "max_retry": 1 } }), "retry.max_retry"),
        (
            json!({ "schedule": { "seconds": "30" } }),
            "schedule.seconds",
        ),
        (json!({ "schedule": null }), "schedule"),
        (json!({ "schedule": 7 }), "schedule"),
        (json!({ "job_type": "fax" }), "job_type"),
    ] {
        let answer = patched(job(), patch.clone()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{patch}");
        assert_eq!(answer.body["field"], field, "{patch}: {}", answer.body);
    }
}
