//! Previews: a schedule and its policies, looked at before they are saved.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::Bench;

async fn preview(bench: &Bench, body: Value) -> Value {
    let answer = bench
        .send(Method::POST, "/v1/schedules/preview", body)
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body
}

fn utc(preview: &Value) -> Vec<&str> {
    let times = preview["fire_times"].as_array().unwrap().iter();
    times.map(|time| time["utc"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_preview_explains_the_schedule_and_the_changes_of_the_clock_that_it_meets() {
    let shown = preview(
        &Bench::new(),
        json!({
            "schedule": { "kind": "cron", "expression": "30 2 * * *", "timezone": "Europe/Berlin" },
            "from": "2027-03-26T12:00:00Z", "count": 3,
        }),
    )
    .await;
    assert_eq!(shown["description"], "At 02:30 every day, Europe/Berlin");
    let locals = shown["fire_times"].as_array().unwrap().iter();
    let locals: Vec<_> = locals.map(|time| time["local"].as_str().unwrap()).collect();
    let expected = [
        "2027-03-27T02:30:00+01:00",
        "2027-03-28T03:00:00+02:00",
        "2027-03-29T02:30:00+02:00",
    ];
    assert_eq!(locals, expected);
    let changes = shown["clock_changes"].as_array().unwrap();
    let kinds: Vec<_> = changes.iter().map(|change| &change["kind"]).collect();
    assert_eq!(kinds, ["gap", "fold"], "a year from November on");
    assert_eq!(changes[0]["at"], "2027-03-28T01:00:00Z");
    assert_eq!(changes[0]["local_from"], "2027-03-28T02:00:00");
}

#[tokio::test]
async fn a_preview_honours_the_window_the_runs_and_the_calendars() {
    let bench = Bench::new();
    let weekend =
        json!({ "weekly": [{ "days": ["SAT", "SUN"], "from": "00:00", "until": "24:00" }] });
    let put = bench
        .send(Method::PUT, "/v1/calendars/weekends", weekend)
        .await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.body);
    // It is Saturday noon.
    let shown = preview(
        &bench,
        json!({
            "schedule": { "kind": "cron", "expression": "0 9 * * *" },
            "exclude_calendars": ["weekends"], "max_runs": 3, "count": 9,
        }),
    )
    .await;
    let expected = ["2026-11-23", "2026-11-24", "2026-11-25"].map(|day| format!("{day}T09:00:00Z"));
    assert_eq!(utc(&shown), expected);
    let shown = preview(
        &bench,
        json!({
            "schedule": { "kind": "every", "seconds": 3600, "anchor_at": "2026-11-21T00:00:00Z" },
            "starts_at": "2026-11-22T00:00:00Z", "ends_at": "2026-11-22T02:00:00Z",
        }),
    )
    .await;
    assert_eq!(utc(&shown).len(), 3);
}

#[tokio::test]
async fn a_preview_of_a_job_shows_its_own_place_in_the_spread() {
    let bench = Bench::new();
    let job = json!({
        "name": "n", "job_type": "echo", "spread_seconds": 900,
        "schedule": { "kind": "cron", "expression": "H * * * *" },
    });
    let path = bench.created(job.clone()).await;
    let saved = bench.send(Method::GET, &path, Value::Null).await.body;
    let shown = preview(
        &bench,
        json!({ "schedule": job["schedule"], "spread_seconds": 900, "job_id": saved["id"] }),
    )
    .await;
    assert_eq!(shown["spread"], saved["spread"]);
    assert_eq!(shown["schedule"], saved["schedule"]);
    assert_eq!(shown["fire_times"][0]["utc"], saved["next_fire_at"]);
    assert_eq!(shown["fire_times"][0]["nominal"], saved["next_nominal_at"]);
}

#[tokio::test]
async fn a_calendar_that_is_not_there_is_named() {
    let body = json!({
        "schedule": { "kind": "every", "seconds": 60 }, "exclude_calendars": ["nowhere"],
    });
    let answer = Bench::new()
        .send(Method::POST, "/v1/schedules/preview", body)
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.body["field"], "exclude_calendars[0]");
}
