//! Large results: what was put is what a link leads to, and nothing but the link does.

use std::borrow::Cow;
use std::sync::Arc;

use punctual::aws::{Meter, ResultsBucket, results_bucket};
use punctual::domain::{ExecutionId, JobId, ResultKey, UserId, Whole};
use punctual::edge::SystemClock;
use punctual::port::{Clock, Results};
use punctual_tests::Sandbox;

#[tokio::test]
async fn a_link_leads_to_what_was_put_last() {
    let sandbox = Sandbox::new().await;
    let meter = Arc::new(Meter::default());
    let door = sandbox.clients.door(&sandbox.namespace, &meter).unwrap();
    let results = ResultsBucket::new(door, results_bucket(&sandbox.namespace));
    let id = ExecutionId::scheduled(JobId::from_random(7), SystemClock.now());
    let key = ResultKey::new(&UserId::new("ann").unwrap(), id, 1);
    for text in ["first", "second"] {
        let whole = Whole {
            bytes: Cow::from(text.as_bytes()),
            content_type: "text/plain",
            cut: false,
        };
        results.put_result(&key, whole).await.unwrap();
    }
    let link = results.link_to_result(&key).await.unwrap();
    assert!(link.contains("X-Amz-Expires=300"), "{link}");
    let read = reqwest::get(&link).await.unwrap();
    assert_eq!(read.headers()["content-type"], "text/plain");
    assert_eq!(read.headers()["content-disposition"], "attachment");
    assert_eq!(read.text().await.unwrap(), "second");
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_an_error() {
    let sandbox = Sandbox::new().await;
    let meter = Arc::new(Meter::default());
    let door = sandbox.clients.door(&sandbox.namespace, &meter).unwrap();
    let results = ResultsBucket::new(door, "nowhere".to_owned());
    let id = ExecutionId::scheduled(JobId::from_random(7), SystemClock.now());
    let key = ResultKey::new(&UserId::new("ann").unwrap(), id, 1);
    let whole = Whole {
        bytes: Cow::from(b"x".as_slice()),
        content_type: "text/plain",
        cut: false,
    };
    assert!(results.put_result(&key, whole).await.is_err());
}
