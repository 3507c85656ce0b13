//! Hints: put any number of times, found in their bucket.

use chrono::TimeDelta;
use punctual::domain::{JobId, Minute, Occasion};
use punctual::port::{Hint, HintKind, Hints};
use punctual_tests::Sandbox;

use crate::noon;

async fn bucket(store: &impl Hints, minute: Minute) -> Vec<Hint> {
    let mut found = Vec::new();
    for shard in 0..store.shards() {
        found.extend(store.hints(minute, shard).await.unwrap());
    }
    found.sort();
    found
}

#[tokio::test]
async fn every_hint_is_found_once_in_the_bucket_of_its_minute() {
    let store = Sandbox::new().await.ports.store;
    let mut hints: Vec<_> = (0..60_u32)
        .map(|number| Hint {
            at: noon() + TimeDelta::seconds(number.into()),
            job: JobId::from_random(u128::from(number) << 100 | 1),
            kind: HintKind::Fire,
        })
        .collect();
    hints.push(Hint {
        at: noon() + TimeDelta::seconds(59),
        job: JobId::from_random(1),
        kind: HintKind::Retry {
            occasion: Occasion::Scheduled(noon()),
            attempt: 2,
        },
    });
    let doubled: Vec<_> = hints.iter().chain(&hints).copied().collect();
    store.put_hints(&doubled).await.unwrap();
    store.put_hints(&hints[..1]).await.unwrap();
    hints.sort();
    assert_eq!(bucket(&store, Minute::of(noon())).await, hints);
    assert!(bucket(&store, Minute::of(noon()).plus(1)).await.is_empty());
    assert!(bucket(&store, Minute::of(noon()).plus(-1)).await.is_empty());
}

#[tokio::test]
async fn putting_no_hint_is_fine() {
    let store = Sandbox::new().await.ports.store;
    store.put_hints(&[]).await.unwrap();
}

#[tokio::test]
async fn a_hint_is_there_once_it_was_put_and_no_other_is() {
    let store = Sandbox::new().await.ports.store;
    let hint = Hint {
        at: noon(),
        job: JobId::from_random(1),
        kind: HintKind::Fire,
    };
    assert!(!store.has_hint(&hint).await.unwrap());
    store.put_hints(&[hint]).await.unwrap();
    assert!(store.has_hint(&hint).await.unwrap());
    for other in [
        Hint {
            at: noon() + TimeDelta::seconds(1),
            ..hint
        },
        Hint {
            job: JobId::from_random(2),
            ..hint
        },
    ] {
        assert!(!store.has_hint(&other).await.unwrap());
    }
}
