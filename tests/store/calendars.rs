//! Calendars: versions that are written once, marks, and references.

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::CalendarVersion;
use punctual::domain::calendar::{Calendar, CalendarName, CalendarRequest};
use punctual::port::{CalendarMark, CalendarReference, Calendars};
use punctual_tests::Sandbox;

use crate::{job, noon, user};

fn name() -> CalendarName {
    CalendarName::new("holidays").unwrap()
}

fn said(date: &str) -> CalendarRequest {
    CalendarRequest {
        dates: vec![date.to_owned()],
        ..CalendarRequest::default()
    }
}

fn version(number: u64, effective_from: DateTime<Utc>, date: &str) -> CalendarVersion {
    CalendarVersion {
        number,
        effective_from,
        created_at: noon(),
        calendar: Calendar::compile(&said(date), noon()).unwrap(),
    }
}

#[tokio::test]
async fn versions_are_written_once_and_read_newest_first_as_far_as_asked() {
    let store = Sandbox::new().await.ports.store;
    let (alice, name) = (user("alice#1"), name());
    for number in 1..=5 {
        let from = noon() + TimeDelta::days(i64::try_from(number).unwrap());
        let date = format!("2026-12-0{number}");
        let version = version(number, from, &date);
        for _ in 0..2 {
            let said = said(&date);
            let put = store.put_calendar_version(&alice, &name, &version, &said);
            assert!(put.await.unwrap(), "a write recognises itself");
        }
    }
    let rival = version(5, noon(), "2026-12-24");
    let christmas = said("2026-12-24");
    let put = store.put_calendar_version(&alice, &name, &rival, &christmas);
    assert!(!put.await.unwrap());
    for (since, expected) in [
        (TimeDelta::days(9), vec![5]),
        (TimeDelta::days(3), vec![5, 4, 3]),
        (TimeDelta::zero(), vec![5, 4, 3, 2, 1]),
    ] {
        let read = store.calendar_versions(&alice, &name, noon() + since);
        let numbers: Vec<_> = read.await.unwrap().0.iter().map(|one| one.number).collect();
        assert_eq!(numbers, expected);
    }
    let words = store.calendar_request(&alice, &name, 5).await.unwrap();
    assert_eq!(words, Some(said("2026-12-05")), "the rival left no trace");
    let expired = store.expire_calendar_version(&alice, &name, 9, noon());
    expired.await.unwrap();
    let numbers = [1, 2, 3, 4, 5];
    let removed = store.remove_calendar_versions(&alice, &name, &numbers);
    removed.await.unwrap();
    let read = store.calendar_versions(&alice, &name, noon());
    assert_eq!(read.await.unwrap().newest(), None);
}

#[tokio::test]
async fn a_calendar_that_is_marked_anew_outlives_its_deletion() {
    let store = Sandbox::new().await.ports.store;
    let alice = user("alice");
    let mark = async |mark| {
        store.mark_calendar(&alice, &name(), mark).await.unwrap();
    };
    let marks = async || store.calendar_marks(&alice).await.unwrap();
    mark(CalendarMark::Deleting).await;
    assert_eq!(marks().await, [(name(), CalendarMark::Deleting)]);
    mark(CalendarMark::Present).await;
    store
        .unmark_deleted_calendar(&alice, &name())
        .await
        .unwrap();
    let found = store.calendar_mark(&alice, &name()).await.unwrap();
    assert_eq!(found, Some(CalendarMark::Present));
    mark(CalendarMark::Deleting).await;
    store
        .unmark_deleted_calendar(&alice, &name())
        .await
        .unwrap();
    assert_eq!(marks().await, []);
}

#[tokio::test]
async fn references_are_remembered_and_forgotten_one_by_one() {
    let store = Sandbox::new().await.ports.store;
    let (alice, name) = (user("alice"), name());
    for number in 0..3 {
        let reference = CalendarReference {
            job: job(number).id,
            written_at: noon(),
        };
        let refer = store.refer_to_calendar(&alice, &name, reference);
        refer.await.unwrap();
    }
    let found = store.calendar_references(&alice, &name, 2).await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].written_at, noon());
    let forget = store.forget_calendar_reference(&alice, &name, found[0].job);
    forget.await.unwrap();
    let left = store.calendar_references(&alice, &name, 9).await.unwrap();
    assert_eq!(left.len(), 2);
    assert!(!left.contains(&found[0]));
}
