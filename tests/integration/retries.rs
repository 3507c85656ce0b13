//! Failures, and what is made of them.

use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName};
use punctual::domain::{Band, Queue};
use punctual::port::Queues;
use punctual_local::Function;
use punctual_tests::{Answer, Sandbox, Target, eventually};
use serde_json::json;

#[tokio::test]
async fn a_failing_job_is_retried_then_dead_then_told_of() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    target.answer(Answer::Status(503));
    let webhook = Target::start().await;
    let mut job = Sandbox::once_in(2, &target.url("/down"));
    job["retry"] = json!({ "max_retries": 1, "backoff_seconds": 1 });
    job["notify"] = json!({ "webhook_url": webhook.url("/told"), "on": ["dead"] });
    let job = sandbox.create(job).await;

    let dead = sandbox.execution_in(&job, "dead").await;
    assert_eq!(dead["attempt"], 2);
    assert_eq!(dead["reason"], "attempt_failed");
    assert_eq!(dead["errors"].as_array().unwrap().len(), 2);
    assert_eq!(dead["output"]["status"], 503);
    let calls = target.calls("/down");
    assert_eq!(calls.len(), 2);
    assert_eq!(
        calls[0].header("idempotency-key"),
        calls[1].header("idempotency-key")
    );
    assert_eq!(calls[1].header("punctual-attempt"), "2");

    let told = eventually("the owner is told", || async {
        webhook.calls("/told").pop()
    })
    .await;
    let body: serde_json::Value = serde_json::from_str(&told.body).unwrap();
    assert_eq!(body["event"], "dead");
    assert_eq!(body["execution"]["id"], dead["id"]);
}

#[tokio::test]
async fn a_target_that_recovers_ends_the_retries() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    target.answer(Answer::Status(500));
    let mut job = Sandbox::once_in(2, &target.url("/flaky"));
    job["retry"] = json!({ "max_retries": 5, "backoff_seconds": 2 });
    let job = sandbox.create(job).await;
    sandbox.execution_in(&job, "retry_wait").await;
    target.answer(Answer::Status(200));
    let done = sandbox.execution_in(&job, "succeeded").await;
    assert_eq!(done["attempt"], target.calls("/flaky").len());
}

#[tokio::test]
async fn a_rejected_request_is_not_tried_again() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    target.answer(Answer::Status(404));
    let job = sandbox
        .create(Sandbox::once_in(2, &target.url("/gone")))
        .await;
    let failed = sandbox.execution_in(&job, "failed").await;
    assert_eq!(failed["reason"], "rejected");
    assert_eq!(target.calls("/gone").len(), 1);
}

#[tokio::test]
async fn an_attempt_that_runs_past_its_timeout_has_failed() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&Function::ALL).await;
    let target = Target::start().await;
    target.answer(Answer::After(std::time::Duration::from_secs(30)));
    let mut job = Sandbox::once_in(2, &target.url("/slow"));
    job["timeout_seconds"] = json!(1);
    job["retry"] = json!({ "max_retries": 0 });
    let job = sandbox.create(job).await;
    let dead = sandbox.execution_in(&job, "dead").await;
    assert_eq!(dead["reason"], "timed_out");
}

#[tokio::test]
async fn a_message_that_nothing_can_read_is_kept_for_a_person_and_handed_over_no_more() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&[Function::Worker, Function::Dlq]).await;
    let url = sandbox.ports.queues.url(Queue::Work(Band::Normal.into()));
    for body in ["garbage", r#"{"v":0}"#] {
        sandbox
            .clients
            .sqs
            .send_message()
            .queue_url(&url)
            .message_body(body)
            .send()
            .await
            .unwrap();
    }
    eventually("both are kept", || async {
        let kept = sandbox
            .clients
            .dynamodb
            .query()
            .table_name(format!("{}-control", sandbox.namespace))
            .key_condition_expression("pk = :unreadable")
            .expression_attribute_values(
                ":unreadable",
                aws_sdk_dynamodb::types::AttributeValue::S("UNREADABLE".into()),
            )
            .send()
            .await
            .unwrap();
        let bodies: Vec<_> = kept
            .items()
            .iter()
            .filter_map(|item| item["body"].as_s().ok())
            .cloned()
            .collect();
        (bodies.contains(&"garbage".to_owned()) && bodies.contains(&r#"{"v":0}"#.to_owned()))
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_message_of_a_later_version_stays_in_its_queue_for_a_worker_that_can_read_it() {
    let mut sandbox = Sandbox::new().await;
    let url = sandbox.ports.queues.url(Queue::Work(Band::Normal.into()));
    let sqs = sandbox.clients.sqs.clone();
    let body = r#"{"v":99,"of":"a later version"}"#;
    let sent = sqs.send_message().queue_url(&url).message_body(body);
    sent.send().await.unwrap();
    let worker = sandbox.host(&[Function::Worker]).await;
    eventually("the worker has taken it", || async {
        let count = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
        let asked = sqs.get_queue_attributes().queue_url(&url);
        let answer = asked.attribute_names(count.clone()).send().await.unwrap();
        (answer.attributes()?.get(&count)? == "1").then_some(())
    })
    .await;
    worker.stop().await;
    let back = eventually("it is back", || async {
        let count = MessageSystemAttributeName::ApproximateReceiveCount;
        let asked = sqs.receive_message().queue_url(&url);
        let answer = asked.message_system_attribute_names(count).send().await;
        answer.unwrap().messages().first().cloned()
    })
    .await;
    assert_eq!(back.body(), Some(body));
    let counts = back.attributes().unwrap();
    let received: u32 = counts[&MessageSystemAttributeName::ApproximateReceiveCount]
        .parse()
        .unwrap();
    assert!(received > 1, "received {received} times");
}

#[tokio::test]
async fn a_message_that_the_queue_gave_up_on_leaves_a_dead_execution() {
    let mut sandbox = Sandbox::new().await;
    let _system = sandbox.host(&[Function::Api, Function::Dlq]).await;
    let job = sandbox
        .create(Sandbox::once_in(60, "http://127.0.0.1:9/"))
        .await;
    let (_, view) = sandbox.call("GET", &format!("/v1/jobs/{job}"), None).await;
    let at = view["schedule"]["at"]
        .as_str()
        .unwrap()
        .replace(['-', ':'], "");
    // As the queue does after the last receive: the message itself, in the dead-letter queue.
    let message =
        format!(r#"{{"v":1,"job":"{job}","key":"{at}","attempt":1,"timeout_seconds":30}}"#);
    sandbox
        .ports
        .queues
        .send_unreadable(Band::Normal.into(), &message)
        .await
        .unwrap();
    let dead = sandbox.execution_in(&job, "dead").await;
    assert_eq!(dead["reason"], "redelivery_exhausted");
}
