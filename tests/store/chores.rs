//! What chores rely on: bookmarks, and rows that are removed only as they were read.

use punctual::domain::Job;
use punctual::port::{Bookmarks, Jobs, Put};
use punctual_tests::Sandbox;

use crate::{job, user};

#[tokio::test]
async fn a_bookmark_is_its_owners_and_its_chores_until_it_is_taken_out() {
    let store = Sandbox::new().await.ports.store;
    let alice = user("alice");
    assert_eq!(store.bookmark(&alice, "cleanup").await.unwrap(), None);
    store
        .keep_bookmark(&alice, "cleanup", Some("here"))
        .await
        .unwrap();
    let kept = store.bookmark(&alice, "cleanup").await.unwrap();
    assert_eq!(kept.as_deref(), Some("here"));
    assert_eq!(store.bookmark(&alice, "another").await.unwrap(), None);
    assert_eq!(store.bookmark(&user("bob"), "cleanup").await.unwrap(), None);
    store.keep_bookmark(&alice, "cleanup", None).await.unwrap();
    assert_eq!(store.bookmark(&alice, "cleanup").await.unwrap(), None);
}

#[tokio::test]
async fn a_row_that_has_changed_since_it_was_read_is_not_removed() {
    let store = Sandbox::new().await.ports.store;
    let first = job(1);
    let second = Job {
        version: 2,
        ..first.clone()
    };
    store.put_job(&first).await.unwrap();
    assert_eq!(store.put_job(&second).await.unwrap(), Put::Written);
    store.remove_job(&first).await.unwrap();
    assert!(store.job(first.id).await.unwrap().is_some());
    store.remove_job(&second).await.unwrap();
    assert_eq!(store.job(first.id).await.unwrap(), None);
    store.remove_job(&second).await.unwrap();
}
