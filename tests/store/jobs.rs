//! Job rows: conditional on their version, listed by user.

use chrono::TimeDelta;
use futures_util::{StreamExt, stream};
use punctual::domain::{Job, JobState, JobText};
use punctual::port::{History, JobFilter, Jobs, MAX_SEARCHED, Put};
use punctual_tests::{Sandbox, eventually};
use serde_json::{Value, json};

use crate::{job, user};

#[tokio::test]
async fn a_row_comes_back_as_it_was_written() {
    let store = Sandbox::new().await.ports.store;
    let job = job(1);
    assert_eq!(store.put_job(&job).await.unwrap(), Put::Written);
    assert_eq!(store.job(job.id).await.unwrap(), Some(job.clone()));
}

#[tokio::test]
async fn many_rows_are_read_without_their_payloads() {
    let store = Sandbox::new().await.ports.store;
    let job = Job {
        payload: json!({ "large": vec![0; 1_000] }),
        ..job(1)
    };
    assert_eq!(store.put_job(&job).await.unwrap(), Put::Written);
    let found = store.jobs_eventually(&[job.id, job.id]).await.unwrap();
    let without = Job {
        payload: Value::Null,
        ..job.clone()
    };
    assert_eq!(found.get(&job.id), Some(&without));
}

#[tokio::test]
async fn a_write_that_arrived_without_an_answer_is_not_refused_once_it_was_replaced() {
    let store = Sandbox::new().await.ports.store;
    let first = job(2);
    let of_version = |version, name: &str| Job {
        version,
        name: name.into(),
        ..first.clone()
    };
    let (ours, theirs) = (of_version(2, "ours"), of_version(3, "theirs"));
    store.put_job(&first).await.unwrap();
    assert_eq!(store.put_job(&ours).await.unwrap(), Put::Written);
    store.archive_job(&ours, first.updated_at).await.unwrap();
    assert_eq!(store.put_job(&theirs).await.unwrap(), Put::Written);

    assert_eq!(store.put_job(&ours).await.unwrap(), Put::Written);
    assert_eq!(store.job(first.id).await.unwrap(), Some(theirs.clone()));
    // Another one of the same version did lose.
    assert_eq!(
        store.put_job(&of_version(2, "rival")).await.unwrap(),
        Put::Refused(Some(Box::new(theirs)))
    );
}

#[tokio::test]
async fn a_write_that_lost_its_race_brings_the_row_that_won() {
    let store = Sandbox::new().await.ports.store;
    let first = job(2);
    store.put_job(&first).await.unwrap();
    let rival = Job {
        name: "rival".into(),
        ..first.clone()
    };
    assert_eq!(
        store.put_job(&rival).await.unwrap(),
        Put::Refused(Some(Box::new(first.clone())))
    );
    let second = Job {
        version: 2,
        name: "second".into(),
        ..first.clone()
    };
    assert_eq!(store.put_job(&second).await.unwrap(), Put::Written);
    let late = Job {
        version: 2,
        name: "late".into(),
        ..first
    };
    assert_eq!(
        store.put_job(&late).await.unwrap(),
        Put::Refused(Some(Box::new(second)))
    );
}

#[tokio::test]
async fn a_write_that_is_tried_twice_recognises_itself() {
    let store = Sandbox::new().await.ports.store;
    // With more digits than are stored, as a clock gives them.
    let job = Job {
        updated_at: job(3).updated_at + TimeDelta::nanoseconds(123_456_789),
        ..job(3)
    };
    store.put_job(&job).await.unwrap();
    assert_eq!(store.put_job(&job).await.unwrap(), Put::Written);
}

#[tokio::test]
async fn a_row_that_is_not_there_cannot_be_changed() {
    let store = Sandbox::new().await.ports.store;
    let job = Job {
        version: 2,
        ..job(4)
    };
    assert_eq!(store.put_job(&job).await.unwrap(), Put::Refused(None));
}

#[tokio::test]
async fn a_list_is_filtered_paged_and_private() {
    let store = Sandbox::new().await.ports.store;
    for number in 0..7_u128 {
        let job = job(10 + number);
        let age = TimeDelta::seconds(i64::try_from(number).unwrap());
        let state = if number == 6 {
            JobState::Paused
        } else {
            JobState::Active
        };
        let user = if number == 5 {
            user("bob")
        } else {
            job.user.clone()
        };
        store
            .put_job(&Job {
                created_at: job.created_at + age,
                state,
                user,
                ..job
            })
            .await
            .unwrap();
    }
    let list = |filter: JobFilter, cursor: Option<String>, limit| {
        let store = &store;
        async move {
            store
                .list_jobs(&user("alice"), &filter, cursor.as_deref(), limit)
                .await
                .unwrap()
        }
    };
    let names = eventually("the index has caught up", || async {
        let mut names = Vec::new();
        let mut cursor = None;
        loop {
            let page = list(JobFilter::default(), cursor, 2).await?;
            assert!(page.items.len() <= 2);
            names.extend(page.items.into_iter().map(|job| job.name));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        (names.len() == 6).then_some(names)
    })
    .await;
    assert_eq!(
        names,
        ["job 14", "job 13", "job 12", "job 11", "job 10", "job 16"]
    );

    let paused = JobFilter {
        state: Some(JobState::Paused),
        job_type: Some("echo".into()),
    };
    assert_eq!(list(paused, None, 50).await.unwrap().items.len(), 1);
    let of_no_type = JobFilter {
        state: None,
        job_type: Some("http".into()),
    };
    assert!(list(of_no_type, None, 50).await.unwrap().items.is_empty());
    let first = list(JobFilter::default(), None, 2).await.unwrap();
    let of_another_list = JobFilter {
        state: None,
        job_type: Some("http".into()),
    };
    assert!(
        list(of_another_list, first.next, 2).await.is_none(),
        "a cursor belongs to its filter"
    );
    assert!(
        list(JobFilter::default(), Some("garbage".into()), 2)
            .await
            .is_none()
    );
}

/// A walk over more than two chunks, with the rows of interest at its ends and on the seam between them.
#[tokio::test]
async fn a_text_finds_every_job_that_it_names_by_looking_at_no_more_than_500_at_once() {
    let store = Sandbox::new().await.ports.store;
    let total = 620_u128;
    let named = [0, 99, 100, 101, 350, 499, 500, 619];
    let rows = (0..total).map(|number| {
        let job = job(1_000 + number);
        let age = TimeDelta::seconds(i64::try_from(total - number).unwrap());
        let name = if named.contains(&number) {
            "The Wanted"
        } else {
            "another"
        };
        Job {
            name: name.into(),
            created_at: job.created_at + age,
            ..job
        }
    });
    let puts = rows.map(|row| {
        let store = &store;
        async move { store.put_job(&row).await.unwrap() }
    });
    stream::iter(puts)
        .buffer_unordered(16)
        .collect::<Vec<_>>()
        .await;
    let owner = user("alice");
    let find = async |text: &str, cursor: Option<String>, limit| {
        let text = JobText::new(text).unwrap();
        let (filter, cursor) = (JobFilter::default(), cursor.as_deref());
        let found = store.find_jobs(&owner, &filter, &text, cursor, limit);
        found.await.unwrap()
    };
    let walk = async |text: &str, limit| {
        let (mut ids, mut searched, mut parts, mut cursor) = (Vec::new(), 0, 0, None);
        loop {
            let found = find(text, cursor, limit).await.unwrap();
            assert!(found.page.items.len() <= limit && found.searched <= MAX_SEARCHED);
            ids.extend(found.page.items.into_iter().map(|job| job.id));
            searched += found.searched;
            parts += 1;
            cursor = found.page.next;
            if cursor.is_none() {
                return (ids, searched, parts);
            }
        }
    };
    let all = eventually("the index has caught up", || async {
        let (ids, searched, _) = walk("wanted", 100).await;
        (searched == 620).then_some(ids)
    })
    .await;
    let expected: Vec<_> = named.iter().map(|number| job(1_000 + number).id).collect();
    assert_eq!(all, expected, "each once, in the order of the list");
    for limit in [1, 2, 3, 8] {
        let (ids, searched, _) = walk("WANTED", limit).await;
        assert_eq!(
            (ids, searched),
            (expected.clone(), 620),
            "{limit} at a time"
        );
    }
    let (ids, searched, parts) = walk("nothing", 50).await;
    assert_eq!(
        (ids.len(), searched, parts),
        (0, 620, 2),
        "an empty part that goes on"
    );
    let by_id = expected[4].to_string();
    assert_eq!(walk(&by_id, 50).await.0, [expected[4]]);
    assert_eq!(find("wanted", Some("garbage".into()), 50).await, None);
    let of_all_types = find("wanted", None, 1).await.unwrap().page.next;
    let of_another_type = JobFilter {
        job_type: Some("http".into()),
        ..JobFilter::default()
    };
    let text = JobText::new("wanted").unwrap();
    let foreign = store.find_jobs(&owner, &of_another_type, &text, of_all_types.as_deref(), 1);
    assert_eq!(
        foreign.await.unwrap(),
        None,
        "a cursor belongs to its filter"
    );
}
