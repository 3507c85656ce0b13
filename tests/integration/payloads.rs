//! What stands in payloads for plain text, and what becomes of large results: from the request to the target and back.

use std::fs::File;
use std::process::Stdio;

use punctual_local::Function;
use punctual_tests::{Answer, Sandbox, Target, eventually};
use serde_json::{Value, json};

const TOKEN: &str = "tok-7f9b2c4d1e";

#[tokio::test]
async fn a_secret_reaches_its_target_and_neither_the_record_nor_the_log() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox
        .host(&[Function::Api, Function::Scanner, Function::Dlq])
        .await;
    sandbox.keep_secret("alice", "report", &format!("Bearer {TOKEN}\n"));
    let data_dir = sandbox.secrets_dir().parent().unwrap().to_owned();
    let log = data_dir.join("worker.log");
    let _worker = sandbox
        .command("worker")
        .arg("--data-dir")
        .arg(&data_dir)
        .env("RUST_LOG", "trace")
        .stdout(File::create(&log).unwrap())
        .stderr(Stdio::from(
            File::options().append(true).open(&log).unwrap(),
        ))
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let target = Target::start().await;
    target.answer(Answer::Echo);
    let mut job = Sandbox::once_in(4, &target.url("/echo"));
    job["payload"]["headers"] = json!({ "Authorization": { "secret": "report" } });
    let id = sandbox.create(job.clone()).await;

    let execution = sandbox.execution_in(&id, "succeeded").await;
    let call = target.calls("/echo").pop().unwrap();
    assert_eq!(call.header("authorization"), format!("Bearer {TOKEN}"));
    let echoed = execution["output"]["body"].as_str().unwrap();
    assert!(echoed.contains("[secret]"), "{echoed}");
    let (_, shown) = sandbox.call("GET", &format!("/v1/jobs/{id}"), None).await;
    assert_eq!(shown["payload"], job["payload"]);
    for seen in [execution.to_string(), shown.to_string()] {
        assert!(!seen.contains(TOKEN), "{seen}");
    }
    eventually("the worker has logged the end", || async {
        let text = std::fs::read_to_string(&log).unwrap();
        assert!(!text.contains(TOKEN), "{text}");
        text.contains("finished").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_secret_of_somebody_else_is_no_secret() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    sandbox.keep_secret("bob", "report", TOKEN);
    let target = Target::start().await;
    let mut job = Sandbox::once_in(2, &target.url("/never"));
    job["payload"]["headers"] = json!({ "Cookie": { "secret": "report" } });
    let id = sandbox.create(job).await;
    let failed = sandbox.execution_in(&id, "failed").await;
    assert_eq!(failed["reason"], "secret_missing");
    assert_eq!(failed["errors"][0]["detail"], "there is no secret report");
    assert_eq!(target.calls("/never").len(), 0);
}

#[tokio::test]
async fn placeholders_tell_a_target_what_it_is_called_for_and_what_came_of_it_last() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    let mut job = Sandbox::once_in(3_000, &target.url("/at/{{fire_time}}?no={{attempt}}"));
    job["name"] = json!("a \"quoted\" name");
    job["payload"]["headers"] = json!({ "X-Execution": "{{execution_id}}" });
    job["payload"]["body"] =
        json!({ "last": "{{last_result./status}}", "name": "of {{job_name}}" });
    let id = sandbox.create(job).await;
    let mut statuses = Vec::new();
    for run in 1..=2 {
        sandbox.run(&id).await;
        let executions = eventually("it has run", || async {
            let executions = sandbox.executions(&id).await;
            let succeeded = |one: &&Value| one["state"] == "succeeded";
            (executions.iter().filter(succeeded).count() == run).then_some(executions)
        })
        .await;
        let latest = &executions[0];
        let fire_time = latest["fire_time"].as_str().unwrap().replace(':', "%3A");
        let call = target.calls(&format!("/at/{fire_time}")).pop().unwrap();
        assert_eq!(call.header("x-execution"), latest["id"]);
        let body: Value = serde_json::from_str(&call.body).unwrap();
        assert_eq!(body["name"], "of a \"quoted\" name");
        statuses.push(body["last"].clone());
    }
    assert_eq!(statuses, [Value::Null, json!(200)]);
}

#[tokio::test]
async fn a_large_result_lies_behind_a_link() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    target.answer(Answer::Bytes(2_000));
    let job = sandbox
        .create(Sandbox::once_in(2, &target.url("/large")))
        .await;
    let execution = sandbox.execution_in(&job, "succeeded").await;
    assert_eq!(execution["output"]["body"].as_str().unwrap().len(), 600);
    assert_eq!(execution["truncated"], true);
    assert_eq!(execution["result"]["bytes"], 2_000);
    assert_eq!(execution["result"]["cut"], false);

    let path = format!(
        "/v1/executions/{}/result",
        execution["id"].as_str().unwrap()
    );
    let (status, link) = sandbox.call("GET", &path, None).await;
    assert_eq!(status, 200, "{link}");
    let read = reqwest::get(link["url"].as_str().unwrap()).await.unwrap();
    assert_eq!(read.status(), 200);
    assert_eq!(read.text().await.unwrap(), "x".repeat(2_000));
}

#[tokio::test]
async fn of_a_result_beyond_all_bounds_the_beginning_is_kept() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    target.answer(Answer::Bytes(6 << 20));
    let job = sandbox
        .create(Sandbox::once_in(2, &target.url("/vast")))
        .await;
    let execution = sandbox.execution_in(&job, "succeeded").await;
    assert_eq!(execution["result"]["bytes"], 5 << 20);
    assert_eq!(execution["result"]["cut"], true);
}
