//! Queues: what is sent, seen, hidden and deleted.

use chrono::TimeDelta;
use punctual_stand_in::Counts;
use serde_json::{Value as Json, json};

use crate::{World, noon};

const URL: &str = "http://stand-in/000000000000/q";

fn send(world: &mut World, body: &str, delay: i64) {
    let request = json!({ "QueueUrl": URL, "MessageBody": body, "DelaySeconds": delay });
    world.sqs("SendMessage", request);
}

pub(crate) fn receive(world: &mut World, url: &str) -> Vec<Json> {
    let request = json!({
        "QueueUrl": url, "MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["All"], "WaitTimeSeconds": 20,
    });
    let answer = world.sqs("ReceiveMessage", request);
    answer
        .get("Messages")
        .map(|messages| messages.as_array().unwrap().clone())
        .unwrap_or_default()
}

fn bodies(messages: &[Json]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message["Body"].as_str().unwrap())
        .collect()
}

fn counts(visible: usize, in_flight: usize, delayed: usize) -> Option<Counts> {
    Some(Counts {
        visible,
        in_flight,
        delayed,
    })
}

#[test]
fn a_delayed_message_is_seen_when_its_delay_is_over() {
    let mut world = World::new();
    send(&mut world, "later", 10);
    send(&mut world, "now", 0);
    assert_eq!(world.cloud.sqs.counts("q", world.now), counts(1, 0, 1));
    assert_eq!(bodies(&receive(&mut world, URL)), ["now"]);
    assert_eq!(
        world.cloud.sqs.next_visible(world.now),
        Some((noon() + TimeDelta::seconds(10), "q"))
    );
    world.pass(TimeDelta::milliseconds(9_999));
    assert!(receive(&mut world, URL).is_empty());
    world.pass(TimeDelta::milliseconds(1));
    assert_eq!(bodies(&receive(&mut world, URL)), ["later"]);
    assert_eq!(world.cloud.sqs.counts("q", world.now), counts(0, 2, 0));
}

#[test]
fn a_received_message_is_hidden_and_comes_back_until_it_is_deleted() {
    let mut world = World::new();
    send(&mut world, "x", 0);
    let first = receive(&mut world, URL);
    assert_eq!(first[0]["Attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(
        first[0]["Attributes"]["SentTimestamp"],
        noon().timestamp_millis().to_string()
    );
    assert!(receive(&mut world, URL).is_empty());
    world.pass(TimeDelta::seconds(30));
    let second = receive(&mut world, URL);
    assert_eq!(second[0]["Attributes"]["ApproximateReceiveCount"], "2");
    assert_eq!(
        second[0]["Attributes"]["ApproximateFirstReceiveTimestamp"],
        noon().timestamp_millis().to_string()
    );
    assert_eq!(first[0]["MessageId"], second[0]["MessageId"]);
    // The old receipt deletes nothing, and is told so as little as by SQS.
    let delete =
        |receipt: &Json| json!({ "QueueUrl": URL, "ReceiptHandle": receipt["ReceiptHandle"] });
    world.sqs("DeleteMessage", delete(&first[0]));
    assert_eq!(world.cloud.sqs.counts("q", world.now), counts(0, 1, 0));
    world.sqs("DeleteMessage", delete(&second[0]));
    assert_eq!(world.cloud.sqs.counts("q", world.now), counts(0, 0, 0));
    world.sqs("DeleteMessage", delete(&second[0]));
    let wrong = json!({ "QueueUrl": URL, "ReceiptHandle": "made up" });
    assert_eq!(
        world.sqs_error("DeleteMessage", wrong).0,
        "ReceiptHandleIsInvalid"
    );
}

#[test]
fn visibility_can_be_changed_only_while_a_message_is_in_flight() {
    let mut world = World::new();
    send(&mut world, "x", 0);
    let message = receive(&mut world, URL).remove(0);
    let change = |seconds: i64| json!({ "QueueUrl": URL, "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": seconds });
    world.sqs("ChangeMessageVisibility", change(100));
    world.pass(TimeDelta::seconds(99));
    assert!(receive(&mut world, URL).is_empty());
    world.sqs("ChangeMessageVisibility", change(0));
    assert_eq!(
        world.sqs_error("ChangeMessageVisibility", change(5)).0,
        "MessageNotInflight"
    );
    assert_eq!(receive(&mut world, URL).len(), 1);
    assert_eq!(
        world.sqs_error("ChangeMessageVisibility", change(5)).0,
        "MessageNotInflight"
    );
    assert_eq!(
        world.sqs_error("ChangeMessageVisibility", change(43_201)).0,
        "InvalidParameterValue"
    );
}

#[test]
fn the_twelve_hours_that_a_message_can_be_hidden_count_from_when_it_was_received() {
    let mut world = World::new();
    send(&mut world, "x", 0);
    let message = receive(&mut world, URL).remove(0);
    world.pass(TimeDelta::seconds(10));
    let change = |seconds: i64| json!({ "QueueUrl": URL, "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": seconds });
    assert_eq!(
        world.sqs_error("ChangeMessageVisibility", change(43_191)).0,
        "InvalidParameterValue"
    );
    world.sqs("ChangeMessageVisibility", change(43_190));
}

#[test]
fn each_entry_of_a_batch_has_an_outcome_of_its_own() {
    let mut world = World::new();
    let entry =
        |id: &str, delay: i64| json!({ "Id": id, "MessageBody": id, "DelaySeconds": delay });
    let request =
        json!({ "QueueUrl": URL, "Entries": [entry("a", 0), entry("b", 901), entry("c", 900)] });
    let answer = world.sqs("SendMessageBatch", request);
    let ids = |list: &Json| {
        let entries = list.as_array().unwrap().iter();
        entries
            .map(|entry| entry["Id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&answer["Successful"]), ["a", "c"]);
    assert_eq!(ids(&answer["Failed"]), ["b"]);
    assert_eq!(answer["Failed"][0]["Code"], "InvalidParameterValue");
    let received = receive(&mut world, URL);
    let handles = [received[0]["ReceiptHandle"].as_str().unwrap(), "made up"];
    let entries: Vec<_> = handles
        .iter()
        .enumerate()
        .map(|(id, handle)| json!({ "Id": id.to_string(), "ReceiptHandle": handle }))
        .collect();
    let answer = world.sqs(
        "DeleteMessageBatch",
        json!({ "QueueUrl": URL, "Entries": entries }),
    );
    assert_eq!(
        (ids(&answer["Successful"]), ids(&answer["Failed"])),
        (vec!["0".to_owned()], vec!["1".to_owned()])
    );
    assert_eq!(world.cloud.sqs.counts("q", world.now), counts(0, 0, 1));
}

#[test]
fn a_batch_is_refused_whole_for_its_form() {
    let entry = |id: &str, bytes: usize| json!({ "Id": id, "MessageBody": "x".repeat(bytes) });
    let many: Vec<_> = (0..11)
        .map(|number| entry(&number.to_string(), 1))
        .collect();
    for (entries, name) in [
        (json!([]), "EmptyBatchRequest"),
        (json!(many), "TooManyEntriesInBatchRequest"),
        (
            json!([entry("a", 1), entry("a", 1)]),
            "BatchEntryIdsNotDistinct",
        ),
        (json!([entry("a b", 1)]), "InvalidBatchEntryId"),
        (
            json!([entry("a", 600_000), entry("b", 600_000)]),
            "BatchRequestTooLong",
        ),
    ] {
        let mut world = World::new();
        let request = json!({ "QueueUrl": URL, "Entries": entries });
        assert_eq!(world.sqs_error("SendMessageBatch", request).0, name);
        assert_eq!(world.cloud.sqs.counts("q", world.now), counts(0, 0, 0));
    }
}

#[test]
fn what_no_queue_takes_is_refused() {
    let mut world = World::new();
    for (more, name) in [
        (json!({ "DelaySeconds": 901 }), "InvalidParameterValue"),
        (json!({ "DelaySeconds": -1 }), "InvalidParameterValue"),
        (json!({ "MessageBody": "" }), "MissingParameter"),
        (json!({ "MessageBody": "\u{1}" }), "InvalidMessageContents"),
        (
            json!({ "MessageBody": "x".repeat(1_048_577) }),
            "InvalidParameterValue",
        ),
        (
            json!({ "MessageDeduplicationId": "x" }),
            "InvalidParameterValue",
        ),
        (
            json!({ "QueueUrl": "http://stand-in/000000000000/nowhere" }),
            "QueueDoesNotExist",
        ),
        (json!({ "Unknown": 1 }), "SerializationException"),
    ] {
        let mut request = json!({ "QueueUrl": URL, "MessageBody": "x" });
        for (name, value) in more.as_object().unwrap() {
            request[name] = value.clone();
        }
        assert_eq!(world.sqs_error("SendMessage", request).0, name, "{more}");
    }
}

#[test]
fn a_queue_keeps_messages_for_as_long_as_it_says() {
    let mut world = World::new();
    let attributes = json!({ "MessageRetentionPeriod": "60" });
    world.sqs(
        "SetQueueAttributes",
        json!({ "QueueUrl": URL, "Attributes": attributes }),
    );
    send(&mut world, "old", 0);
    world.pass(TimeDelta::seconds(30));
    send(&mut world, "young", 0);
    assert_eq!(
        world.cloud.sqs.oldest_age("q", world.now),
        Some(TimeDelta::seconds(30))
    );
    world.pass(TimeDelta::seconds(30));
    assert_eq!(bodies(&receive(&mut world, URL)), ["young"]);
}

#[test]
fn attributes_come_back_as_they_are_asked_for() {
    let mut world = World::new();
    send(&mut world, "x", 0);
    send(&mut world, "y", 5);
    let request = json!({ "QueueUrl": URL, "AttributeNames": ["QueueArn", "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"] });
    let answer = world.sqs("GetQueueAttributes", request);
    let expected = json!({
        "QueueArn": "arn:aws:sqs:us-east-1:000000000000:q",
        "ApproximateNumberOfMessages": "1",
        "ApproximateNumberOfMessagesDelayed": "1",
    });
    assert_eq!(answer["Attributes"], expected);
    let again = world.sqs("CreateQueue", json!({ "QueueName": "q-dlq" }));
    assert_eq!(again["QueueUrl"], "http://stand-in/000000000000/q-dlq");
    let other = json!({ "QueueName": "q-dlq", "Attributes": { "VisibilityTimeout": "1" } });
    assert_eq!(world.sqs_error("CreateQueue", other).0, "QueueNameExists");
}
