//! Work that is done elsewhere, by the example of the documentation: a real process of another language, over real HTTP.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use punctual::domain;
use punctual::edge::SystemClock;
use punctual::port::Clock;
use punctual_local::{Function, System};
use punctual_tests::{Sandbox, eventually};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

/// The shortest there is.
const HEARTBEAT_SECONDS: u32 = 10;

/// Runs at once, by the example: `images` of a tenth of a second each.
fn resizing(images: u32) -> Value {
    let at = Sandbox::once_in(2, "http://nobody.invalid/")["schedule"].clone();
    json!({
        "name": "thumbnails", "job_type": "pull", "schedule": at, "timeout_seconds": 600,
        "payload": {
            "work": "resize-images", "input": { "images": images },
            "heartbeat_seconds": HEARTBEAT_SECONDS,
        },
        "retry": { "backoff_seconds": 1 },
    })
}

/// The example, in a process of its own that ends with the test.
fn example(sandbox: &Sandbox, system: &System) -> Child {
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/docs/examples/pull_worker.py");
    let token = sandbox.token("alice", domain::Role::User);
    let api = system.api_address().expect("the API is hosted");
    Command::new("python3")
        .arg(script)
        .env("PUNCTUAL_API", format!("http://{api}"))
        .env("PUNCTUAL_TOKEN", token.trim_start_matches("Bearer "))
        .kill_on_drop(true)
        .spawn()
        .expect("python3")
}

fn signal(child: &Child, signal: Signal) {
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
    kill(Pid::from_raw(pid.expect("it runs")), signal).expect("it can be told");
}

/// A worker of the test's own, which never says that it is alive.
async fn register(sandbox: &Sandbox) -> String {
    let worker = json!({ "name": "silent", "works": ["resize-images"] });
    let (status, worker) = sandbox.call("POST", "/v1/workers", Some(worker)).await;
    assert_eq!(status, 201, "{worker}");
    worker["id"].as_str().unwrap().to_owned()
}

async fn take(sandbox: &Sandbox, worker: &str) -> Value {
    eventually("something is offered", || async {
        let path = format!("/v1/workers/{worker}/poll");
        let wait = json!({ "wait_seconds": 5 });
        let (status, taken) = sandbox.call("POST", &path, Some(wait)).await;
        assert_eq!(status, 200, "{taken}");
        taken["executions"].get(0).cloned()
    })
    .await
}

async fn started(sandbox: &Sandbox, job: &str) -> Value {
    eventually("a worker has told of its progress", || async {
        let found = sandbox.executions(job).await.into_iter().next()?;
        found["progress"].is_object().then_some(found)
    })
    .await
}

#[tokio::test]
async fn the_example_of_the_documentation_does_its_work_and_stops_when_told() {
    let mut sandbox = Sandbox::new().await;
    let system = sandbox.host(&Function::ALL).await;
    let mut example = example(&sandbox, &system);
    let job = sandbox.create(resizing(3)).await;
    let done = sandbox.execution_in(&job, "succeeded").await;
    assert_eq!(done["output"], json!({ "resized": 3 }));
    assert_eq!(done["attempt"], 1);
    assert_eq!(done["errors"], json!([]));
    assert!(done["offer"]["worker_id"].is_string());
    signal(&example, Signal::SIGTERM);
    // It waits in a poll, which more work ends at once; that, it gives back.
    let more = sandbox.create(resizing(600)).await;
    let ended = tokio::time::timeout(Duration::from_mins(1), example.wait()).await;
    assert!(ended.expect("it ends").unwrap().success());
    let given_back = sandbox.executions(&more).await;
    assert_ne!(
        given_back.first().map(|found| &found["state"]),
        Some(&json!("running"))
    );
}

#[tokio::test]
async fn a_worker_that_is_killed_in_mid_work_is_taken_over_by_another() {
    let mut sandbox = Sandbox::new().await;
    let system = sandbox.host(&Function::ALL).await;
    let mut victim = example(&sandbox, &system);
    let job = sandbox.create(resizing(60)).await;
    started(&sandbox, &job).await;
    signal(&victim, Signal::SIGKILL);
    victim.wait().await.unwrap();
    assert_eq!(sandbox.executions(&job).await[0]["state"], "running");

    let _heir = example(&sandbox, &system);
    let done = sandbox.execution_in(&job, "succeeded").await;
    assert_eq!(done["attempt"], 2);
    assert_eq!(done["errors"][0]["reason"], "worker_lost");
}

#[tokio::test]
async fn a_worker_that_fell_silent_finds_its_token_stale() {
    let mut sandbox = Sandbox::new().await;
    let system = sandbox.host(&Function::ALL).await;
    let silent = register(&sandbox).await;
    let job = sandbox.create(resizing(3)).await;
    let taken = take(&sandbox, &silent).await;
    let _heir = example(&sandbox, &system);
    let done = sandbox.execution_in(&job, "succeeded").await;
    assert_eq!(done["attempt"], 2);

    let path = format!("/v1/executions/{}", taken["execution"].as_str().unwrap());
    let mine = json!({ "claim_token": taken["claim_token"] });
    for verb in ["heartbeat", "complete"] {
        let path = format!("{path}/{verb}");
        let (status, _) = sandbox.call("POST", &path, Some(mine.clone())).await;
        assert_eq!(status, 409, "{verb}");
    }
    let (_, after) = sandbox.call("GET", &path, None).await;
    assert_eq!(after, done);
}

#[tokio::test]
async fn what_a_worker_reports_beyond_what_the_record_has_room_for_lies_beside_it() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let worker = register(&sandbox).await;
    let job = sandbox.create(resizing(1)).await;
    let taken = take(&sandbox, &worker).await;
    let output = json!({ "files": vec!["a.png"; 400] });
    let path = format!(
        "/v1/executions/{}/complete",
        taken["execution"].as_str().unwrap()
    );
    let report = json!({ "claim_token": taken["claim_token"], "output": output });
    // Sent again, as after a lost answer, it changes nothing.
    for _ in 0..2 {
        let (status, body) = sandbox.call("POST", &path, Some(report.clone())).await;
        assert_eq!(status, 200, "{body}");
    }
    let done = sandbox.execution_in(&job, "succeeded").await;
    assert_eq!(done["truncated"], true, "{done}");
    let whole = sandbox.result_of(&done).await;
    let whole: Value = serde_json::from_slice(&whole).unwrap();
    assert_eq!(whole, output);
}

#[tokio::test]
async fn a_cancel_reaches_the_worker_that_holds_the_execution() {
    let mut sandbox = Sandbox::new().await;
    let system = sandbox.host(&Function::ALL).await;
    let _example = example(&sandbox, &system);
    let job = sandbox.create(resizing(6_000)).await;
    let running = started(&sandbox, &job).await;
    let path = format!("/v1/executions/{}/cancel", running["id"].as_str().unwrap());
    let asked_at = SystemClock.now();
    let (status, told) = sandbox.call("POST", &path, None).await;
    assert_eq!((status, &told["cancel_requested"]), (202, &json!(true)));
    let canceled = sandbox.execution_in(&job, "canceled").await;
    assert_eq!(canceled["reason"], "canceled_by_user");
    // An order of magnitude: by itself it would have gone on for ten minutes.
    let finished_at: DateTime<Utc> = canceled["finished_at"].as_str().unwrap().parse().unwrap();
    assert!(
        finished_at - asked_at < TimeDelta::seconds(20),
        "asked at {asked_at}: {canceled}"
    );
    assert_eq!(canceled["attempt"], 1);
}

#[tokio::test]
async fn an_offer_that_nobody_takes_ends_dead_for_want_of_a_worker() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let mut job = resizing(1);
    // The shortest: the offer stands for a minute behind the fire time.
    job["misfire"] = json!({ "policy": "fire_all", "catch_up_window_seconds": 60 });
    let job = sandbox.create(job).await;
    sandbox.execution_in(&job, "offered").await;
    let dead = sandbox.execution_in(&job, "dead").await;
    assert_eq!(
        (&dead["reason"], &dead["attempt"]),
        (&json!("no_worker"), &json!(0))
    );
}
