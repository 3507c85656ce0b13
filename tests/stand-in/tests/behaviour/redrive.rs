//! Messages that have been handed over too often.

use chrono::TimeDelta;
use serde_json::json;

use crate::World;
use crate::queues::receive;

const URL: &str = "http://stand-in/000000000000/q";
const DLQ: &str = "http://stand-in/000000000000/q-dlq";

#[test]
fn a_message_that_was_handed_over_too_often_goes_to_the_dead_letters_and_the_others_come() {
    let mut world = World::new();
    for body in ["poison", "late"] {
        let delay = if body == "late" { 61 } else { 0 };
        world.sqs("SendMessage", json!({ "QueueUrl": URL, "MessageBody": body, "DelaySeconds": delay, "MessageGroupId": "g" }));
    }
    for handed_over in 1..=2 {
        let messages = receive(&mut world, URL);
        assert_eq!(
            messages[0]["Attributes"]["ApproximateReceiveCount"],
            handed_over.to_string()
        );
        world.pass(TimeDelta::seconds(31));
    }
    assert!(receive(&mut world, DLQ).is_empty());
    let messages = receive(&mut world, URL);
    assert_eq!((messages.len(), &messages[0]["Body"]), (1, &json!("late")));
    let dead = receive(&mut world, DLQ);
    assert_eq!((dead.len(), &dead[0]["Body"]), (1, &json!("poison")));
    let attributes = &dead[0]["Attributes"];
    assert_eq!(
        attributes["DeadLetterQueueSourceArn"],
        "arn:aws:sqs:us-east-1:000000000000:q"
    );
    assert_eq!(attributes["MessageGroupId"], "g");
}
