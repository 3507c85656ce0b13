//! Processes that really die, messages that really come twice, and more than one of everything.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use punctual::domain::{
    Band, DispatchMessage, ExecutionId, JobId, JobRequest, Minute, TimeoutSeconds, UserId,
    floor_second,
};
use punctual::edge::SystemClock;
use punctual::port::{
    Clock, Hint, HintKind, Hints, Jobs, OutgoingMessage, Queues, ScanProgress, SendAt,
};
use punctual_local::Function;
use punctual_tests::{Answer, Sandbox, Target, eventually};
use serde_json::json;
use tokio::process::Child;

fn sigkill(child: &Child) {
    let pid = child
        .id()
        .and_then(|pid| i32::try_from(pid).ok())
        .expect("it runs");
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("it can be killed");
}

#[tokio::test]
async fn a_worker_that_is_killed_in_mid_job_is_taken_over_under_the_same_record() {
    let mut sandbox = Sandbox::new().await;
    let _rest = sandbox
        .host(&[Function::Api, Function::Scanner, Function::Dlq])
        .await;
    let target = Target::start().await;
    target.answer(Answer::After(Duration::from_mins(1)));
    let mut job = Sandbox::once_in(4, &target.url("/killed"));
    job["timeout_seconds"] = json!(2);
    let mut worker = sandbox.spawn("worker");
    let job = sandbox.create(job).await;
    eventually("the worker has called", || async {
        (!target.calls("/killed").is_empty()).then_some(())
    })
    .await;
    sigkill(&worker);
    worker.wait().await.unwrap();
    assert_eq!(sandbox.executions(&job).await[0]["state"], "running");

    target.answer(Answer::Status(200));
    let _heir = sandbox.spawn("worker");
    let done = sandbox.execution_in(&job, "succeeded").await;
    assert_eq!(done["attempt"], 2);
    assert_eq!(sandbox.executions(&job).await.len(), 1);
    let calls = target.calls("/killed");
    assert_eq!(calls.len(), 2);
    assert_eq!(
        calls[0].header("idempotency-key"),
        calls[1].header("idempotency-key")
    );
}

#[tokio::test]
async fn a_message_that_comes_five_times_is_carried_out_once() {
    let mut sandbox = Sandbox::new().await;
    let _rest = sandbox.host(&[Function::Api]).await;
    let target = Target::start().await;
    let job = sandbox
        .create(Sandbox::once_in(3, &target.url("/twice")))
        .await;
    let (_, view) = sandbox.call("GET", &format!("/v1/jobs/{job}"), None).await;
    let at: DateTime<Utc> = view["schedule"]["at"].as_str().unwrap().parse().unwrap();
    let id = ExecutionId::scheduled(job.parse().unwrap(), at);
    let copy = OutgoingMessage {
        user: None,
        lane: Band::Normal.into(),
        send_at: SendAt::Before(at),
        message: DispatchMessage::new(id, 1, TimeoutSeconds::default()),
    };
    sandbox.ports.queues.send(&vec![copy; 4]).await.unwrap();
    let (_one, _other) = (sandbox.spawn("worker"), sandbox.spawn("worker"));
    let done = sandbox.execution_in(&job, "succeeded").await;
    assert_eq!(done["attempt"], 1);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(target.calls("/twice").len(), 1);
}

/// `count` one-time jobs a few seconds ahead, stored with their hints and no messages: the scanner's to dispatch.
async fn hinted_jobs(sandbox: &Sandbox, count: u128, url: &str) -> Vec<JobId> {
    let now = SystemClock.now();
    let at = floor_second(now) + TimeDelta::seconds(12);
    sandbox.ports.store.begin_at(Minute::of(now)).await.unwrap();
    let user = UserId::new("alice").unwrap();
    let mut ids = Vec::new();
    let mut hints = Vec::new();
    for number in 0..count {
        let request: JobRequest = serde_json::from_value(json!({
            "name": format!("hinted {number}"),
            "job_type": "http",
            "payload": { "url": url },
            "schedule": { "kind": "once", "at": at.to_rfc3339() },
        }))
        .unwrap();
        // Spread over the shards by their first bytes.
        let id = JobId::from_random((number * 0x9E37_79B9) << 96 | number);
        let job = request.into_job(id, user.clone(), now).unwrap();
        sandbox.ports.store.put_job(&job).await.unwrap();
        hints.push(Hint {
            at,
            job: id,
            kind: HintKind::Fire,
        });
        ids.push(id);
    }
    sandbox.ports.store.put_hints(&hints).await.unwrap();
    ids
}

async fn each_ran_once(sandbox: &Sandbox, jobs: &[JobId], target: &Target, path: &str) {
    eventually("every job has run", || async {
        (target.calls(path).len() >= jobs.len()).then_some(())
    })
    .await;
    for job in jobs {
        sandbox.execution_in(&job.to_string(), "succeeded").await;
        assert_eq!(sandbox.executions(&job.to_string()).await.len(), 1);
    }
    let mut keys: Vec<_> = target
        .calls(path)
        .iter()
        .map(|call| call.header("idempotency-key").to_owned())
        .collect();
    keys.sort();
    keys.dedup();
    assert_eq!(
        (keys.len(), target.calls(path).len()),
        (jobs.len(), jobs.len())
    );
}

#[tokio::test]
async fn scanners_that_are_killed_at_their_work_lose_nothing() {
    let mut sandbox = Sandbox::new().await;
    let _rest = sandbox.host(&[Function::Api, Function::Worker]).await;
    let target = Target::start().await;
    let jobs = hinted_jobs(&sandbox, 60, &target.url("/scanned")).await;
    // Each is killed a little later in its first tick than the one before.
    for milliseconds in [40, 80, 120, 160, 220] {
        let mut scanner = sandbox.spawn("scanner");
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        sigkill(&scanner);
        scanner.wait().await.unwrap();
    }
    let _survivor = sandbox.spawn("scanner");
    each_ran_once(&sandbox, &jobs, &target, "/scanned").await;
}

#[tokio::test]
async fn two_scanners_and_two_workers_run_every_job_once() {
    let mut sandbox = Sandbox::new().await;
    let _api = sandbox.host(&[Function::Api]).await;
    let target = Target::start().await;
    let jobs = hinted_jobs(&sandbox, 60, &target.url("/pairs")).await;
    let _scanners = (sandbox.spawn("scanner"), sandbox.spawn("scanner"));
    let _workers = (sandbox.spawn("worker"), sandbox.spawn("worker"));
    each_ran_once(&sandbox, &jobs, &target, "/pairs").await;
}
