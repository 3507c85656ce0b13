//! The SDK's own clients, without a socket, and what they make of broken wires.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use punctual::aws::{Clients, provision_without_bucket};
use punctual_stand_in::wire::{Broken, Call, Direct, Wire, http_client};
use punctual_stand_in::{Answer, Cloud, Service, faults};

use crate::noon;

type Clock = fn() -> chrono::DateTime<chrono::Utc>;

/// A wire that breaks as it is told, so many times.
struct Breaking {
    direct: Direct<Clock>,
    how: How,
    times: AtomicUsize,
}

#[derive(Clone, Copy)]
enum How {
    Before,
    After,
    TimesOut,
    Throttled,
    Internal,
    Half,
}

impl Wire for Breaking {
    async fn call(&self, call: Call) -> Result<Answer, Broken> {
        let left = self
            .times
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
        if left.is_err() {
            return Ok(self.direct.call_now(&call));
        }
        match self.how {
            How::Before => Err(Broken::Connection),
            How::After => {
                self.direct.call_now(&call);
                Err(Broken::Connection)
            }
            How::TimesOut => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                Err(Broken::TimedOut)
            }
            How::Throttled => Ok(faults::throttled(call.service)),
            How::Internal => Ok(faults::internal_error(call.service)),
            How::Half => match faults::split(&call, |index| index % 2 == 0) {
                Some((half, leftover)) => Ok(leftover.added_to(self.direct.call_now(&half))),
                None => Ok(self.direct.call_now(&call)),
            },
        }
    }
}

fn clients(how: How, times: usize) -> (Clients, Arc<Mutex<Cloud>>) {
    let mut cloud = Cloud::new("http://stand-in");
    let attributes = r#"{"TableName":"t","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],
        "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#;
    cloud.call(
        noon(),
        Service::DynamoDb,
        "CreateTable",
        attributes.as_bytes(),
    );
    cloud.call(noon(), Service::Sqs, "CreateQueue", br#"{"QueueName":"q"}"#);
    let cloud = Arc::new(Mutex::new(cloud));
    let wire = Breaking {
        direct: Direct::new(Arc::clone(&cloud), noon as Clock),
        how,
        times: AtomicUsize::new(times),
    };
    (Clients::over(http_client(wire)), cloud)
}

fn item() -> std::collections::HashMap<String, AttributeValue> {
    [("pk".to_owned(), AttributeValue::S("a".to_owned()))].into()
}

fn stored(cloud: &Mutex<Cloud>) -> usize {
    cloud.lock().unwrap().dynamo.items("t").count()
}

#[tokio::test(start_paused = true)]
async fn the_sdk_tries_again_what_broke_once() {
    for how in [
        How::Before,
        How::After,
        How::TimesOut,
        How::Throttled,
        How::Internal,
    ] {
        let (clients, cloud) = clients(how, 1);
        clients
            .dynamodb
            .put_item()
            .table_name("t")
            .set_item(Some(item()))
            .send()
            .await
            .unwrap();
        assert_eq!(stored(&cloud), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_breaks_twice_is_an_error_whether_it_was_carried_out_or_not() {
    for (how, expected) in [
        (How::Before, 0),
        (How::After, 1),
        (How::TimesOut, 0),
        (How::Throttled, 0),
        (How::Internal, 0),
    ] {
        let (clients, cloud) = clients(how, 2);
        let put = clients
            .dynamodb
            .put_item()
            .table_name("t")
            .set_item(Some(item()));
        assert!(put.send().await.is_err());
        assert_eq!(stored(&cloud), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_out_takes_simulated_time_only() {
    let (clients, _) = clients(How::TimesOut, 2);
    let began = tokio::time::Instant::now();
    let put = clients
        .dynamodb
        .put_item()
        .table_name("t")
        .set_item(Some(item()));
    assert!(put.send().await.is_err());
    let took = began.elapsed();
    assert!(
        took >= Duration::from_secs(4) && took < Duration::from_secs(10),
        "{took:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn half_a_batch_is_left_over_as_the_services_say_it() {
    let (clients, cloud) = clients(How::Half, 2);
    let writes = (0..4).map(|number| {
        let key = AttributeValue::S(number.to_string());
        let put = PutRequest::builder().item("pk", key).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    });
    let answer = clients
        .dynamodb
        .batch_write_item()
        .request_items("t", writes.collect())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.unprocessed_items().unwrap()["t"].len(), 2);
    assert_eq!(stored(&cloud), 2);
    let mut batch = clients
        .sqs
        .send_message_batch()
        .queue_url("http://stand-in/000000000000/q");
    for id in ["a", "b", "c"] {
        let entry = aws_sdk_sqs::types::SendMessageBatchRequestEntry::builder();
        batch = batch.entries(entry.id(id).message_body(id).build().unwrap());
    }
    let answer = batch.send().await.unwrap();
    let failed: Vec<_> = answer.failed().iter().map(|entry| entry.id()).collect();
    assert_eq!((answer.successful().len(), failed), (2, vec!["b"]));
}

#[tokio::test(start_paused = true)]
async fn the_errors_of_both_services_are_those_that_the_sdk_knows() {
    let (clients, _) = clients(How::Before, 0);
    let put = || {
        clients
            .dynamodb
            .put_item()
            .table_name("t")
            .set_item(Some(item()))
    };
    put().send().await.unwrap();
    let refused = put()
        .condition_expression("attribute_not_exists(pk)")
        .send()
        .await
        .unwrap_err();
    assert!(
        refused
            .into_service_error()
            .is_conditional_check_failed_exception()
    );
    let missing = clients
        .dynamodb
        .get_item()
        .table_name("nowhere")
        .set_key(Some(item()))
        .send()
        .await
        .unwrap_err();
    assert!(
        missing
            .into_service_error()
            .is_resource_not_found_exception()
    );
    let nowhere = "http://stand-in/000000000000/nowhere";
    let missing = clients
        .sqs
        .receive_message()
        .queue_url(nowhere)
        .send()
        .await
        .unwrap_err();
    assert!(missing.into_service_error().is_queue_does_not_exist());
}

#[tokio::test(start_paused = true)]
async fn the_products_tables_and_queues_can_be_made_and_made_again() {
    let (clients, cloud) = clients(How::Before, 0);
    for _ in 0..2 {
        provision_without_bucket(&clients, "ns", None)
            .await
            .unwrap();
    }
    let cloud = cloud.lock().unwrap();
    assert_eq!(cloud.dynamo.consumed().len(), 6);
    assert_eq!(
        cloud
            .sqs
            .names()
            .filter(|name| name.starts_with("ns-"))
            .count(),
        10
    );
}
