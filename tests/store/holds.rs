//! Holds: read whole by every worker, changed by whoever saw them last, and looked up when they are over.

use chrono::TimeDelta;
use punctual::domain::{HeldThing, Hold, HoldId, HoldKind, HoldState, Stamp};
use punctual::port::Holds;
use punctual_tests::Sandbox;

use crate::{noon, user};

fn hold(number: u32) -> Hold {
    Hold {
        id: HoldId::new(noon() + TimeDelta::seconds(number.into()), number),
        by: user("otto"),
        thing: HeldThing {
            kind: HoldKind::TargetHost,
            value: "example.com".to_owned(),
        },
        note: "down".to_owned(),
        state: HoldState::Holding,
        until: noon() + TimeDelta::days(1),
        per_minute: None,
        released: 0,
        released_at: None,
        lifted_at: None,
        updated_at: noon(),
        stamp: Stamp(u64::from(number)),
    }
}

#[tokio::test]
async fn a_hold_is_changed_only_by_who_saw_it_last() {
    let store = Sandbox::new().await.ports.store;
    let placed = hold(1);
    assert!(store.put_hold(&placed, None).await.unwrap());
    // The answer was lost, and the request sent again.
    assert!(store.put_hold(&placed, None).await.unwrap());
    let released = Hold {
        state: HoldState::Releasing,
        per_minute: Some(60),
        stamp: Stamp(7),
        ..placed.clone()
    };
    let stale = Some(Stamp(9));
    assert!(!store.put_hold(&released, stale).await.unwrap());
    assert_eq!(store.hold(placed.id).await.unwrap(), Some(placed.clone()));
    assert!(store.put_hold(&released, Some(placed.stamp)).await.unwrap());
    assert_eq!(store.present_holds().await.unwrap(), [released]);
}

#[tokio::test]
async fn holds_that_are_over_are_no_longer_read_by_workers_and_are_listed_latest_first() {
    let store = Sandbox::new().await.ports.store;
    let holds: Vec<_> = (1..=4).map(hold).collect();
    for hold in &holds {
        assert!(store.put_hold(hold, None).await.unwrap());
    }
    let over = |hold: &Hold| Hold {
        state: HoldState::Over,
        ..hold.clone()
    };
    for hold in &holds[..3] {
        store.archive_hold(&over(hold)).await.unwrap();
        store.archive_hold(&over(hold)).await.unwrap();
    }
    assert_eq!(store.present_holds().await.unwrap(), holds[3..]);
    assert_eq!(
        store.hold(holds[0].id).await.unwrap(),
        Some(over(&holds[0]))
    );
    assert_eq!(store.hold(HoldId::new(noon(), 99)).await.unwrap(), None);
    let page = store.past_holds(None, 2).await.unwrap().unwrap();
    assert_eq!(page.items, [over(&holds[2]), over(&holds[1])]);
    let cursor = page.next.unwrap();
    let rest = store.past_holds(Some(&cursor), 2).await.unwrap().unwrap();
    assert_eq!((rest.items, rest.next), (vec![over(&holds[0])], None));
    assert!(store.past_holds(Some("?"), 2).await.unwrap().is_none());
    // An archived hold cannot come back by somebody who saw it before.
    let late = holds[0].stamp;
    assert!(!store.put_hold(&holds[0], Some(late)).await.unwrap());
}
