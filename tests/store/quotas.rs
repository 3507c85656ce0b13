//! Tallies, plans and batches: what admission relies on the store for.

use chrono::TimeDelta;
use punctual::domain::{Job, JobState, LiveBound, Minute, Stamp, Tally, Tier};
use punctual::port::{Account, Batches, Jobs, Put, Quotas};
use punctual_tests::{Sandbox, eventually};

use crate::{job, noon, user};

fn tally(stamp: u64) -> Tally {
    Tally {
        stamp: Stamp(stamp),
        minute: Minute::of(noon()),
        in_minute: 3,
        in_day: 40,
        live: Some(LiveBound::counted(7, noon())),
    }
}

#[tokio::test]
async fn an_account_holds_a_plan_and_a_tally_and_is_empty_at_first() {
    let store = Sandbox::new().await.ports.store;
    let alice = user("alice");
    assert_eq!(store.account(&alice).await.unwrap(), Account::default());

    store.set_tier(&alice, Tier::Pro).await.unwrap();
    store.set_tier(&alice, Tier::Enterprise).await.unwrap();
    let written = store.put_tally(&alice, &tally(1), None).await.unwrap();
    assert_eq!(written, Put::Written);
    let account = Account {
        tier: Some(Tier::Enterprise),
        tally: Some(tally(1)),
    };
    assert_eq!(store.account(&alice).await.unwrap(), account);
    assert_eq!(
        store.account(&user("bob")).await.unwrap(),
        Account::default()
    );
}

#[tokio::test]
async fn a_tally_is_written_by_one_of_those_who_read_the_same() {
    let store = Sandbox::new().await.ports.store;
    let alice = user("alice");
    let put = |tally: Tally, expected: Option<u64>| {
        let (store, alice) = (&store, &alice);
        async move {
            store
                .put_tally(alice, &tally, expected.map(Stamp))
                .await
                .unwrap()
        }
    };
    assert_eq!(put(tally(1), None).await, Put::Written);
    // An earlier try of the very same write arrived, and its answer did not.
    assert_eq!(put(tally(1), None).await, Put::Written);
    assert_eq!(put(tally(2), None).await, Put::Refused(Some(tally(1))));
    assert_eq!(put(tally(2), Some(1)).await, Put::Written);
    let late = put(tally(3), Some(1)).await;
    assert_eq!(late, Put::Refused(Some(tally(2))));
    let uncounted = Tally {
        live: None,
        ..tally(4)
    };
    assert_eq!(put(uncounted, Some(2)).await, Put::Written);
    let account = store.account(&alice).await.unwrap();
    assert_eq!(account.tally, Some(uncounted));
}

#[tokio::test]
async fn the_jobs_that_are_active_or_paused_are_counted_as_far_as_asked() {
    let store = Sandbox::new().await.ports.store;
    let states = [
        (JobState::Active, "alice"),
        (JobState::Active, "alice"),
        (JobState::Paused, "alice"),
        (JobState::Completed, "alice"),
        (JobState::Canceled, "alice"),
        (JobState::Active, "alice2"),
    ];
    for (number, (state, owner)) in states.into_iter().enumerate() {
        let row = Job {
            state,
            user: user(owner),
            ..job(u128::try_from(number).unwrap())
        };
        store.put_job(&row).await.unwrap();
    }
    let alice = user("alice");
    eventually("the index has caught up", || async {
        let count = store.count_live_jobs(&alice, 100).await.unwrap();
        (count == 3).then_some(())
    })
    .await;
    for at_most in [0, 1, 2, 3] {
        let count = store.count_live_jobs(&alice, at_most).await.unwrap();
        assert_eq!(count, at_most);
    }
}

#[tokio::test]
async fn the_first_batch_under_a_key_is_the_one_remembered() {
    let store = Sandbox::new().await.ports.store;
    let remember = |owner: &'static str, digest: &'static str| {
        let store = &store;
        async move {
            let now = noon() + TimeDelta::hours(1);
            store
                .remember_batch(&user(owner), "k", digest, now)
                .await
                .unwrap()
        }
    };
    assert_eq!(remember("alice", "first").await, "first");
    assert_eq!(remember("alice", "second").await, "first");
    assert_eq!(remember("alice", "first").await, "first");
    assert_eq!(remember("bob", "second").await, "second");
}
