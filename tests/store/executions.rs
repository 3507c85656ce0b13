//! Execution records: one conditional put is all that changes one.

use chrono::TimeDelta;
use punctual::domain::{
    ClaimToken, Execution, ExecutionId, ExecutionState, JobId, Occasion, Stamp,
};
use punctual::port::{Executions, Expected, Put, RunRequests, Unreadable, UnreadableMessage};
use punctual_tests::Sandbox;
use serde_json::json;

use crate::noon;

fn running(minute: i64, stamp: u64) -> Execution {
    let id = ExecutionId::scheduled(JobId::from_random(1), noon() + TimeDelta::minutes(minute));
    Execution {
        attempt: 1,
        claim: Some(ClaimToken(u64::MAX)),
        lease_until: Some(noon()),
        started_at: Some(noon()),
        output: Some(json!({ "status": 200, "body": "ok" })),
        ..Execution::new(id, ExecutionState::Running, Stamp(stamp))
    }
}

#[tokio::test]
async fn a_record_comes_back_as_it_was_written() {
    let store = Sandbox::new().await.ports.store;
    let manual = ExecutionId {
        job: JobId::from_random(1),
        occasion: Occasion::manual(noon() + TimeDelta::milliseconds(7), 0xab),
    };
    for execution in [
        running(0, u64::MAX),
        Execution {
            id: manual,
            keep_until: manual.occasion.fire_time() + Execution::RETENTION,
            ..running(0, 2)
        },
    ] {
        assert_eq!(
            store
                .put_execution(&execution, Expected::Absent)
                .await
                .unwrap(),
            Put::Written
        );
        assert_eq!(
            store.execution(execution.id).await.unwrap(),
            Some(execution)
        );
    }
}

#[tokio::test]
async fn of_two_claims_one_wins_and_the_other_learns_who() {
    let store = Sandbox::new().await.ports.store;
    let (one, other) = (running(0, 1), running(0, 2));
    assert_eq!(
        store.put_execution(&one, Expected::Absent).await.unwrap(),
        Put::Written
    );
    let refused = store.put_execution(&other, Expected::Absent).await.unwrap();
    assert_eq!(refused, Put::Refused(Some(Box::new(one.clone()))));
    let again = store.put_execution(&one, Expected::Absent).await.unwrap();
    assert_eq!(again, Put::Written, "a second try of the same write");
}

#[tokio::test]
async fn a_write_from_an_old_reading_is_refused() {
    let store = Sandbox::new().await.ports.store;
    store
        .put_execution(&running(0, 1), Expected::Absent)
        .await
        .unwrap();
    let newer = running(0, 2);
    assert_eq!(
        store
            .put_execution(&newer, Expected::Stamp(Stamp(1)))
            .await
            .unwrap(),
        Put::Written
    );
    let late = store
        .put_execution(&running(0, 3), Expected::Stamp(Stamp(1)))
        .await
        .unwrap();
    assert_eq!(late, Put::Refused(Some(Box::new(newer))));
    let gone = store
        .put_execution(&running(9, 3), Expected::Stamp(Stamp(1)))
        .await
        .unwrap();
    assert_eq!(gone, Put::Refused(None));
}

#[tokio::test]
async fn an_undone_claim_is_removed_only_as_it_was() {
    let store = Sandbox::new().await.ports.store;
    let execution = running(0, 1);
    store
        .put_execution(&execution, Expected::Absent)
        .await
        .unwrap();
    store
        .remove_execution(execution.id, Stamp(2))
        .await
        .unwrap();
    assert!(store.execution(execution.id).await.unwrap().is_some());
    store
        .remove_execution(execution.id, Stamp(1))
        .await
        .unwrap();
    assert_eq!(store.execution(execution.id).await.unwrap(), None);
}

#[tokio::test]
async fn live_executions_are_those_that_run_or_wait() {
    use ExecutionState::{
        Canceled, Dead, Failed, Held, Offered, RetryWait, Running, Skipped, Succeeded, Waiting,
    };
    let store = Sandbox::new().await.ports.store;
    let mut expected = Vec::new();
    for (minute, state) in (0..).zip([
        Running, Waiting, Held, Offered, RetryWait, Succeeded, Failed, Dead, Skipped, Canceled,
    ]) {
        let execution = Execution {
            state,
            cancel_requested: minute == 0,
            ..running(minute, 1)
        };
        store
            .put_execution(&execution, Expected::Absent)
            .await
            .unwrap();
        expected.extend((!state.is_terminal()).then_some(state));
    }
    let live = store.live_executions(JobId::from_random(1)).await.unwrap();
    let states: Vec<_> = live.iter().map(|execution| execution.state).collect();
    assert_eq!(states, expected);
    assert!(store.cancel_requested(running(0, 1).id).await.unwrap());
    assert!(!store.cancel_requested(running(1, 1).id).await.unwrap());
}

#[tokio::test]
async fn a_history_is_listed_latest_first_in_pages() {
    let store = Sandbox::new().await.ports.store;
    for minute in 0..5 {
        store
            .put_execution(&running(minute, 1), Expected::Absent)
            .await
            .unwrap();
    }
    let job = JobId::from_random(1);
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = store
            .list_executions(job, cursor.as_deref(), 2)
            .await
            .unwrap()
            .unwrap();
        seen.extend(
            page.items
                .into_iter()
                .map(|execution| execution.id.occasion.fire_time()),
        );
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (0..5)
        .rev()
        .map(|minute| noon() + TimeDelta::minutes(minute))
        .collect();
    assert_eq!(seen, expected);
    assert!(
        store
            .list_executions(job, Some("garbage"), 2)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_run_request_is_remembered_under_its_first_occasion() {
    let store = Sandbox::new().await.ports.store;
    let (job, first, second) = (
        JobId::from_random(1),
        Occasion::manual(noon(), 1),
        Occasion::manual(noon(), 2),
    );
    assert_eq!(store.remember(job, "key", first).await.unwrap(), first);
    assert_eq!(store.remember(job, "key", second).await.unwrap(), first);
    assert_eq!(store.remember(job, "other", second).await.unwrap(), second);
}

#[tokio::test]
async fn an_unreadable_message_may_be_kept_twice() {
    let store = Sandbox::new().await.ports.store;
    let message = UnreadableMessage {
        message_id: "m".into(),
        queue: "q".into(),
        body: "b".into(),
        reason: "r".into(),
        received_at: noon(),
    };
    store.record_unreadable(&message).await.unwrap();
    store.record_unreadable(&message).await.unwrap();
}

#[tokio::test]
async fn the_records_of_a_stretch_come_in_the_order_of_their_keys_from_anywhere_on() {
    let store = Sandbox::new().await.ports.store;
    let job = JobId::from_random(1);
    let by_hand = |millis| ExecutionId {
        job,
        occasion: Occasion::manual(noon() + TimeDelta::milliseconds(millis), 5),
    };
    let minute = |minute| ExecutionId::scheduled(job, noon() + TimeDelta::minutes(minute));
    // What persons asked for sorts before the occurrence of its second.
    let inside = [
        by_hand(0),
        by_hand(700),
        minute(0),
        minute(1),
        by_hand(119_999),
    ];
    for id in inside
        .into_iter()
        .chain([minute(-1), minute(2), by_hand(120_000)])
    {
        let execution = Execution::new(id, ExecutionState::Succeeded, Stamp(1));
        store
            .put_execution(&execution, Expected::Absent)
            .await
            .unwrap();
    }
    for (index, behind) in std::iter::once(None)
        .chain(inside.map(|id| Some(id.occasion)))
        .enumerate()
    {
        for limit in [2, 100] {
            let until = noon() + TimeDelta::minutes(2);
            let found = store
                .executions_between(job, noon(), until, behind, limit)
                .await
                .unwrap();
            let found: Vec<_> = found.iter().map(|execution| execution.id).collect();
            let expected: Vec<_> = inside[index..].iter().take(limit).copied().collect();
            assert_eq!(found, expected, "behind {behind:?}");
        }
    }
}
