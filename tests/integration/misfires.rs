//! What came due while nothing ran. The stand-in's state is as an outage leaves it: rows and hints, no messages.

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::{Job, JobId, JobRequest, Minute, UserId, floor_second};
use punctual::edge::SystemClock;
use punctual::port::{Clock, Hint, HintKind, Hints, Jobs, Put, ScanProgress};
use punctual_local::Function;
use punctual_tests::{Sandbox, eventually};
use serde_json::{Value, json};

/// A job that fires every minute since `anchor`, stored with its hint there, as if it had been created long before.
async fn every_minute_since(sandbox: &Sandbox, anchor: DateTime<Utc>, misfire: Value) -> JobId {
    let request: JobRequest = serde_json::from_value(json!({
        "name": "every minute",
        "job_type": "echo",
        "schedule": { "kind": "every", "seconds": 60, "anchor_at": anchor.to_rfc3339() },
        "misfire": misfire,
    }))
    .unwrap();
    let id = JobId::from_idempotency_key(&UserId::new("alice").unwrap(), &misfire.to_string());
    let job = request
        .into_job(
            id,
            UserId::new("alice").unwrap(),
            anchor - TimeDelta::seconds(1),
        )
        .unwrap();
    put_with_hint(sandbox, job, anchor).await;
    id
}

async fn put_with_hint(sandbox: &Sandbox, job: Job, at: DateTime<Utc>) {
    let hint = Hint {
        at,
        job: job.id,
        kind: HintKind::Fire,
    };
    sandbox.ports.store.put_hints(&[hint]).await.unwrap();
    assert_eq!(
        sandbox.ports.store.put_job(&job).await.unwrap(),
        Put::Written
    );
}

#[tokio::test]
async fn what_came_due_during_an_outage_follows_its_misfire_policy() {
    let mut sandbox = Sandbox::new().await;
    let began = floor_second(SystemClock.now()) - TimeDelta::minutes(10) - TimeDelta::seconds(5);
    sandbox
        .ports
        .store
        .begin_at(Minute::of(began))
        .await
        .unwrap();
    let all = every_minute_since(&sandbox, began, json!({ "policy": "fire_all" })).await;
    let latest = every_minute_since(&sandbox, began, json!({ "policy": "fire_latest" })).await;
    let skip = every_minute_since(&sandbox, began, json!({ "policy": "skip" })).await;
    let short = every_minute_since(
        &sandbox,
        began,
        json!({ "policy": "fire_all", "catch_up_window_seconds": 270 }),
    )
    .await;
    let back = SystemClock.now();
    let _system = sandbox.host(&Function::ALL).await;

    let missed = |executions: &[Value], state: &str| {
        let of_state = executions.iter().filter(|one| {
            let fire_time: DateTime<Utc> = one["fire_time"].as_str().unwrap().parse().unwrap();
            one["state"] == state && fire_time < back - TimeDelta::seconds(60)
        });
        of_state.count()
    };
    let settled = |id: JobId, state: &'static str, count: usize| {
        let (sandbox, missed) = (&sandbox, &missed);
        async move {
            eventually(&format!("{count} of the missed are {state}"), || async {
                let executions = sandbox.executions(&id.to_string()).await;
                let is = missed(&executions, state);
                assert!(is <= count, "{is} are {state}: {executions:?}");
                (is == count).then_some(executions)
            })
            .await
        }
    };
    // Eleven instants from ten minutes and five seconds ago; the last lies within the grace of a minute.
    settled(all, "succeeded", 10).await;
    settled(short, "succeeded", 4).await;
    let skipped = settled(skip, "skipped", 1).await;
    let record = skipped
        .iter()
        .find(|one| one["state"] == "skipped")
        .unwrap();
    assert_eq!(
        (&record["reason"], &record["stands_for"]),
        (&json!("misfire"), &json!(10))
    );
    // The one within the grace fires by itself; the latest missed one leaves the account of all the others.
    let coalesced = settled(latest, "skipped", 1).await;
    let record = coalesced
        .iter()
        .find(|one| one["state"] == "skipped")
        .unwrap();
    assert_eq!(record["stands_for"], 10);
    sandbox.execution_in(&latest.to_string(), "succeeded").await;
}

#[tokio::test]
async fn a_daily_job_that_was_missed_fires_once_when_the_system_is_back() {
    let mut sandbox = Sandbox::new().await;
    let due = floor_second(SystemClock.now()) - TimeDelta::minutes(90);
    sandbox.ports.store.begin_at(Minute::of(due)).await.unwrap();
    let request: JobRequest = serde_json::from_value(json!({
        "name": "daily",
        "job_type": "echo",
        "schedule": { "kind": "every", "seconds": 86_400, "anchor_at": due.to_rfc3339() },
    }))
    .unwrap();
    let id = JobId::from_random(11);
    let job = request
        .into_job(id, UserId::new("alice").unwrap(), due - TimeDelta::days(3))
        .unwrap();
    put_with_hint(&sandbox, job, due).await;
    let _system = sandbox.host(&Function::ALL).await;
    let execution = sandbox.execution_in(&id.to_string(), "succeeded").await;
    assert_eq!(execution["stands_for"], 1);
    assert!(execution["lateness_ms"].as_i64().unwrap() >= 90 * 60_000);
}

#[tokio::test]
async fn a_restart_finds_the_messages_and_the_chain_where_they_were() {
    let mut sandbox = Sandbox::new().await;
    let first = sandbox.host(&Function::ALL).await;
    let job = sandbox
        .create(json!({
            "name": "survives",
            "job_type": "echo",
            "schedule": { "kind": "every", "seconds": 10 },
        }))
        .await;
    sandbox.execution_in(&job, "succeeded").await;
    first.stop().await;
    let down_from = SystemClock.now();
    tokio::time::sleep(std::time::Duration::from_secs(11)).await;
    let _second = sandbox.host(&Function::ALL).await;
    eventually("what came due meanwhile has run", || async {
        let executions = sandbox.executions(&job).await;
        let missed = executions.iter().any(|one| {
            let fire_time: DateTime<Utc> = one["fire_time"].as_str().unwrap().parse().unwrap();
            one["state"] == "succeeded"
                && fire_time > down_from
                && fire_time < down_from + TimeDelta::seconds(11)
        });
        missed.then_some(())
    })
    .await;
}
