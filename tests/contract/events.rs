//! The sample events are documentation and fixtures: each decodes to what its function takes.

use aws_lambda_events::sqs::SqsEvent;
use punctual::domain::{DispatchMessage, JobRequest, NotificationMessage, Queue, ScriptCall};
use serde_json::{Value, json};

use crate::read;

fn sqs(name: &str) -> SqsEvent {
    serde_json::from_str(&read(&format!("events/{name}.json"))).unwrap()
}

fn bodies(event: &SqsEvent) -> Vec<&str> {
    event
        .records
        .iter()
        .map(|record| record.body.as_deref().unwrap())
        .collect()
}

#[test]
fn the_workers_samples_hold_dispatch_messages_and_the_malformed_ones_do_not() {
    for body in bodies(&sqs("worker-sqs")) {
        DispatchMessage::decode(body).unwrap();
    }
    let malformed = sqs("worker-sqs-malformed");
    let readable = bodies(&malformed)
        .into_iter()
        .filter(|body| DispatchMessage::decode(body).is_ok());
    assert_eq!((malformed.records.len(), readable.count()), (3, 1));
}

#[test]
fn the_dead_letter_handlers_samples_hold_its_messages_and_name_its_queues() {
    for (name, is_ours) in [
        (
            "dlq-sqs",
            (|queue| matches!(queue, Queue::DeadLetters(_))) as fn(Queue) -> bool,
        ),
        ("notifications-sqs", |queue| queue == Queue::Notifications),
    ] {
        for record in sqs(name).records {
            let arn = record.event_source_arn.unwrap();
            assert!(
                Queue::of_address("punctual-dev", &arn).is_some_and(is_ours),
                "{arn}"
            );
        }
    }
    DispatchMessage::decode(bodies(&sqs("dlq-sqs"))[0]).unwrap();
    NotificationMessage::decode(bodies(&sqs("notifications-sqs"))[0]).unwrap();
}

#[test]
fn the_apis_sample_creates_a_job() {
    let event: Value = serde_json::from_str(&read("events/api-create-job.json")).unwrap();
    assert_eq!(event["version"], "2.0");
    let claims = &event["requestContext"]["authorizer"]["jwt"]["claims"];
    assert_eq!(
        (&claims["sub"], &claims["punctual_role"]),
        (&json!("alice"), &json!("user"))
    );
    let request: JobRequest = serde_json::from_str(event["body"].as_str().unwrap()).unwrap();
    assert_eq!(request.job_type, "echo");
}

#[test]
fn the_script_functions_sample_is_a_call() {
    let call: ScriptCall = serde_json::from_str(&read("events/script-call.json")).unwrap();
    assert_eq!(call.script.as_str(), "greet");
}
