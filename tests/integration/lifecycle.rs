//! From a request to its record.

use chrono::DateTime;
use punctual::domain;
use punctual_local::Function;
use punctual_tests::{Sandbox, Target, eventually};
use serde_json::{Value, json};

#[tokio::test]
async fn a_one_time_job_fires_at_its_second_and_leaves_one_record() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    let job = sandbox
        .create(Sandbox::once_in(4, &target.url("/hook")))
        .await;

    let execution = sandbox.execution_in(&job, "succeeded").await;
    let (_, view) = sandbox.call("GET", &format!("/v1/jobs/{job}"), None).await;
    assert_eq!(execution["fire_time"], view["schedule"]["at"]);
    assert!(
        execution["lateness_ms"].as_i64().unwrap() >= 0,
        "never early: {execution}"
    );
    assert_eq!(execution["attempt"], 1);
    assert_eq!(execution["output"]["status"], 200);
    assert_eq!(execution["output"]["body"], "answered");

    let calls = target.calls("/hook");
    assert_eq!(calls.len(), 1);
    assert_eq!(
        calls[0].header("idempotency-key"),
        execution["id"].as_str().unwrap()
    );
    let fire_time = DateTime::parse_from_rfc3339(calls[0].header("punctual-fire-time")).unwrap();
    assert_eq!(
        Ok(fire_time),
        DateTime::parse_from_rfc3339(execution["fire_time"].as_str().unwrap())
    );

    eventually("the job is completed", || async {
        let (_, view) = sandbox.call("GET", &format!("/v1/jobs/{job}"), None).await;
        (view["status"] == "completed").then_some(())
    })
    .await;
    assert_eq!(sandbox.executions(&job).await.len(), 1);
}

#[tokio::test]
async fn a_recurring_job_fires_at_each_of_its_instants() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let job = sandbox
        .create(json!({
            "name": "every ten seconds",
            "job_type": "echo",
            "payload": { "n": 1 },
            "schedule": { "kind": "every", "seconds": 10 },
        }))
        .await;
    let executions = eventually("it has fired three times", || async {
        let executions = sandbox.executions(&job).await;
        let done = executions.iter().filter(|one| one["state"] == "succeeded");
        (done.count() >= 3).then_some(executions)
    })
    .await;
    let mut fire_times: Vec<_> = executions.iter().map(fire_time).collect();
    fire_times.sort();
    for pair in fire_times.windows(2) {
        assert_eq!((pair[1] - pair[0]).num_seconds(), 10);
    }
}

fn fire_time(execution: &Value) -> DateTime<chrono::FixedOffset> {
    DateTime::parse_from_rfc3339(execution["fire_time"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn running_now_leaves_a_record_and_a_replay_finds_the_same_one() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    let job = sandbox
        .create(Sandbox::once_in(3_600, &target.url("/now")))
        .await;

    let run = format!("/v1/jobs/{job}/run");
    let key = [("idempotency-key", "again")];
    let (status, first) = sandbox.call_with("POST", &run, None, &key).await;
    assert_eq!(status, 202, "{first}");
    let (_, second) = sandbox.call_with("POST", &run, None, &key).await;
    assert_eq!(first["execution_id"], second["execution_id"]);

    let execution = sandbox.execution_in(&job, "succeeded").await;
    assert_eq!(execution["id"], first["execution_id"]);
    assert_eq!(execution["trigger"], "run_now");
    let (_, other) = sandbox.call("POST", &run, None).await;
    assert_ne!(other["execution_id"], first["execution_id"]);
    eventually("the second run has called", || async {
        (target.calls("/now").len() == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_create_that_is_sent_twice_makes_one_job() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&[Function::Api]).await;
    let job = json!({
        "name": "once only",
        "job_type": "echo",
        "schedule": { "kind": "every", "seconds": 60 },
    });
    let key = [("idempotency-key", "k-1")];
    let (status, first) = sandbox
        .call_with("POST", "/v1/jobs", Some(job.clone()), &key)
        .await;
    assert_eq!(status, 201, "{first}");
    let (status, second) = sandbox
        .call_with("POST", "/v1/jobs", Some(job.clone()), &key)
        .await;
    assert_eq!((status, &second["id"]), (200, &first["id"]));

    let mut other = job;
    other["name"] = json!("another");
    let (status, problem) = sandbox
        .call_with("POST", "/v1/jobs", Some(other), &key)
        .await;
    assert_eq!(status, 422, "{problem}");
    let (_, list) = sandbox.call("GET", "/v1/jobs", None).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn another_users_job_cannot_be_told_from_a_missing_one() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&[Function::Api]).await;
    let job = sandbox
        .create(Sandbox::once_in(3_600, "http://127.0.0.1:9/"))
        .await;
    let token = sandbox.token("bob", domain::Role::User);
    let bob = [("authorization", token.as_str())];
    let missing = "00000000-0000-4000-8000-000000000000";
    for (method, suffix) in [
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/run"),
        ("POST", "/pause"),
        ("GET", "/executions"),
    ] {
        let theirs = sandbox
            .call_with(method, &format!("/v1/jobs/{job}{suffix}"), None, &bob)
            .await;
        let nobodys = sandbox
            .call_with(method, &format!("/v1/jobs/{missing}{suffix}"), None, &bob)
            .await;
        assert_eq!(theirs.0, 404, "{method} {suffix}");
        assert_eq!(theirs, nobodys, "{method} {suffix}");
    }
    let (status, _) = sandbox.call("GET", &format!("/v1/jobs/{job}"), None).await;
    assert_eq!(status, 200, "its owner still has it");
}

#[tokio::test]
async fn the_briefs_own_routes_reach_the_same_jobs() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&[Function::Api]).await;
    let create = json!({
        "job_name": "report",
        "job_schedule_type": "RECCURING",
        "job_schedule": { "hour": 9, "minute": 30, "days_of_week": ["MON", "FRI"] },
        "job_type": "echo",
    });
    let (status, made) = sandbox.call("POST", "/job/create", Some(create)).await;
    assert_eq!(status, 201, "{made}");
    let job = made["job_id"].as_str().unwrap();
    let (_, view) = sandbox.call("GET", &format!("/v1/jobs/{job}"), None).await;
    assert_eq!(view["schedule"]["kind"], "cron", "{view}");
    let (_, list) = sandbox
        .call("GET", "/job?status=active&job_type=echo", None)
        .await;
    assert!(list.to_string().contains(job), "{list}");
    let (status, _) = sandbox.call("DELETE", &format!("/job/{job}"), None).await;
    assert!((200..300).contains(&status));
    let (_, view) = sandbox.call("GET", &format!("/v1/jobs/{job}"), None).await;
    assert_eq!(view["status"], "canceled");
}
