//! The brief's own routes, over the same jobs.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::Bench;

#[tokio::test]
async fn a_job_made_by_the_brief_comes_back_in_its_own_words() {
    let bench = Bench::new();
    for (schedule_type, schedule, computed, expected, next) in [
        (
            "ONCE",
            json!({ "year": 2027, "month": 1, "date": 2, "hour": 3, "minute": 4 }),
            "fire_time",
            "2027-01-02T02:04:00Z",
            "2027-01-02T02:04:00Z",
        ),
        (
            "RECCURING",
            json!({ "hour": 9, "minute": 30, "days_of_week": ["MON", "FRI"] }),
            "cron_expression",
            "30 9 * * MON,FRI",
            "2026-11-23T08:30:00Z",
        ),
    ] {
        let body = json!({
            "job_name": "n", "job_type": "echo", "job_schedule_type": schedule_type,
            "job_schedule": schedule, "timezone": "Europe/Berlin",
        });
        let answer = bench.send(Method::POST, "/job/create", body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        assert_eq!(answer.body[computed], expected);
        assert_eq!(answer.body["job_schedule"], schedule);
        assert_eq!(answer.body["job_schedule_type"], schedule_type);
        assert_eq!(answer.body["timezone"], "Europe/Berlin");
        assert_eq!(answer.body["next_fire_at"], next);
    }
}

#[tokio::test]
async fn the_brief_sees_updates_and_deletes_the_jobs_of_the_rest_face() {
    let bench = Bench::new();
    let job = json!({
        "name": "n", "job_type": "echo", "priority": 2, "payload": { "a": 1 },
        "schedule": { "kind": "every", "seconds": 60 },
    });
    let path = bench.created(job).await;
    let listed = bench
        .send(Method::GET, "/job?status=active&job_type=echo", Value::Null)
        .await;
    let id = listed.body["items"][0]["job_id"].clone();
    assert_eq!(path, format!("/v1/jobs/{}", id.as_str().unwrap()));
    assert_eq!(listed.body["items"][0]["job_schedule"], Value::Null);

    let update = json!({
        "job_id": id, "job_schedule_type": "RECURRING", "job_schedule": { "minute": 30 },
    });
    let updated = bench.send(Method::PUT, "/job/update", update).await;
    assert_eq!(updated.status, StatusCode::OK, "{}", updated.body);
    assert_eq!(updated.body["cron_expression"], "30 * * * *");
    let shown = bench.send(Method::GET, &path, Value::Null).await.body;
    assert_eq!(
        (&shown["name"], &shown["priority"]),
        (&json!("n"), &json!(2))
    );
    assert_eq!(shown["next_fire_at"], "2026-11-21T12:30:00Z");

    let path = format!("/job/{}", id.as_str().unwrap());
    for _ in 0..2 {
        let deleted = bench.send(Method::DELETE, &path, Value::Null).await;
        assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn an_update_of_half_a_schedule_is_refused() {
    let bench = Bench::new();
    let id = "00000000-0000-4000-8000-000000000000";
    for (part, field) in [
        (
            json!({ "job_schedule": { "minute": 1 } }),
            "job_schedule_type",
        ),
        (json!({ "timezone": "UTC" }), "job_schedule_type"),
        (json!({ "job_schedule_type": "ONCE" }), "job_schedule"),
    ] {
        let mut body = json!({ "job_id": id });
        for (key, value) in part.as_object().unwrap() {
            body[key] = value.clone();
        }
        let answer = bench.send(Method::PUT, "/job/update", body).await;
        assert_eq!(answer.body["field"], field, "{}", answer.body);
    }
}
