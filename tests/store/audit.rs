//! Audit entries: listed newest first, across hours, in parts whose work is bounded.

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::{Action, AuditEntry, ContentHash, JobId, Role, Subject};
use punctual::port::{AuditFilter, History, Jobs};
use punctual_tests::Sandbox;

use crate::{job, noon, user};

fn entry(minutes_before_noon: i64, nonce: u64) -> AuditEntry {
    AuditEntry {
        at: noon() - TimeDelta::minutes(minutes_before_noon),
        nonce,
        by: user("olga"),
        role: Some(Role::Operator),
        action: Action::Pause,
        subject: Subject::Job(JobId::from_random(nonce.into())),
        owner: user(if nonce.is_multiple_of(2) {
            "alice"
        } else {
            "bob"
        }),
        version: Some(nonce),
        request_id: format!("request {nonce}"),
        before: Some(ContentHash::of(&nonce)),
        after: None,
        detail: None,
    }
}

fn since(from: DateTime<Utc>) -> AuditFilter {
    AuditFilter {
        from,
        until: noon() + TimeDelta::seconds(1),
        user: None,
        subject: None,
    }
}

/// Every entry of a list, part by part, and how many parts there were.
async fn whole(store: &impl History, filter: &AuditFilter, limit: usize) -> (Vec<u64>, usize) {
    let (mut seen, mut parts, mut cursor) = (Vec::new(), 0, None::<String>);
    loop {
        let part = store.list_audit(filter, cursor.as_deref(), limit).await;
        let part = part.unwrap().unwrap();
        assert!(part.items.len() <= limit);
        seen.extend(part.items.iter().map(|entry| entry.nonce));
        parts += 1;
        cursor = part.next;
        if cursor.is_none() {
            return (seen, parts);
        }
    }
}

#[tokio::test]
async fn entries_come_back_as_they_were_written_newest_first_and_once() {
    let store = Sandbox::new().await.ports.store;
    // Of one millisecond, of one hour, of another hour; and one of them written twice.
    let written = [
        entry(0, 2),
        entry(0, 1),
        entry(59, 3),
        entry(61, 4),
        entry(61, 4),
    ];
    for entry in &written {
        store.record_audit(entry).await.unwrap();
    }
    let filter = since(noon() - TimeDelta::hours(3));
    let page = store.list_audit(&filter, None, 100).await.unwrap().unwrap();
    assert_eq!(page.items, written[..4]);
    assert_eq!(page.next, None);
    for limit in 1..=5 {
        let (seen, _) = whole(&store, &filter, limit).await;
        assert_eq!(seen, [2, 1, 3, 4], "in parts of {limit}");
    }
}

#[tokio::test]
async fn a_list_keeps_to_its_range_and_its_filter() {
    let store = Sandbox::new().await.ports.store;
    for number in 0..6 {
        let minutes = i64::try_from(number * 20).unwrap();
        store.record_audit(&entry(minutes, number)).await.unwrap();
    }
    let all = since(noon() - TimeDelta::days(1));
    let of_bob = AuditFilter {
        user: Some(user("bob")),
        ..all.clone()
    };
    let of_one = AuditFilter {
        subject: Some(JobId::from_random(4).to_string()),
        ..all.clone()
    };
    let in_between = AuditFilter {
        from: noon() - TimeDelta::minutes(80),
        until: noon() - TimeDelta::minutes(20),
        ..all.clone()
    };
    for (filter, expected) in [
        (all, vec![0, 1, 2, 3, 4, 5]),
        (of_bob, vec![1, 3, 5]),
        (of_one, vec![4]),
        (in_between, vec![2, 3, 4]),
    ] {
        for limit in [1, 2, 100] {
            let (seen, _) = whole(&store, &filter, limit).await;
            assert_eq!(seen, expected, "{filter:?} in parts of {limit}");
        }
    }
}

#[tokio::test]
async fn empty_hours_are_walked_over_in_parts() {
    let store = Sandbox::new().await.ports.store;
    store.record_audit(&entry(60 * 120, 7)).await.unwrap();
    let (seen, parts) = whole(&store, &since(noon() - TimeDelta::days(6)), 10).await;
    assert_eq!(seen, [7]);
    assert!(parts > 2, "{parts}");
}

#[tokio::test]
async fn a_cursor_belongs_to_its_range() {
    let store = Sandbox::new().await.ports.store;
    for number in 0..3 {
        let minutes = i64::try_from(number).unwrap();
        store.record_audit(&entry(minutes, number)).await.unwrap();
    }
    let filter = since(noon() - TimeDelta::days(1));
    let part = store.list_audit(&filter, None, 1).await.unwrap().unwrap();
    let cursor = part.next.unwrap();
    let earlier = AuditFilter {
        until: noon() - TimeDelta::hours(2),
        ..filter.clone()
    };
    for (filter, cursor) in [(&earlier, cursor.as_str()), (&filter, "garbage")] {
        assert_eq!(
            store.list_audit(filter, Some(cursor), 1).await.unwrap(),
            None
        );
    }
    // The range has moved on past it: that is the end.
    let later = since(noon() + TimeDelta::milliseconds(1));
    let rest = store.list_audit(&later, Some(&cursor), 1).await.unwrap();
    assert!(rest.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_row_has_the_hash_that_was_announced_once_it_is_stored() {
    let store = Sandbox::new().await.ports.store;
    let job = job(5);
    store.put_job(&job).await.unwrap();
    store.archive_job(&job, noon()).await.unwrap();
    let stored = store.job(job.id).await.unwrap().unwrap();
    let archived = store.job_versions(job.id).await.unwrap();
    assert_eq!(ContentHash::of(&stored), ContentHash::of(&job));
    assert_eq!(ContentHash::of(&archived[0]), ContentHash::of(&job));
}
