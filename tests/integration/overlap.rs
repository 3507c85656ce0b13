//! Executions that take longer than the gap to the next one.

use std::time::Duration;

use chrono::{DateTime, FixedOffset};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use punctual_local::Function;
use punctual_tests::{Answer, Sandbox, Target, eventually};
use serde_json::{Value, json};

/// Every ten seconds a call that takes thirteen.
async fn slow_job(sandbox: &Sandbox, target: &Target, overlap: &str) -> String {
    target.answer(Answer::After(Duration::from_secs(13)));
    sandbox
        .create(json!({
            "name": "slow",
            "job_type": "http",
            "payload": { "url": target.url("/slow") },
            "schedule": { "kind": "every", "seconds": 10 },
            "retry": { "max_retries": 0 },
            "overlap": overlap,
        }))
        .await
}

async fn once_succeeded(sandbox: &Sandbox, job: &str, count: usize) -> Vec<Value> {
    eventually(&format!("{count} have succeeded"), || async {
        let executions = sandbox.executions(job).await;
        let done = executions.iter().filter(|one| one["state"] == "succeeded");
        (done.count() >= count).then_some(executions)
    })
    .await
}

fn instant(execution: &Value, field: &str) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(execution[field].as_str()?).ok()
}

/// Start and end of each run that has ended, in the order of their starts.
fn runs(executions: &[Value]) -> Vec<(DateTime<FixedOffset>, DateTime<FixedOffset>)> {
    let ended = executions.iter().filter(|one| one["state"] == "succeeded");
    let mut runs: Vec<_> = ended
        .filter_map(|one| instant(one, "started_at").zip(instant(one, "finished_at")))
        .collect();
    runs.sort();
    runs
}

fn overlapping(executions: &[Value]) -> bool {
    runs(executions)
        .windows(2)
        .any(|pair| pair[1].0 < pair[0].1)
}

#[tokio::test]
async fn what_is_due_while_an_earlier_one_runs_is_skipped_and_says_why() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    let job = slow_job(&sandbox, &target, "skip").await;
    let executions = once_succeeded(&sandbox, &job, 2).await;
    assert!(!overlapping(&executions), "{executions:?}");
    let skipped = executions.iter().find(|one| one["state"] == "skipped");
    assert_eq!(skipped.unwrap()["reason"], "overlap");
}

#[tokio::test]
async fn what_is_due_while_an_earlier_one_runs_waits_for_its_end() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    let job = slow_job(&sandbox, &target, "queue").await;
    let executions = once_succeeded(&sandbox, &job, 3).await;
    assert!(!overlapping(&executions), "{executions:?}");
    let waited = executions.iter().any(|one| {
        one["state"] == "succeeded" && one["lateness_ms"].as_i64().unwrap_or(0) >= 2_000
    });
    assert!(waited, "{executions:?}");
}

#[tokio::test]
async fn executions_that_may_overlap_run_beside_each_other() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    let job = slow_job(&sandbox, &target, "allow").await;
    let executions = once_succeeded(&sandbox, &job, 2).await;
    assert!(overlapping(&executions), "{executions:?}");
}

#[tokio::test]
async fn a_worker_that_is_killed_does_not_block_its_job() {
    let mut sandbox = Sandbox::new().await;
    let _rest = sandbox
        .host(&[Function::Api, Function::Scanner, Function::Dlq])
        .await;
    let target = Target::start().await;
    target.answer(Answer::After(Duration::from_mins(1)));
    let mut worker = sandbox.spawn("worker");
    let job = sandbox
        .create(json!({
            "name": "killed",
            "job_type": "http",
            "payload": { "url": target.url("/killed") },
            "schedule": { "kind": "every", "seconds": 10 },
            "timeout_seconds": 4,
        }))
        .await;
    eventually("the worker has called", || async {
        (!target.calls("/killed").is_empty()).then_some(())
    })
    .await;
    let pid = worker.id().and_then(|pid| i32::try_from(pid).ok()).unwrap();
    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
    worker.wait().await.unwrap();
    target.answer(Answer::Status(200));
    let _heir = sandbox.spawn("worker");
    let executions = once_succeeded(&sandbox, &job, 3).await;
    let taken_over = executions.iter().find(|one| one["attempt"] == 2);
    assert_eq!(taken_over.unwrap()["state"], "succeeded");
    assert!(!overlapping(&executions), "{executions:?}");
}
