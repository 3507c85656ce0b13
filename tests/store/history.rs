//! Versions: kept once, never changed, read in either order.

use chrono::TimeDelta;
use punctual::domain::Job;
use punctual::port::History;
use punctual_tests::Sandbox;

use crate::{job, noon};

#[tokio::test]
async fn a_version_is_kept_as_it_was_first_archived() {
    let store = Sandbox::new().await.ports.store;
    let first = job(1);
    store.archive_job(&first, noon()).await.unwrap();
    let later = noon() + TimeDelta::hours(1);
    store.archive_job(&first, later).await.unwrap();
    let forged = Job {
        name: "forged".into(),
        ..first.clone()
    };
    store.archive_job(&forged, later).await.unwrap();
    assert_eq!(store.job_versions(first.id).await.unwrap(), [first]);
}

#[tokio::test]
async fn versions_are_listed_by_number_in_both_orders_and_by_job() {
    let store = Sandbox::new().await.ports.store;
    let version = |version| Job { version, ..job(2) };
    for number in [10, 9, 2, 1, 11] {
        store.archive_job(&version(number), noon()).await.unwrap();
    }
    store.archive_job(&job(3), noon()).await.unwrap();
    let id = job(2).id;
    let oldest_first = store.job_versions(id).await.unwrap();
    assert_eq!(oldest_first, [1, 2, 9, 10, 11].map(version));
    let part = store.job_versions_below(id, 11, 2).await.unwrap();
    assert_eq!(part, [10, 9].map(version));
    let rest = store.job_versions_below(id, 9, 100).await.unwrap();
    assert_eq!(rest, [2, 1].map(version));
    assert!(
        store
            .job_versions_below(id, 1, 100)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_whole_history_may_be_longer_than_one_answer() {
    let store = Sandbox::new().await.ports.store;
    let payload = serde_json::json!({ "filler": "x".repeat(200_000) });
    let version = |version| Job {
        version,
        payload: payload.clone(),
        ..job(4)
    };
    for number in 1..=6 {
        store.archive_job(&version(number), noon()).await.unwrap();
    }
    let found = store.job_versions(job(4).id).await.unwrap();
    let numbers: Vec<_> = found.iter().map(|job| job.version).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
}
