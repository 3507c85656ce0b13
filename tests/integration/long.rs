//! Attempts that outlast their lease, by the queue that long ones have: a sign of life keeps them, a crash is missed soon,
//! and a wish to cancel reaches them.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use punctual::domain::{
    DispatchMessage, ExecutionId, JobId, JobRequest, Lane, Occasion, Perimeter, Queue,
    TimeoutSeconds, UserId,
};
use punctual::edge::SystemClock;
use punctual::jobtype::{Doors, Registry};
use punctual::outbound::Outbound;
use punctual::plan::{Delivery, Pulse};
use punctual::port::{Clock, Executions, Jobs};
use punctual::usecase::{Gate, Via, What, perform};
use punctual_local::Function;
use punctual_tests::{Answer, Sandbox, Target, eventually};
use serde_json::{Value, json};
use tokio::process::Child;

/// Ten times as fast as it is deployed.
const FAST: Pulse = Pulse(TimeDelta::seconds(2));

/// Calls `url` once, soon, and may take minutes.
fn long_job(url: &str) -> Value {
    let mut job = Sandbox::once_in(2, url);
    job["timeout_seconds"] = json!(600);
    job["retry"] = json!({ "max_retries": 2, "backoff_seconds": 1 });
    job
}

fn sigkill(child: &Child) {
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
    kill(Pid::from_raw(pid.expect("it runs")), Signal::SIGKILL).expect("it can be killed");
}

async fn beaten() -> Sandbox {
    let mut sandbox = Sandbox::new().await;
    sandbox.pulse = FAST;
    sandbox
}

#[tokio::test]
async fn an_attempt_that_outlasts_its_lease_is_nobody_elses_as_long_as_its_worker_lives() {
    let mut sandbox = beaten().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    target.answer(Answer::After(Duration::from_secs(20)));
    let job = sandbox.create(long_job(&target.url("/long"))).await;
    let done = sandbox.execution_in(&job, "succeeded").await;
    assert_eq!(done["attempt"], 1, "{done}");
    assert!(done["duration_ms"].as_i64().unwrap() > 3 * FAST.lease().num_milliseconds());
    assert_eq!(target.calls("/long").len(), 1);
}

#[tokio::test]
async fn a_long_attempt_of_a_worker_that_is_killed_is_taken_over_once_its_lease_is_over() {
    let mut sandbox = beaten().await;
    let _rest = sandbox
        .host(&[Function::Api, Function::Scanner, Function::Dlq])
        .await;
    let target = Target::start().await;
    target.answer(Answer::After(Duration::from_mins(10)));
    let mut worker = sandbox.spawn("worker");
    let job = sandbox.create(long_job(&target.url("/killed"))).await;
    eventually("the worker has called", || async {
        (!target.calls("/killed").is_empty()).then_some(())
    })
    .await;
    // Longer than a lease: the killed one had shown that it lived.
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(target.calls("/killed").len(), 1);
    sigkill(&worker);
    worker.wait().await.unwrap();

    target.answer(Answer::Status(200));
    // The queue of long attempts hides what it hands over for fifteen minutes, the test waits for less than three: the
    // message is here because its worker said when it was to come back.
    let _heir = sandbox.spawn("worker");
    let done = sandbox.execution_in(&job, "succeeded").await;
    assert_eq!(done["attempt"], 2);
    assert_eq!(done["errors"][0]["reason"], "worker_lost", "{done}");
    assert_eq!(target.calls("/killed").len(), 2);
}

#[tokio::test]
async fn a_long_attempt_is_told_that_its_user_cancels_it() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    target.answer(Answer::After(Duration::from_mins(10)));
    let job = sandbox.create(long_job(&target.url("/canceled"))).await;
    let running = sandbox.execution_in(&job, "running").await;
    let path = format!("/v1/executions/{}/cancel", running["id"].as_str().unwrap());
    let asked_at = SystemClock.now();
    let (status, told) = sandbox.call("POST", &path, None).await;
    assert_eq!((status, &told["state"]), (202, &json!("running")), "{told}");
    assert_eq!(told["cancel_requested"], true);
    let canceled = sandbox.execution_in(&job, "canceled").await;
    assert_eq!(canceled["reason"], "canceled_by_user");
    // An order of magnitude: by itself it would have gone on for ten minutes.
    let finished_at: DateTime<Utc> = canceled["finished_at"].as_str().unwrap().parse().unwrap();
    assert!(
        finished_at - asked_at < TimeDelta::seconds(20),
        "asked at {asked_at}: {canceled}"
    );
    assert_eq!(target.calls("/canceled").len(), 1);
}

#[tokio::test]
async fn a_long_attempt_ends_when_its_time_is_over() {
    let mut sandbox = beaten().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    target.answer(Answer::After(Duration::from_mins(10)));
    let mut job = long_job(&target.url("/slow"));
    job["timeout_seconds"] = json!(91);
    job["retry"] = json!({ "max_retries": 0 });
    let job = sandbox.create(job).await;
    let dead = sandbox.execution_in(&job, "dead").await;
    assert_eq!(dead["reason"], "timed_out");
    assert_eq!(dead["errors"][0]["detail"], "operation timed out");
}

#[tokio::test]
async fn a_message_of_a_long_attempt_that_came_by_its_bands_queue_goes_on_by_the_other() {
    let sandbox = Sandbox::new().await;
    let ports = &sandbox.ports;
    let now = SystemClock.now();
    let mut request = long_job("http://127.0.0.1:9/");
    request["schedule"] = json!({ "kind": "cron", "expression": "0 0 1 1 *" });
    let request: JobRequest = serde_json::from_value(request).unwrap();
    let user = UserId::new("alice").unwrap();
    let job = request.into_job(JobId::from_random(7), user, now).unwrap();
    ports.store.put_job(&job).await.unwrap();
    let id = ExecutionId {
        job: job.id,
        occasion: Occasion::manual(now, 7),
    };
    // As a sender would send it that knows the job from before it was given so much time.
    let delivery = Delivery {
        message: DispatchMessage::new(id, 1, TimeoutSeconds::default()),
        sent_at: now,
        receive_count: 1,
        pulse: None,
    };
    let via = Via {
        lane: Lane::Band(job.priority.band()),
        receipt: "",
    };
    let outbound = Outbound::within(Perimeter::public()).unwrap();
    let registry = Registry::standard(Doors::closed(outbound));
    let gate = Gate::default();
    let performed = perform(ports, &registry, &gate, &via, &delivery);
    assert_eq!(performed.await.unwrap().what, What::Queued);
    assert_eq!(ports.store.execution(id).await.unwrap(), None);

    let url = ports.queues.url(Queue::Work(Lane::Long));
    let body = eventually("the message has come by the other queue", || async {
        let received = sandbox.clients.sqs.receive_message().queue_url(&url);
        let received = received.send().await.unwrap();
        received.messages().first()?.body().map(ToOwned::to_owned)
    })
    .await;
    let sent = DispatchMessage::decode(&body).unwrap();
    assert_eq!((sent.execution_id(), sent.attempt), (id, 1));
    assert_eq!(sent.timeout_seconds, job.timeout_seconds);
}
