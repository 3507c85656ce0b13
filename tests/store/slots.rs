//! Slots: written from what was read, given back by their holder alone, whatever has changed in between.

use chrono::TimeDelta;
use punctual::domain::{ClaimToken, ConcurrencyKey, JobId, Sharers, SlotKey, Slots, Stamp};
use punctual::port::{Put, SlotTable};
use punctual_tests::Sandbox;

use crate::{noon, user};

fn key(name: &str) -> SlotKey {
    SlotKey {
        user: user("alice"),
        sharers: Sharers::Key(ConcurrencyKey::try_from(name.to_owned()).unwrap()),
    }
}

fn slots(holders: &[u64], stamp: u64) -> Slots {
    let held = holders.iter().map(|holder| (ClaimToken(*holder), noon()));
    Slots {
        held: held.collect(),
        spaced_until: Some(noon() + TimeDelta::microseconds(7)),
        stamp: Stamp(stamp),
    }
}

#[tokio::test]
async fn slots_are_written_only_from_what_was_read_and_a_write_recognises_itself() {
    let store = Sandbox::new().await.ports.store;
    let key = key("crm");
    let (first, second) = (slots(&[u64::MAX], u64::MAX), slots(&[1, u64::MAX], 2));
    assert_eq!(store.slots(&key).await.unwrap(), None);
    for _ in 0..2 {
        let put = store.put_slots(&key, &first, None).await.unwrap();
        assert_eq!(put, Put::Written);
    }
    let refused = store.put_slots(&key, &second, None).await.unwrap();
    assert_eq!(refused, Put::Refused(Some(first.clone())));
    let stale = store
        .put_slots(&key, &second, Some(Stamp(3)))
        .await
        .unwrap();
    assert_eq!(stale, Put::Refused(Some(first.clone())));
    let put = store
        .put_slots(&key, &second, Some(first.stamp))
        .await
        .unwrap();
    assert_eq!(put, Put::Written);
    assert_eq!(store.slots(&key).await.unwrap(), Some(second));
}

#[tokio::test]
async fn a_slot_that_is_given_back_is_gone_and_whoever_read_before_must_read_again() {
    let store = Sandbox::new().await.ports.store;
    let key = key("crm");
    store
        .give_slot_back(&key, ClaimToken(1), Stamp(9))
        .await
        .unwrap();
    assert_eq!(store.slots(&key).await.unwrap(), None);
    let before = slots(&[1, 2], 1);
    store.put_slots(&key, &before, None).await.unwrap();
    store
        .give_slot_back(&key, ClaimToken(3), Stamp(9))
        .await
        .unwrap();
    assert_eq!(store.slots(&key).await.unwrap(), Some(before.clone()));
    store
        .give_slot_back(&key, ClaimToken(1), Stamp(2))
        .await
        .unwrap();
    let left = slots(&[2], 2);
    assert_eq!(store.slots(&key).await.unwrap(), Some(left.clone()));
    let late = slots(&[2, 4], 5);
    let late = store.put_slots(&key, &late, Some(before.stamp)).await;
    assert_eq!(late.unwrap(), Put::Refused(Some(left)));
}

#[tokio::test]
async fn no_key_is_taken_for_another() {
    let store = Sandbox::new().await.ports.store;
    let of = |name: &str, sharers| SlotKey {
        user: user(name),
        sharers,
    };
    let job = JobId::from_random(1);
    let named = |name: String| Sharers::Key(ConcurrencyKey::try_from(name).unwrap());
    let keys = [
        of("alice", Sharers::All),
        of("alice", Sharers::Job(job)),
        of("alice", named("ALL".to_owned())),
        of("alice", named(format!("J#{job}"))),
        of("alice#K", named("x".to_owned())),
        of("alice", named("K#x".to_owned())),
        of("bob", Sharers::All),
    ];
    for (number, key) in (1..).zip(&keys) {
        let slots = slots(&[number], number);
        let put = store.put_slots(key, &slots, None).await.unwrap();
        assert_eq!(put, Put::Written, "{key:?}");
    }
    for (number, key) in (1..).zip(&keys) {
        let found = store.slots(key).await.unwrap();
        assert_eq!(found, Some(slots(&[number], number)), "{key:?}");
    }
}
