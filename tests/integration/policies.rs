//! Single fire times left out, and jobs that pause themselves.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use punctual::domain::{Job, JobId, JobRequest, UserId, floor_second};
use punctual::edge::SystemClock;
use punctual::port::{Clock, Jobs};
use punctual_local::Function;
use punctual_tests::{Answer, Sandbox, Target, eventually};
use serde_json::json;

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[tokio::test]
async fn a_message_that_is_on_its_way_to_a_skipped_time_ends_as_skipped() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    let job = sandbox
        .create(Sandbox::once_in(5, &target.url("/skipped")))
        .await;
    let path = format!("/v1/jobs/{job}/skip");
    let (status, view) = sandbox.call("POST", &path, None).await;
    assert_eq!(status, 200, "{view}");
    assert_eq!(view["skips"], json!([view["schedule"]["at"]]));
    let skipped = sandbox.execution_in(&job, "skipped").await;
    assert_eq!(skipped["reason"], "skipped_by_user");
    assert!(target.calls("/skipped").is_empty());
}

#[tokio::test]
async fn a_skip_that_is_taken_back_sends_what_the_scanner_has_passed_over() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let now = SystemClock.now();
    let at = floor_second(now) + TimeDelta::seconds(8);
    let request: JobRequest = serde_json::from_value(json!({
        "name": "left out", "job_type": "echo",
        "schedule": { "kind": "once", "at": text(at) },
    }))
    .unwrap();
    let id = JobId::from_random(5);
    let job = request
        .into_job(id, UserId::new("alice").unwrap(), now)
        .unwrap();
    // As the scanner left it: neither a hint nor a message is there any more.
    let skips = [at].into();
    sandbox
        .ports
        .store
        .put_job(&Job { skips, ..job })
        .await
        .unwrap();
    let path = format!("/v1/jobs/{id}/unskip");
    let body = json!({ "fire_time": text(at) });
    let (status, view) = sandbox.call("POST", &path, Some(body)).await;
    assert_eq!((status, &view["skips"]), (200, &json!([])));
    let execution = sandbox.execution_in(&id.to_string(), "succeeded").await;
    assert_eq!(execution["fire_time"], text(at));
}

#[tokio::test]
async fn a_job_that_fails_too_often_in_a_row_pauses_itself() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    target.answer(Answer::Status(500));
    let job = sandbox
        .create(json!({
            "name": "failing",
            "job_type": "http",
            "payload": { "url": target.url("/failing") },
            "schedule": { "kind": "every", "seconds": 10 },
            "retry": { "max_retries": 0 },
            "pause_after_failures": 2,
        }))
        .await;
    let path = format!("/v1/jobs/{job}");
    let paused = eventually("the job is paused", || async {
        let (_, view) = sandbox.call("GET", &path, None).await;
        (view["status"] == "paused").then_some(view)
    })
    .await;
    assert_eq!(paused["pause"]["automatic"], true);
    assert!(target.calls("/failing").len() >= 2);
    let resume = format!("{path}/resume");
    let (_, resumed) = sandbox.call("POST", &resume, None).await;
    assert_eq!(
        (&resumed["status"], &resumed["pause"]),
        (&json!("active"), &json!(null))
    );
}
