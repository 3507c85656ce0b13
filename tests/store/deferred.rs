//! Deferred work: put any number of times, read in order, gone once it was removed.

use chrono::TimeDelta;
use punctual::domain::{
    Band, DispatchMessage, ExecutionId, HoldId, JobId, Priority, TimeoutSeconds,
};
use punctual::port::{Backlog, Deferral, Deferred, Section, Waiting};
use punctual_tests::Sandbox;

use crate::{noon, user};

fn entry(priority: u8, name: &str, job: u128, minutes: i64) -> Deferral {
    let fire_time = noon() + TimeDelta::minutes(minutes);
    let id = ExecutionId::scheduled(JobId::from_random(job), fire_time);
    let mut message = DispatchMessage::new(id, 1, TimeoutSeconds::default());
    message.stands_for = Some(7);
    Deferral {
        user: user(name),
        priority: Priority::try_from(priority).unwrap(),
        message,
        since: noon(),
        fires_until: (priority != 10).then(|| noon() + TimeDelta::hours(1)),
    }
}

/// In order.
fn entries() -> Vec<Deferral> {
    vec![
        entry(4, "zoe", 1, 9),
        entry(5, "alice", 2, -1),
        entry(5, "alice", 1, 0),
        entry(5, "alice", 1, 1),
        entry(5, "alice!", 1, 0),
        entry(5, "alice#bob", 1, 0),
        entry(5, "bob", 1, -5),
        entry(10, "alice", 1, -9),
    ]
}

async fn all(store: &impl Deferred, backlog: &Backlog) -> Vec<Deferral> {
    store.deferred(backlog, &Section::Whole, 100).await.unwrap()
}

#[tokio::test]
async fn a_backlog_is_read_most_urgent_first_then_by_user_then_oldest_first() {
    let store = Sandbox::new().await.ports.store;
    let backlog = Backlog::Capacity(Band::Normal);
    let mut shuffled = entries();
    shuffled.reverse();
    shuffled.extend(entries());
    store.defer(&backlog, &shuffled).await.unwrap();
    store.defer(&backlog, &shuffled[..3]).await.unwrap();
    assert_eq!(all(&store, &backlog).await, entries());
    let first = store.deferred(&backlog, &Section::Whole, 2).await.unwrap();
    assert_eq!(first, entries()[..2]);
    for (at_most, count, oldest) in [(100, 8, -9), (8, 8, -9), (3, 3, -1)] {
        let waiting = store.count_deferred(&backlog, at_most).await.unwrap();
        let oldest = Some(noon() + TimeDelta::minutes(oldest));
        assert_eq!(waiting, Waiting { count, oldest });
    }
    let nothing = Backlog::Capacity(Band::High);
    let waiting = store.count_deferred(&nothing, 9).await.unwrap();
    assert_eq!(waiting, Waiting::default());
}

#[tokio::test]
async fn a_backlog_is_read_on_after_an_entry_and_after_a_user() {
    let store = Sandbox::new().await.ports.store;
    let backlog = Backlog::Capacity(Band::Normal);
    let entries = entries();
    store.defer(&backlog, &entries).await.unwrap();
    let read = async |section| store.deferred(&backlog, &section, 100).await.unwrap();
    for (at, entry) in entries.iter().enumerate() {
        let rest = read(Section::After(entry.clone())).await;
        assert_eq!(rest, entries[at + 1..], "after {at}");
    }
    let normal = Priority::try_from(5).unwrap();
    for (name, from) in [("alice", 4), ("alice!", 5), ("alice#bob", 6), ("bob", 7)] {
        let rest = read(Section::AfterUser(normal, user(name))).await;
        assert_eq!(rest, entries[from..], "after {name}");
    }
}

#[tokio::test]
async fn backlogs_keep_apart_and_what_was_removed_is_gone() {
    let store = Sandbox::new().await.ports.store;
    let hold = Backlog::Hold(HoldId::new(noon(), 1));
    let many: Vec<_> = (0..60).map(|minute| entry(5, "a", 1, minute)).collect();
    store.defer(&hold, &many).await.unwrap();
    assert!(
        all(&store, &Backlog::Capacity(Band::Normal))
            .await
            .is_empty()
    );
    store.remove_deferred(&hold, &many[1..]).await.unwrap();
    store.remove_deferred(&hold, &many[1..]).await.unwrap();
    assert_eq!(all(&store, &hold).await, many[..1]);
    assert!(store.is_deferred(&hold, &many[0]).await.unwrap());
    assert!(!store.is_deferred(&hold, &many[1]).await.unwrap());
    store.remove_deferred(&hold, &[]).await.unwrap();
    store.defer(&hold, &[]).await.unwrap();
}
