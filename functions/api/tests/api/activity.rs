//! What operators are shown of the last minutes.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use punctual::domain::{Admissions, Counted, Minute, Term};
use punctual::port::Progress;
use serde_json::{Value, json};

use crate::support::issuer::token;
use crate::support::{Answer, Bench, now};

async fn look(bench: &Bench, query: &str) -> Answer {
    let path = format!("/v1/admin/activity{query}");
    bench
        .send_with(&token("olga", "operator"), Method::GET, &path, Value::Null)
        .await
}

fn report(bench: &Bench, counted: &[(i64, Counted)]) {
    let minutes = counted
        .iter()
        .map(|(ago, counted)| (Minute::of(now()).plus(-ago), *counted));
    *bench.reported().counted.lock().unwrap() = Some(minutes.collect());
}

#[tokio::test]
async fn every_minute_is_shown_and_those_that_may_still_change_are_told() {
    let bench = Bench::new();
    let busy = Counted {
        started: 5,
        succeeded: 3,
        dead: 1,
        lateness_p99_ms: Some(812.5),
        ready: Some(7),
        ticks: 1,
        ..Counted::default()
    };
    report(&bench, &[(2, busy), (100, busy)]);
    let answer = look(&bench, "?minutes=5").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let runs = &answer.body["runs"];
    assert_eq!(runs["source"], "cloudwatch");
    assert_eq!(runs["problem"], Value::Null);
    let minutes = runs["minutes"].as_array().unwrap();
    let shown: Vec<_> = minutes
        .iter()
        .map(|minute| {
            (
                minute["at"].as_str().unwrap(),
                minute["is_settled"].as_bool().unwrap(),
            )
        })
        .collect();
    // Now is a quarter of a second after noon, and figures take two minutes.
    let expected = [
        ("2026-11-21T11:56:00Z", true),
        ("2026-11-21T11:57:00Z", true),
        ("2026-11-21T11:58:00Z", false),
        ("2026-11-21T11:59:00Z", false),
        ("2026-11-21T12:00:00Z", false),
    ];
    assert_eq!(shown, expected);
    let told = &minutes[2];
    assert_eq!(
        (&told["started"], &told["success_rate"]),
        (&json!(5), &json!(0.75))
    );
    assert_eq!(
        (&told["lateness_p99_ms"], &told["ready"]),
        (&json!(812.5), &json!(7))
    );
    let silent = &minutes[3];
    assert_eq!(
        (&silent["started"], &silent["success_rate"]),
        (&json!(0), &Value::Null)
    );
    assert_eq!(answer.body["ticks"]["last_seen"], "2026-11-21T11:58:00Z");
    let hour = look(&bench, "").await;
    assert_eq!(hour.body["runs"]["minutes"].as_array().unwrap().len(), 60);
}

#[tokio::test]
async fn how_far_the_scanner_has_come_is_shown() {
    let bench = Bench::new();
    let before = look(&bench, "").await;
    assert_eq!(before.body["ticks"]["scanned_until"], Value::Null);
    let low_water = Minute::of(now()).plus(5);
    *bench.store().progress.lock().unwrap() = Some(Progress {
        term: Term::default().next(Some("eu-west-1".to_owned()), low_water.plus(-60)),
        low_water,
        done: [].into(),
        admitted: Admissions::default(),
    });
    let answer = look(&bench, "").await;
    let expected = json!({
        "problem": null, "scanned_until": "2026-11-21T12:05:00Z", "lag_ms": -299_750, "last_seen": null,
        "term": { "number": 1, "region": "eu-west-1", "from": "2026-11-21T11:05:00Z" },
    });
    assert_eq!(answer.body["ticks"], expected);
}

#[tokio::test]
async fn without_the_metrics_the_rest_is_shown_and_they_are_asked_for_again() {
    let bench = Bench::new();
    *bench.reported().counted.lock().unwrap() = None;
    let answer = look(&bench, "").await;
    assert_eq!(answer.status, StatusCode::OK);
    let runs = &answer.body["runs"];
    assert!(
        runs["problem"].as_str().unwrap().contains("metrics"),
        "{runs}"
    );
    assert_eq!(
        (&runs["minutes"], &runs["read_at"]),
        (&json!([]), &Value::Null)
    );
    assert_eq!(answer.body["ticks"]["problem"], Value::Null);
    *bench.reported().counted.lock().unwrap() = Some(BTreeMap::new());
    let again = look(&bench, "").await;
    assert_eq!(again.body["runs"]["problem"], Value::Null);
}

#[tokio::test]
async fn consoles_that_are_open_side_by_side_read_once_in_half_a_minute() {
    let bench = Bench::new();
    for (seconds, reads) in [(0, 1), (20, 1), (9, 1), (1, 2), (29, 2)] {
        bench.advance(TimeDelta::seconds(seconds));
        look(&bench, "?minutes=180").await;
        look(&bench, "?minutes=1").await;
        let read = bench.reported().reads.load(Ordering::SeqCst);
        assert_eq!(read, reads, "{seconds} s later");
    }
}

#[tokio::test]
async fn nobody_is_shown_more_than_three_hours_or_nothing() {
    let bench = Bench::new();
    for (query, field) in [
        ("?minutes=0", "minutes"),
        ("?minutes=181", "minutes"),
        ("?minutes=an+hour", "minutes"),
        ("?hours=1", "hours"),
    ] {
        let answer = look(&bench, query).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(answer.body["field"], field);
    }
}
