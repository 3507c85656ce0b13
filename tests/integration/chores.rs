//! The jobs that look after their owner's own data.

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::{Execution, ExecutionId, ExecutionState, JobId, JobState, Stamp, UserId};
use punctual::edge::SystemClock;
use punctual::port::{Clock, Executions, Expected, Jobs, Put};
use punctual_local::{Function, LocalMail};
use punctual_tests::{Mailbox, Sandbox};
use serde_json::json;

async fn put(
    sandbox: &Sandbox,
    job: JobId,
    at: DateTime<Utc>,
    state: ExecutionState,
) -> ExecutionId {
    let at = punctual::domain::floor_second(at);
    let id = ExecutionId::scheduled(job, at);
    let execution = Execution {
        user: UserId::new("alice").ok(),
        started_at: Some(at + TimeDelta::seconds(2)),
        duration_ms: Some(1_234),
        ..Execution::new(id, state, Stamp(7))
    };
    let store = &sandbox.ports.store;
    store
        .put_execution(&execution, Expected::Absent)
        .await
        .unwrap();
    id
}

#[tokio::test]
async fn a_cleanup_removes_what_has_expired_of_its_owner_and_nothing_else() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let store = &sandbox.ports.store;
    let far = Sandbox::once_in(86_400, "http://127.0.0.1:9/");
    let kept: JobId = sandbox.create(far.clone()).await.parse().unwrap();
    let gone: JobId = sandbox.create(far.clone()).await.parse().unwrap();
    let (_, other) = {
        let bob = sandbox.token("bob", punctual::domain::Role::User);
        sandbox
            .call_with("POST", "/v1/jobs", Some(far), &[("authorization", &bob)])
            .await
    };
    let other: JobId = other["id"].as_str().unwrap().parse().unwrap();
    let now = SystemClock.now();
    let old = now - Execution::RETENTION - TimeDelta::days(1);
    let expired = put(&sandbox, kept, old, ExecutionState::Succeeded).await;
    let unfinished = put(
        &sandbox,
        kept,
        old - TimeDelta::hours(1),
        ExecutionState::RetryWait,
    )
    .await;
    let recent = put(
        &sandbox,
        kept,
        now - TimeDelta::days(1),
        ExecutionState::Succeeded,
    )
    .await;
    let of_canceled = put(&sandbox, gone, old, ExecutionState::Failed).await;
    let of_another = put(&sandbox, other, old, ExecutionState::Succeeded).await;
    let mut canceled = store.job(gone).await.unwrap().unwrap();
    canceled.version += 1;
    canceled.state = JobState::Canceled;
    canceled.canceled_at = Some(old);
    assert_eq!(store.put_job(&canceled).await.unwrap(), Put::Written);

    let done = sandbox.run_once("cleanup", &json!({}), "succeeded").await;
    assert_eq!(done["output"]["executions_removed"], 2, "{done}");
    assert_eq!(done["output"]["jobs_removed"], 1);
    assert_eq!(done["output"]["finished"], true);
    for (id, there) in [
        (expired, false),
        (of_canceled, false),
        (unfinished, true),
        (recent, true),
        (of_another, true),
    ] {
        assert_eq!(store.execution(id).await.unwrap().is_some(), there, "{id}");
    }
    assert_eq!(store.job(gone).await.unwrap(), None);
    assert!(store.job(kept).await.unwrap().is_some());
}

#[tokio::test]
async fn a_report_tells_what_became_of_yesterday() {
    let mailbox = Mailbox::start().await;
    let mut sandbox = Sandbox::new().await;
    sandbox.mail = LocalMail::smtp(&mailbox.url()).unwrap();
    let _system = sandbox.host(&Function::ALL).await;
    let mut job = Sandbox::once_in(86_400, "http://127.0.0.1:9/");
    job["name"] = json!("backup");
    let job: JobId = sandbox.create(job).await.parse().unwrap();
    let midnight = SystemClock
        .now()
        .date_naive()
        .and_time(chrono::NaiveTime::MIN)
        .and_utc();
    let noon = midnight - TimeDelta::hours(12);
    put(&sandbox, job, noon, ExecutionState::Succeeded).await;
    let failed = put(
        &sandbox,
        job,
        noon + TimeDelta::hours(1),
        ExecutionState::Dead,
    )
    .await;
    put(
        &sandbox,
        job,
        midnight - TimeDelta::days(1),
        ExecutionState::Succeeded,
    )
    .await;
    put(
        &sandbox,
        job,
        midnight - TimeDelta::hours(25),
        ExecutionState::Succeeded,
    )
    .await;
    let payload = json!({ "to": ["alice@example.com"] });
    let done = sandbox.run_once("report", &payload, "succeeded").await;
    assert_eq!(
        done["output"]["outcomes"],
        json!({ "dead": 1, "ran": 2 }),
        "{done}"
    );
    let path = format!("/v1/executions/{}/result", done["id"].as_str().unwrap());
    let (status, link) = sandbox.call("GET", &path, None).await;
    assert_eq!(status, 200, "{link}");
    let read = reqwest::get(link["url"].as_str().unwrap()).await.unwrap();
    let digest: serde_json::Value = serde_json::from_str(&read.text().await.unwrap()).unwrap();
    assert_eq!(digest["outcomes"], json!({ "dead": 1, "ran": 2 }));
    assert_eq!(digest["failures"][0]["execution"], failed.to_string());
    assert_eq!(digest["jobs"][0]["name"], "backup");
    let mails = mailbox.mails();
    assert_eq!(mails.len(), 1);
    let text = mails[0]["text"].as_str().unwrap();
    assert!(text.contains("backup: 1 dead, 2 ran"), "{text}");
}
