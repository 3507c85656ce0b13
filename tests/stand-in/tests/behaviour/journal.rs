//! What a kill leaves.

use std::fs;

use punctual_stand_in::journal::Journaled;
use punctual_stand_in::{Cloud, Object, ObjectAnswer, ObjectCall, Service};
use serde_json::{Value as Json, json};

use crate::noon;

fn call(cloud: &mut Journaled, service: Service, operation: &str, body: &Json) -> Json {
    let answer = cloud
        .call(noon(), service, operation, body.to_string().as_bytes())
        .unwrap();
    assert_eq!(answer.error, None);
    serde_json::from_slice(&answer.body).unwrap()
}

fn open(path: &std::path::Path) -> Journaled {
    Journaled::open(Cloud::new("http://stand-in"), path).unwrap()
}

#[test]
fn what_was_acknowledged_is_there_again_and_what_was_cut_off_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let url = "http://stand-in/000000000000/q";
    let mut cloud = open(&path);
    call(
        &mut cloud,
        Service::Sqs,
        "CreateQueue",
        &json!({ "QueueName": "q" }),
    );
    for body in ["a", "b"] {
        call(
            &mut cloud,
            Service::Sqs,
            "SendMessage",
            &json!({ "QueueUrl": url, "MessageBody": body }),
        );
    }
    let receive = json!({ "QueueUrl": url });
    let received = call(&mut cloud, Service::Sqs, "ReceiveMessage", &receive);
    let object = Object {
        bytes: vec![0, 255],
        headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
    };
    let put = ObjectCall::Put("bucket".to_owned(), "key".to_owned(), object.clone());
    for made in [ObjectCall::CreateBucket("bucket".to_owned()), put] {
        assert_eq!(
            cloud.call_object(noon(), &made).unwrap(),
            ObjectAnswer::Done
        );
    }
    let whole = fs::read(&path).unwrap();
    call(
        &mut cloud,
        Service::Sqs,
        "SendMessage",
        &json!({ "QueueUrl": url, "MessageBody": "c" }),
    );
    drop(cloud);
    let longer = fs::read(&path).unwrap();
    // Killed at every byte of the last record.
    for length in whole.len()..longer.len() {
        fs::write(&path, &longer[..length]).unwrap();
        let mut cloud = open(&path);
        let counts = cloud.cloud().sqs.counts("q", noon()).unwrap();
        assert_eq!((counts.visible, counts.in_flight), (1, 1), "{length}");
        let get = ObjectCall::Get("bucket".to_owned(), "key".to_owned());
        assert_eq!(
            cloud.call_object(noon(), &get).unwrap(),
            ObjectAnswer::Object(object.clone())
        );
        // The message in hand is the one that was received, by the same receipt.
        let receipt = &received["Messages"][0]["ReceiptHandle"];
        call(
            &mut cloud,
            Service::Sqs,
            "DeleteMessage",
            &json!({ "QueueUrl": url, "ReceiptHandle": receipt }),
        );
        let rest = call(&mut cloud, Service::Sqs, "ReceiveMessage", &receive);
        assert_eq!(rest["Messages"][0]["Body"], "b");
        drop(cloud);
        // What came after the cut is read again, too.
        assert_eq!(
            open(&path)
                .cloud()
                .sqs
                .counts("q", noon())
                .unwrap()
                .in_flight,
            1
        );
    }
}

#[test]
fn calls_that_change_nothing_leave_the_log_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let mut cloud = open(&path);
    call(
        &mut cloud,
        Service::Sqs,
        "CreateQueue",
        &json!({ "QueueName": "q" }),
    );
    let before = fs::metadata(&path).unwrap().len();
    let url = "http://stand-in/000000000000/q";
    for operation in ["ReceiveMessage", "GetQueueAttributes"] {
        call(
            &mut cloud,
            Service::Sqs,
            operation,
            &json!({ "QueueUrl": url }),
        );
    }
    call(
        &mut cloud,
        Service::Sqs,
        "CreateQueue",
        &json!({ "QueueName": "q" }),
    );
    assert_eq!(fs::metadata(&path).unwrap().len(), before);
}

#[test]
fn a_file_that_is_no_log_is_an_error_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    fs::write(&path, "this is something else entirely").unwrap();
    assert!(Journaled::open(Cloud::new("http://stand-in"), &path).is_err());
    assert_eq!(fs::read(&path).unwrap(), b"this is something else entirely");
}
