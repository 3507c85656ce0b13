//! Offers and workers: found by their owner alone, in the order in which they are wanted.

use chrono::TimeDelta;
use punctual::domain::pull::{PullWorker, WorkName};
use punctual::domain::{ExecutionId, Priority, UserId, WorkerId};
use punctual::port::{OfferedWork, Offers, PullWorkers};
use punctual_tests::Sandbox;

use crate::{job, noon, user};

fn offered(owner: &UserId, priority: u8, minute: i64, attempt: u32) -> OfferedWork {
    OfferedWork {
        user: owner.clone(),
        work: WorkName::new("resize-images").unwrap(),
        priority: Priority::try_from(priority).unwrap(),
        execution: ExecutionId::scheduled(job(1).id, noon() + TimeDelta::minutes(minute)),
        attempt,
    }
}

#[tokio::test]
async fn offers_come_most_urgent_first_and_to_their_owner_alone() {
    let store = Sandbox::new().await.ports.store;
    let (alice, other) = (user("alice"), user("alice#resize-images"));
    let in_order = [
        offered(&alice, 1, 5, 1),
        offered(&alice, 2, 0, 1),
        offered(&alice, 2, 1, 1),
        offered(&alice, 10, -5, 1),
    ];
    for offer in in_order.iter().rev().chain([&offered(&other, 1, 0, 1)]) {
        store.put_offer(offer, noon()).await.unwrap();
    }
    let work = &in_order[0].work;
    for limit in [2, 10] {
        let found = store.offers(&alice, work, limit).await.unwrap();
        assert_eq!(found, in_order[..limit.min(4)]);
    }
    let none = WorkName::new("resize").unwrap();
    assert_eq!(store.offers(&alice, &none, 10).await.unwrap(), []);
}

#[tokio::test]
async fn an_offer_may_be_put_twice_and_removing_it_leaves_that_of_another_attempt() {
    let store = Sandbox::new().await.ports.store;
    let alice = user("alice");
    let (first, second) = (offered(&alice, 5, 0, 1), offered(&alice, 5, 0, 2));
    for offer in [&first, &first, &second] {
        store.put_offer(offer, noon()).await.unwrap();
    }
    store.remove_offer(&first).await.unwrap();
    store.remove_offer(&first).await.unwrap();
    let left = store.offers(&alice, &first.work, 10).await.unwrap();
    assert_eq!(left, [second]);
}

#[tokio::test]
async fn a_worker_is_its_owners() {
    let store = Sandbox::new().await.ports.store;
    let worker = |number, owner: &str| PullWorker {
        id: WorkerId::from_random(number),
        user: user(owner),
        name: "w".to_owned().try_into().unwrap(),
        works: vec![WorkName::new("resize-images").unwrap()],
        registered_at: noon(),
        seen_at: noon(),
    };
    let (mine, theirs) = (worker(1, "alice"), worker(2, "bob"));
    for worker in [&mine, &theirs] {
        store.put_worker(worker).await.unwrap();
    }
    let alice = &mine.user;
    assert_eq!(
        store.workers(alice).await.unwrap(),
        std::slice::from_ref(&mine)
    );
    assert_eq!(store.worker(alice, theirs.id).await.unwrap(), None);
    let seen = mine.seen(noon() + TimeDelta::minutes(1)).unwrap();
    store.put_worker(&seen).await.unwrap();
    assert_eq!(store.worker(alice, mine.id).await.unwrap(), Some(seen));
    store.remove_worker(alice, theirs.id).await.unwrap();
    store.remove_worker(alice, mine.id).await.unwrap();
    assert_eq!(store.workers(alice).await.unwrap(), []);
    assert_eq!(store.workers(&theirs.user).await.unwrap(), [theirs]);
}
