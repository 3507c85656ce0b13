//! Dead letters, the redrives of many, and what has been told.

use chrono::TimeDelta;
use punctual::domain::{
    BulkRedrive, Channel, DeadLetter, DigestKey, ExecutionId, ExecutionState, JobId, LetterFilter,
    NotifyOn, Reason, RedriveId, RedriveState, Stamp,
};
use punctual::port::{DeadLetters, DigestMember, LetterOrder, Notices, Redrives, Telling};
use punctual_tests::Sandbox;
use serde_json::json;

use crate::{noon, user};

fn letter(minute: i64) -> DeadLetter {
    let finished_at = noon() + TimeDelta::minutes(minute);
    let owner = if minute % 2 == 0 { "alice" } else { "bob" };
    DeadLetter {
        execution: ExecutionId::scheduled(JobId::from_random(1), finished_at),
        user: user(owner),
        job_name: "report".to_owned(),
        job_type: "http".to_owned(),
        state: ExecutionState::Dead,
        reason: Some(Reason::TimedOut),
        attempt: 4,
        finished_at,
        keep_until: finished_at + TimeDelta::days(30),
    }
}

/// Every letter of a list, part by part, by its minute.
async fn whole(
    store: &impl DeadLetters,
    filter: &LetterFilter,
    order: LetterOrder,
    limit: usize,
) -> Vec<i64> {
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let part = store.list_dead_letters(filter, order, cursor.as_deref(), limit);
        let part = part.await.unwrap().unwrap();
        assert!(part.items.len() <= limit);
        seen.extend(
            part.items
                .iter()
                .map(|letter| (letter.finished_at - noon()).num_minutes()),
        );
        cursor = part.next;
        if cursor.is_none() {
            return seen;
        }
    }
}

#[tokio::test]
async fn letters_are_listed_by_their_end_once_each_within_range_and_filter() {
    use LetterOrder::{NewestFirst, OldestFirst};
    let store = Sandbox::new().await.ports.store;
    for minute in [0, 1, 2, 3, 3] {
        store.index_dead_letter(&letter(minute)).await.unwrap();
    }
    let all = LetterFilter::default();
    let bobs = LetterFilter {
        user: Some(user("bob")),
        ..all.clone()
    };
    let between = LetterFilter {
        from: Some(noon() + TimeDelta::minutes(1)),
        until: Some(noon() + TimeDelta::minutes(3)),
        ..all.clone()
    };
    let none = LetterFilter {
        reason: Some(Reason::Rejected),
        ..all.clone()
    };
    for (filter, order, expected) in [
        (&all, NewestFirst, vec![3, 2, 1, 0]),
        (&all, OldestFirst, vec![0, 1, 2, 3]),
        (&bobs, OldestFirst, vec![1, 3]),
        (&between, NewestFirst, vec![2, 1]),
        (&none, NewestFirst, vec![]),
    ] {
        for limit in [1, 2, 100] {
            assert_eq!(
                whole(&store, filter, order, limit).await,
                expected,
                "{filter:?} by {limit}"
            );
        }
    }
    let foreign = store
        .list_dead_letters(&all, NewestFirst, Some("garbage"), 1)
        .await
        .unwrap();
    assert_eq!(foreign, None);
    let first = store
        .list_dead_letters(&bobs, NewestFirst, None, 1)
        .await
        .unwrap()
        .unwrap();
    let found = DeadLetter {
        keep_until: letter(3).keep_until,
        ..first.items[0].clone()
    };
    assert_eq!(found, letter(3));
}

fn bulk(nonce: u32, by: &str) -> BulkRedrive {
    BulkRedrive {
        id: RedriveId::new(noon(), nonce),
        by: user(by),
        filter: LetterFilter {
            user: Some(user(by)),
            from: Some(noon()),
            ..LetterFilter::default()
        },
        rate_per_minute: 60,
        matched: 7,
        at_least: true,
        state: RedriveState::Releasing,
        released: 3,
        refused: 1,
        cursor: Some("c".to_owned()),
        released_at: Some(noon()),
        ended_at: None,
        updated_at: noon(),
        stamp: Stamp(u64::MAX),
    }
}

#[tokio::test]
async fn a_redrive_is_written_from_its_latest_reading_only() {
    let store = Sandbox::new().await.ports.store;
    let first = bulk(1, "alice");
    assert!(store.put_redrive(&first, None).await.unwrap());
    assert!(
        store.put_redrive(&first, None).await.unwrap(),
        "a second try of the same write"
    );
    let second = BulkRedrive {
        stamp: Stamp(2),
        released: 4,
        ..first.clone()
    };
    assert!(store.put_redrive(&second, Some(first.stamp)).await.unwrap());
    let late = BulkRedrive {
        stamp: Stamp(3),
        ..first.clone()
    };
    assert!(!store.put_redrive(&late, Some(first.stamp)).await.unwrap());
    assert_eq!(store.bulk_redrive(first.id).await.unwrap(), Some(second));
}

#[tokio::test]
async fn redrives_are_listed_newest_first_and_worked_on_while_they_are_noted() {
    let store = Sandbox::new().await.ports.store;
    for (nonce, by) in [(1, "alice"), (2, "bob"), (3, "alice")] {
        let bulk = bulk(nonce, by);
        store.schedule_redrive(bulk.id).await.unwrap();
        store.put_redrive(&bulk, None).await.unwrap();
    }
    let id = |nonce| RedriveId::new(noon(), nonce);
    store.unschedule_redrive(id(2)).await.unwrap();
    assert_eq!(store.scheduled_redrives().await.unwrap(), [id(1), id(3)]);
    let alice = user("alice");
    for (of, expected) in [(None, vec![3, 2, 1]), (Some(&alice), vec![3, 1])] {
        let (mut seen, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let part = store
                .list_redrives(of, cursor.as_deref(), 1)
                .await
                .unwrap()
                .unwrap();
            seen.extend(part.items.iter().map(|bulk| bulk.id));
            cursor = part.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, expected.into_iter().map(id).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn the_right_to_tell_is_one_s_until_it_ends_and_what_is_told_is_told() {
    let store = Sandbox::new().await.ports.store;
    let until = noon() + TimeDelta::seconds(60);
    let begin = |now| store.begin_telling("x:dead:1:0", now, now + TimeDelta::seconds(60));
    assert_eq!(begin(noon()).await.unwrap(), Telling::Begun);
    assert_eq!(
        begin(until - TimeDelta::seconds(1)).await.unwrap(),
        Telling::Busy
    );
    let after_a_crash = until + TimeDelta::milliseconds(1);
    assert_eq!(begin(after_a_crash).await.unwrap(), Telling::Begun);
    store.give_up_telling("x:dead:1:0").await.unwrap();
    assert_eq!(
        begin(after_a_crash).await.unwrap(),
        Telling::Begun,
        "it was refused"
    );
    store
        .end_telling("x:dead:1:0", after_a_crash)
        .await
        .unwrap();
    assert_eq!(
        begin(noon() + TimeDelta::days(3)).await.unwrap(),
        Telling::Told
    );
    let another = store
        .begin_telling("x:dead:1:1", noon(), until)
        .await
        .unwrap();
    assert_eq!(another, Telling::Begun, "another channel");
}

#[tokio::test]
async fn a_digest_holds_each_death_once_and_is_announced_once() {
    let store = Sandbox::new().await.ports.store;
    let channel = json!({ "kind": "webhook", "url": "https://example.com/" });
    let channel: Channel = serde_json::from_value(channel).unwrap();
    let (alice, bob, key) = (user("alice"), user("bob"), channel.key());
    for expected in 1..=3 {
        assert_eq!(
            store.count_death(&alice, key, noon()).await.unwrap(),
            expected
        );
    }
    assert_eq!(store.count_death(&bob, key, noon()).await.unwrap(), 1);
    let next = noon() + TimeDelta::minutes(1);
    assert_eq!(store.count_death(&alice, key, next).await.unwrap(), 1);

    let digest = DigestKey {
        user: alice,
        channel: key,
        minute: noon(),
    };
    let member = |minute| DigestMember {
        execution: letter(minute).execution,
        attempt: 4,
        job_name: "report".to_owned(),
        event: NotifyOn::Dead,
        reason: Some(Reason::TimedOut),
        finished_at: noon(),
    };
    for minute in [1, 2, 2] {
        store.join_digest(&digest, &member(minute)).await.unwrap();
    }
    assert!(!store.is_digest_announced(&digest).await.unwrap());
    store.note_digest_announced(&digest).await.unwrap();
    assert!(store.is_digest_announced(&digest).await.unwrap());
    let members = store.digest_members(&digest).await.unwrap();
    assert_eq!(members, [member(1), member(2)]);
}
