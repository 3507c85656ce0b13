//! Pauses with their notes, and single fire times left out.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::Bench;

fn hourly() -> Value {
    json!({
        "name": "n", "job_type": "echo",
        "schedule": { "kind": "every", "seconds": 3_600, "anchor_at": "2026-11-01T00:00:00Z" },
    })
}

#[tokio::test]
async fn a_pause_keeps_its_note_until_the_job_is_resumed() {
    let bench = Bench::new();
    let path = bench.created(hourly()).await;
    let pause = format!("{path}/pause");
    let note = json!({ "note": "until the move is over" });
    let paused = bench.send(Method::POST, &pause, note.clone()).await;
    let expected = json!({ "note": "until the move is over", "automatic": false });
    assert_eq!(paused.body["pause"], expected);
    let again = bench.send(Method::POST, &pause, Value::Null).await;
    assert_eq!(again.body["pause"], expected, "nothing new was said");
    let other = bench
        .send(Method::POST, &pause, json!({ "note": "still" }))
        .await;
    assert_eq!(other.body["pause"]["note"], "still");
    let resumed = bench
        .send(Method::POST, &format!("{path}/resume"), Value::Null)
        .await;
    assert_eq!(resumed.body["pause"], Value::Null);
    for note in [json!(""), json!("x".repeat(501)), json!("a\nb"), json!(7)] {
        let refused = bench
            .send(Method::POST, &pause, json!({ "note": note }))
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{note}");
        assert_eq!(refused.body["field"], "note");
    }
}

#[tokio::test]
async fn the_next_fire_time_is_skipped_and_the_skip_taken_back() {
    let bench = Bench::new();
    let path = bench.created(hourly()).await;
    let [skip, unskip] = ["skip", "unskip"].map(|verb| format!("{path}/{verb}"));
    let at = |hour: u32| json!({ "fire_time": format!("2026-11-21T{hour}:00:00Z") });
    let skipped = bench.send(Method::POST, &skip, Value::Null).await;
    assert_eq!(skipped.status, StatusCode::OK, "{}", skipped.body);
    assert_eq!(skipped.body["skips"], json!(["2026-11-21T13:00:00Z"]));
    assert_eq!(skipped.body["next_fire_at"], "2026-11-21T14:00:00Z");
    let same = bench.send(Method::POST, &skip, at(13)).await;
    assert_eq!(same.body["version"], skipped.body["version"]);
    let back = bench.send(Method::POST, &unskip, at(13)).await;
    assert_eq!(back.body["skips"], json!([]));
    assert_eq!(back.body["next_fire_at"], "2026-11-21T13:00:00Z");
    let again = bench.send(Method::POST, &unskip, at(13)).await;
    assert_eq!(again.body["version"], back.body["version"]);
}

#[tokio::test]
async fn only_an_upcoming_fire_time_can_be_skipped() {
    let bench = Bench::new();
    let path = bench.created(hourly()).await;
    for verb in ["skip", "unskip"] {
        for time in ["2026-11-21T13:30:00Z", "2026-11-21T12:00:00Z", "soon"] {
            let body = json!({ "fire_time": time });
            let refused = bench
                .send(Method::POST, &format!("{path}/{verb}"), body)
                .await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{time}");
            assert_eq!(refused.body["field"], "fire_time", "{verb} {time}");
        }
    }
}
