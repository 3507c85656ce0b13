//! The sample events are documentation and fixtures: each decodes to what its function takes.

use aws_lambda_events::sqs::SqsEvent;
use punctual::domain::{
    DispatchMessage, JobRequest, Lane, NotificationMessage, Queue, Reason, ScriptCall,
    TimeoutSeconds,
};
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
fn the_long_sample_is_of_an_attempt_that_travels_by_its_queue() {
    let event = sqs("worker-sqs-long");
    let arn = event.records[0].event_source_arn.as_deref().unwrap();
    let queue = Queue::of_address("punctual-dev", arn);
    assert_eq!(queue, Some(Queue::Work(Lane::Long)), "{arn}");
    let message = DispatchMessage::decode(bodies(&event)[0]).unwrap();
    assert!(message.timeout_seconds > TimeoutSeconds::MAX_SHORT);
}

#[test]
fn the_released_samples_say_what_they_waited_for() {
    let event = sqs("worker-sqs-released");
    let messages = bodies(&event)
        .into_iter()
        .map(|body| DispatchMessage::decode(body).unwrap());
    let said: Vec<_> = messages
        .map(|one| (one.deferred, one.kept_by, !one.released_by.is_empty()))
        .collect();
    let expected = [
        (true, Some(Reason::Deferred), false),
        (true, Some(Reason::Held), true),
    ];
    assert_eq!(said, expected);
}

#[test]
fn the_dead_letter_handlers_samples_hold_its_messages_and_name_its_queues() {
    for (name, is_ours) in [
        (
            "dlq-sqs",
            (|queue| matches!(queue, Queue::DeadLetters(_))) as fn(Queue) -> bool,
        ),
        ("notifications-sqs", |queue| queue == Queue::Notifications),
        ("notifications-sqs-digest", |queue| {
            queue == Queue::Notifications
        }),
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
    for (name, is_digest) in [
        ("notifications-sqs", false),
        ("notifications-sqs-digest", true),
    ] {
        let message = NotificationMessage::decode(bodies(&sqs(name))[0]).unwrap();
        assert_eq!(message.digest.is_some(), is_digest, "{name}");
    }
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
