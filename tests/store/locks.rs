//! Locks: held by one execution, taken over by whoever saw the last write, given back by the holder alone.

use chrono::TimeDelta;
use punctual::domain::{ExecutionId, Stamp};
use punctual::port::{Lock, Locks, Put};
use punctual_tests::Sandbox;

use crate::{job, noon};

fn lock(minute: i64, stamp: u64) -> Lock {
    let holder = ExecutionId::scheduled(job(1).id, noon() + TimeDelta::minutes(minute));
    Lock {
        holder,
        stamp: Stamp(stamp),
    }
}

#[tokio::test]
async fn a_free_lock_is_taken_once_and_its_refusal_names_the_holder() {
    let store = Sandbox::new().await.ports.store;
    let (first, second) = (lock(0, u64::MAX), lock(1, 2));
    assert_eq!(store.lock(job(1).id).await.unwrap(), None);
    let taken = store.put_lock(first, None).await.unwrap();
    assert_eq!(taken, Put::Written);
    let again = store.put_lock(first, None).await.unwrap();
    assert_eq!(again, Put::Written, "a write recognises itself");
    let refused = store.put_lock(second, None).await.unwrap();
    assert_eq!(refused, Put::Refused(Some(first)));
    assert_eq!(store.lock(job(1).id).await.unwrap(), Some(first));
}

#[tokio::test]
async fn a_lock_is_taken_over_only_from_the_write_that_was_seen() {
    let store = Sandbox::new().await.ports.store;
    let (first, renewed, second) = (lock(0, 1), lock(0, 2), lock(1, 3));
    let absent = store.put_lock(second, Some(Stamp(1))).await.unwrap();
    assert_eq!(absent, Put::Refused(None));
    store.put_lock(first, None).await.unwrap();
    store.put_lock(renewed, Some(first.stamp)).await.unwrap();
    let late = store.put_lock(second, Some(first.stamp)).await.unwrap();
    assert_eq!(late, Put::Refused(Some(renewed)));
    let seen = store.put_lock(second, Some(renewed.stamp)).await.unwrap();
    assert_eq!(seen, Put::Written);
}

#[tokio::test]
async fn only_the_holder_gives_a_lock_back() {
    let store = Sandbox::new().await.ports.store;
    let (first, second) = (lock(0, 1), lock(1, 2));
    store.release_lock(first.holder).await.unwrap();
    store.put_lock(first, None).await.unwrap();
    store.release_lock(second.holder).await.unwrap();
    assert_eq!(store.lock(job(1).id).await.unwrap(), Some(first));
    store.release_lock(first.holder).await.unwrap();
    assert_eq!(store.lock(job(1).id).await.unwrap(), None);
}
