//! The ledger and reconciliation through the REST face.

use axum::http::{Method, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::{Execution, ExecutionId, ExecutionState, JobId, Occasion, Stamp};
use serde_json::{Value, json};

use crate::support::{Bench, issuer, now};

/// The clock of a bench stands still, so what has come and gone lies before a job that governs from long ago: a one-time
/// job of an hour ago that is made up for.
async fn an_hour_ago(bench: &Bench) -> (String, JobId, DateTime<Utc>) {
    let at: DateTime<Utc> = "2026-11-21T11:00:00Z".parse().unwrap();
    let job = json!({
        "name": "n", "job_type": "echo", "misfire": { "policy": "fire_latest" },
        "schedule": { "kind": "once", "at": at },
    });
    let path = bench.created(job).await;
    let id = path.rsplit('/').next().unwrap().parse().unwrap();
    (path, id, at)
}

fn succeeded(job: JobId, at: DateTime<Utc>) -> Execution {
    Execution {
        attempt: 1,
        job_version: Some(1),
        started_at: Some(at + TimeDelta::milliseconds(40)),
        ..Execution::new(
            ExecutionId::scheduled(job, at),
            ExecutionState::Succeeded,
            Stamp(1),
        )
    }
}

#[tokio::test]
async fn an_occurrence_without_a_record_is_missing_until_there_is_one() {
    let bench = Bench::new();
    let (path, job, at) = an_hour_ago(&bench).await;
    let list = format!("{path}/occurrences");
    let listed = bench.send(Method::GET, &list, Value::Null).await.body;
    assert_eq!(listed["items"][0]["outcome"], "missing");
    assert_eq!(listed["items"][0]["execution_id"], Value::Null);

    bench.insert(succeeded(job, at));
    let listed = bench.send(Method::GET, &list, Value::Null).await.body;
    let item = &listed["items"][0];
    for (field, expected) in [
        ("fire_time", json!("2026-11-21T11:00:00Z")),
        ("trigger", json!("schedule")),
        ("outcome", json!("ran")),
        ("lateness_ms", json!(40)),
        ("explanation", json!("it ran and succeeded")),
        ("execution_id", json!(ExecutionId::scheduled(job, at))),
    ] {
        assert_eq!(item[field], expected, "{field}");
    }
    let none = format!("{list}?outcome=missing");
    let none = bench.send(Method::GET, &none, Value::Null).await.body;
    assert_eq!(none["items"], json!([]));
    let shown = format!("{list}/2026-11-21T11:00:00Z");
    let shown = bench.send(Method::GET, &shown, Value::Null).await.body;
    assert_eq!(shown, *item);
}

#[tokio::test]
async fn what_is_to_come_is_pending_and_is_paged_through_without_a_gap() {
    let bench = Bench::new();
    let job = json!({
        "name": "n", "job_type": "echo",
        "schedule": { "kind": "every", "seconds": 10, "anchor_at": "2026-11-21T12:00:00Z" },
    });
    let path = bench.created(job).await;
    let id: JobId = path.rsplit('/').next().unwrap().parse().unwrap();
    let manual = Occasion::manual(now() + TimeDelta::seconds(10), 7);
    bench.insert(Execution::new(
        ExecutionId {
            job: id,
            occasion: manual,
        },
        ExecutionState::Succeeded,
        Stamp(1),
    ));
    let range = "from=2026-11-21T12:00:00Z&until=2026-11-21T12:05:00Z&limit=7";
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let part = format!("{path}/occurrences?{range}{cursor}");
        let part = bench.send(Method::GET, &part, Value::Null).await.body;
        seen.extend(part["items"].as_array().unwrap().clone());
        match part["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let (by_hand, planned): (Vec<_>, Vec<_>) =
        seen.iter().partition(|item| item["trigger"] == "run_now");
    assert_eq!(by_hand.len(), 1);
    assert_eq!(by_hand[0]["outcome"], "ran");
    let times: Vec<_> = planned
        .iter()
        .map(|item| item["fire_time"].clone())
        .collect();
    let expected: Vec<_> = (1..30)
        .map(|count| {
            json!(format!(
                "2026-11-21T12:{:02}:{:02}Z",
                count / 6,
                count % 6 * 10
            ))
        })
        .collect();
    assert_eq!(times, expected);
    assert!(planned.iter().all(|item| item["outcome"] == "pending"));
}

#[tokio::test]
async fn an_instant_that_was_never_planned_is_explained_by_its_neighbours() {
    let bench = Bench::new();
    let job = json!({
        "name": "n", "job_type": "echo",
        "schedule": { "kind": "every", "seconds": 3600, "anchor_at": "2026-11-21T12:00:00Z" },
    });
    let path = bench.created(job).await;
    for (instant, reason, before, after) in [
        (
            "2026-11-21T14:30:00Z",
            "not_in_schedule",
            json!("2026-11-21T14:00:00Z"),
            json!("2026-11-21T15:00:00Z"),
        ),
        (
            "2026-11-21T11:00:00Z",
            "not_yet_effective",
            Value::Null,
            json!("2026-11-21T13:00:00Z"),
        ),
    ] {
        let shown = format!("{path}/occurrences/{instant}");
        let shown = bench.send(Method::GET, &shown, Value::Null).await.body;
        assert_eq!(shown["outcome"], "not_planned", "{shown}");
        assert_eq!(shown["reason"], reason);
        assert_eq!(shown["planned_before"], before);
        assert_eq!(shown["planned_after"], after);
    }
}

#[tokio::test]
async fn stretches_that_are_none_or_too_long_or_too_old_are_refused_by_name() {
    let bench = Bench::new();
    let (path, ..) = an_hour_ago(&bench).await;
    for (query, field) in [
        ("from=2026-10-01T00:00:00Z", "from"),
        (
            "from=2026-11-21T12:00:00Z&until=2026-11-21T12:00:00Z",
            "until",
        ),
        (
            "from=2026-11-01T00:00:00Z&until=2026-12-20T00:00:00Z",
            "until",
        ),
        ("until=%2B262142-12-31T23:59:59Z", "until"),
        ("until=-262143-01-01T00:00:00Z", "until"),
        ("from=yesterday", "from"),
        ("outcome=lost", "outcome"),
        ("cursor=x", "cursor"),
        ("limit=0", "limit"),
        ("state=ran", "state"),
    ] {
        let refused = format!("{path}/occurrences?{query}");
        let refused = bench.send(Method::GET, &refused, Value::Null).await;
        assert!(refused.status.is_client_error(), "{query}");
        assert_eq!(refused.body["field"], field, "{query}: {}", refused.body);
    }
    for instant in ["2026-11-21T12:00:00.5Z", "noon", "2026-01-01T00:00:00Z"] {
        let refused = format!("{path}/occurrences/{instant}");
        let refused = bench.send(Method::GET, &refused, Value::Null).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.body["field"], "fire_time");
    }
}

#[tokio::test]
async fn another_users_ledger_is_not_there() {
    let bench = Bench::new();
    let (path, ..) = an_hour_ago(&bench).await;
    for part in ["", "/2026-11-21T11:00:00Z"] {
        let theirs = format!("{path}/occurrences{part}");
        let theirs = bench.send_as("mallory", Method::GET, &theirs, Value::Null);
        assert_eq!(theirs.await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn keepers_reconcile_and_read_the_reports_and_others_do_not() {
    let bench = Bench::new();
    let (_, job, at) = an_hour_ago(&bench).await;
    let keeper = issuer::token("otto", "operator");
    let window = json!({ "from": "2026-11-21T10:30:00Z", "until": "2026-11-21T11:30:00Z" });
    let asked = json!({ "window": window });
    let path = "/v1/admin/reconcile";
    let theirs = bench.send(Method::POST, path, asked.clone()).await;
    assert_eq!(theirs.status, StatusCode::FORBIDDEN);

    let report = bench.send_with(&keeper, Method::POST, path, asked.clone());
    let report = report.await.body;
    for (field, expected) in [
        ("window", window),
        ("jobs", json!(1)),
        ("planned", json!(1)),
        ("accounted", json!(0)),
        ("missing", json!(1)),
        ("resent", json!(1)),
        ("examples", json!([ExecutionId::scheduled(job, at)])),
        ("clean", json!(false)),
        ("chains_unchecked", json!(1)),
    ] {
        assert_eq!(report[field], expected, "{field}: {report}");
    }
    bench.insert(succeeded(job, at));
    let proven = bench
        .send_with(&keeper, Method::POST, path, asked)
        .await
        .body;
    assert_eq!(proven["accounted"], 1);
    assert_eq!(proven["outcomes"], json!({ "ran": 1 }));
    assert_eq!(proven["clean"], true);

    let reports = bench.send_with(
        &keeper,
        Method::GET,
        "/v1/admin/reconciliations",
        Value::Null,
    );
    assert_eq!(reports.await.body["items"], json!([proven, report]));

    for (body, field) in [
        (
            json!({ "window": { "from": "2026-11-21T11:00:00Z", "until": "2026-11-21T10:00:00Z" } }),
            "window.until",
        ),
        (json!({ "cursor": "x" }), "cursor"),
    ] {
        let refused = bench
            .send_with(&keeper, Method::POST, path, body)
            .await
            .body;
        assert_eq!(refused["field"], field, "{refused}");
    }
}
