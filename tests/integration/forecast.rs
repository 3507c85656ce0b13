//! The load ahead, as the API tells it of what lies in the tables.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use punctual::edge::SystemClock;
use punctual::port::Clock;
use punctual::usecase::take_agenda;
use punctual_local::Function;
use punctual_tests::{Sandbox, eventually};
use serde_json::{Value, json};

fn hourly(spread: &Value) -> Value {
    let mut job = json!({
        "name": "hourly", "job_type": "echo", "schedule": { "kind": "cron", "expression": "7 * * * *" },
    });
    for (name, value) in spread.as_object().into_iter().flatten() {
        job[name] = value.clone();
    }
    job
}

/// Makes 100 jobs and returns how they were answered.
async fn hundred(sandbox: &Sandbox, job: &Value) -> Vec<Value> {
    let body = json!({ "jobs": vec![job; 100] });
    let (status, answer) = sandbox.call("POST", "/v1/jobs/batch", Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    let results = answer["results"].as_array().unwrap().iter();
    results.map(|result| result["job"].clone()).collect()
}

async fn forecast(sandbox: &Sandbox) -> Value {
    let (status, forecast) = sandbox.call("GET", "/v1/forecast", None).await;
    assert_eq!(status, 200, "{forecast}");
    forecast
}

#[tokio::test]
async fn a_herd_is_seen_before_it_happens_and_what_would_spread_it() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&[Function::Api]).await;
    for _ in 0..2 {
        hundred(&sandbox, &hourly(&json!({}))).await;
    }
    // Nobody has kept an agenda: the API reads the rows itself.
    let first = forecast(&sandbox).await;
    assert_eq!(first["total"], 4_800);
    assert_eq!(first["peaks"][0]["starts"], 200);
    let words = first["peaks"][0]["words"].as_str().unwrap();
    assert!(
        words.ends_with(":07:00 UTC: 200 starts, 100 % hourly"),
        "{words}"
    );
    let deadline = SystemClock.now() + TimeDelta::minutes(1);
    let taken = take_agenda(&sandbox.ports, deadline)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (taken.jobs, taken.entries, taken.is_whole),
        (200, 200, true)
    );
    sandbox.create(hourly(&json!({}))).await;
    eventually(
        "the kept agenda is known, and the job that is younger",
        || async {
            let next = forecast(&sandbox).await;
            let is_renewed = next["agenda"]["taken_at"] != first["agenda"]["taken_at"];
            (is_renewed && next["total"] == 4_824).then_some(())
        },
    )
    .await;
    let change = json!({ "window": "hour", "change": { "spread_seconds": 600, "spread": "auto" } });
    let (status, weighed) = sandbox
        .call("POST", "/v1/forecast/what-if", Some(change))
        .await;
    assert_eq!(status, 200, "{weighed}");
    assert_eq!(weighed["before"]["peak_per_second"], 201);
    assert!(
        weighed["after"]["peak_per_second"].as_u64() <= Some(2),
        "{weighed}"
    );
}

#[tokio::test]
async fn two_hundred_jobs_of_one_window_share_seconds_with_few() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&[Function::Api]).await;
    let spread = json!({ "spread_seconds": 300, "spread": "auto" });
    let mut seconds: BTreeMap<u64, u32> = BTreeMap::new();
    for _ in 0..2 {
        for job in hundred(&sandbox, &hourly(&spread)).await {
            assert_eq!(job["spread"]["placed"], "auto");
            let offset = job["spread"]["offset_seconds"].as_u64().unwrap();
            *seconds.entry(offset).or_default() += 1;
        }
    }
    assert!(seconds.keys().all(|offset| *offset < 300));
    assert!(seconds.values().all(|sharers| *sharers <= 2), "{seconds:?}");
    let busiest = forecast(&sandbox).await["peaks"][0]["starts"].as_u64();
    assert!(busiest <= Some(2), "{busiest:?}");
}
