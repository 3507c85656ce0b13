//! Calendars, and jobs that name them.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::Bench;

const HOLIDAYS: &str = "/v1/calendars/holidays";

fn days(dates: &[&str]) -> Value {
    json!({ "dates": dates })
}

fn daily() -> Value {
    json!({
        "name": "n", "job_type": "echo",
        "schedule": { "kind": "every", "seconds": 86_400, "anchor_at": "2026-11-01T00:00:00Z" },
        "exclude_calendars": ["holidays"],
    })
}

#[tokio::test]
async fn a_calendar_is_put_shown_listed_and_deleted() {
    let bench = Bench::new();
    let christmas = days(&["2026-12-25"]);
    let put = bench.send(Method::PUT, HOLIDAYS, christmas.clone()).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.body);
    assert_eq!(
        (&put.body["version"], &put.body["effective_from"]),
        (&json!(1), &Value::Null),
        "the first version has always governed"
    );
    let shown = bench.send(Method::GET, HOLIDAYS, Value::Null).await;
    assert_eq!(shown.body["definition"], christmas);
    let list = bench.send(Method::GET, "/v1/calendars", Value::Null).await;
    assert_eq!(list.body["items"][0]["name"], "holidays");
    let theirs = bench.send_as("bob", Method::GET, HOLIDAYS, Value::Null);
    assert_eq!(theirs.await.status, StatusCode::NOT_FOUND);

    let deleted = bench.send(Method::DELETE, HOLIDAYS, Value::Null).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    let gone = bench.send(Method::DELETE, HOLIDAYS, Value::Null).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_change_governs_only_what_nobody_may_have_planned_yet() {
    let bench = Bench::new();
    bench.send(Method::PUT, HOLIDAYS, days(&[])).await;
    let path = bench.created(daily()).await;
    let tomorrow = days(&["2026-11-22"]);
    let put = bench.send(Method::PUT, HOLIDAYS, tomorrow.clone()).await;
    assert_eq!(put.body["version"], 2);
    assert_eq!(put.body["effective_from"], "2026-11-21T12:07:00Z");
    let same = bench.send(Method::PUT, HOLIDAYS, tomorrow).await;
    assert_eq!(same.body["version"], 2, "nothing new was said");
    let job = bench.send(Method::GET, &path, Value::Null).await;
    assert_eq!(job.body["next_fire_at"], "2026-11-23T00:00:00Z");
    assert_eq!(job.body["exclude_calendars"], json!(["holidays"]));
}

#[tokio::test]
async fn what_cannot_be_a_calendar_is_refused_by_its_field() {
    let bench = Bench::new();
    for (path, body, field) in [
        ("/v1/calendars/Holidays", days(&[]), "name"),
        (HOLIDAYS, days(&["2026-02-30"]), "dates[0]"),
        (HOLIDAYS, json!({ "days": [] }), "days"),
    ] {
        let refused = bench.send(Method::PUT, path, body).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert_eq!(refused.body["field"], field);
    }
    assert_eq!(bench.writes(), 0);
}

#[tokio::test]
async fn a_job_names_calendars_that_are_there_and_leave_it_time_to_fire() {
    let bench = Bench::new();
    bench.send(Method::PUT, HOLIDAYS, days(&[])).await;
    let always = json!({ "weekly": [
        { "days": ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"] },
    ] });
    let path = "/v1/calendars/always";
    let put = bench.send(Method::PUT, path, always).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.body);
    for (names, field) in [
        (json!(["holidays", "vacation"]), "exclude_calendars[1]"),
        (json!(["holidays", "holidays"]), "exclude_calendars[1]"),
        (json!(["a", "b", "c", "d", "e", "f"]), "exclude_calendars"),
        (json!(["always"]), "exclude_calendars"),
    ] {
        let mut job = daily();
        job["exclude_calendars"] = names;
        let refused = bench.send(Method::POST, "/v1/jobs", job).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.body["field"], field, "{}", refused.body);
    }
}

#[tokio::test]
async fn the_runs_of_a_job_are_counted_without_what_is_excluded() {
    let bench = Bench::new();
    let two = days(&["2026-11-22", "2026-11-24"]);
    bench.send(Method::PUT, HOLIDAYS, two).await;
    let mut job = daily();
    job["max_runs"] = json!(2);
    let path = bench.created(job).await;
    let job = bench.send(Method::GET, &path, Value::Null).await;
    assert_eq!(job.body["next_fire_at"], "2026-11-23T00:00:00Z");
    assert_eq!(job.body["last_fire_at"], "2026-11-25T00:00:00Z");
}

#[tokio::test]
async fn a_calendar_that_a_job_names_is_not_deleted() {
    let bench = Bench::new();
    bench.send(Method::PUT, HOLIDAYS, days(&[])).await;
    let path = bench.created(daily()).await;
    let kept = bench.send(Method::DELETE, HOLIDAYS, Value::Null).await;
    assert_eq!(kept.status, StatusCode::CONFLICT, "{}", kept.body);
    let again = bench.send(Method::POST, "/v1/jobs", daily()).await;
    assert_eq!(again.status, StatusCode::CREATED, "it may still be named");
    let shown = bench.send(Method::GET, &path, Value::Null).await;
    assert_eq!(shown.status, StatusCode::OK);
}
