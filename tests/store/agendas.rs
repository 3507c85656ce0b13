//! The agenda: a reader sees one whole, whatever is being written.

use chrono::TimeDelta;
use punctual::domain::{Agenda, AgendaEntry, Job};
use punctual::port::{Agendas, Jobs};
use punctual_tests::Sandbox;

use crate::{job, noon};

fn agenda(jobs: u128, age: TimeDelta) -> Agenda {
    let taken_at = noon() - age;
    let entries = (1..=jobs).map(|number| {
        let host = (number % 2 == 0).then(|| "example.com".to_owned());
        // Ids as they are: nothing in them repeats itself.
        let id = number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        AgendaEntry::of(&job(id), host, taken_at).unwrap()
    });
    Agenda {
        taken_at,
        entries: entries.collect(),
        is_whole: true,
    }
}

#[tokio::test]
async fn the_latest_agenda_is_kept_and_read_by_whoever_does_not_know_it() {
    let store = Sandbox::new().await.ports.store;
    assert_eq!(store.agenda_after(None).await.unwrap(), None);
    let first = agenda(3, TimeDelta::hours(1));
    store.keep_agenda(&first).await.unwrap();
    assert_eq!(store.agenda_after(None).await.unwrap(), Some(first.clone()));
    let known = Some(first.taken_at);
    assert_eq!(store.agenda_after(known).await.unwrap(), None);
    let second = Agenda {
        is_whole: false,
        ..agenda(2, TimeDelta::zero())
    };
    store.keep_agenda(&second).await.unwrap();
    assert_eq!(
        store.agenda_after(known).await.unwrap(),
        Some(second.clone())
    );
    // One that was begun earlier and took longer does not come back.
    store.keep_agenda(&first).await.unwrap();
    assert_eq!(store.agenda_after(None).await.unwrap(), Some(second));
}

#[tokio::test]
async fn an_agenda_of_no_job_is_one_all_the_same() {
    let store = Sandbox::new().await.ports.store;
    let none = agenda(0, TimeDelta::zero());
    store.keep_agenda(&none).await.unwrap();
    assert_eq!(store.agenda_after(None).await.unwrap(), Some(none));
}

#[tokio::test]
async fn an_agenda_of_several_chunks_comes_back_whole() {
    let store = Sandbox::new().await.ports.store;
    let large = agenda(16_000, TimeDelta::zero());
    store.keep_agenda(&large).await.unwrap();
    let read = store.agenda_after(None).await.unwrap().unwrap();
    assert_eq!(read.entries.len(), large.entries.len());
    assert_eq!(read, large);
}

#[tokio::test]
async fn rows_are_read_whole_by_their_ids() {
    let store = Sandbox::new().await.ports.store;
    for number in 1..=3 {
        store.put_job(&job(number)).await.unwrap();
    }
    let ids = [job(3).id, job(1).id, job(7).id];
    let read = store.jobs(&ids).await.unwrap();
    assert_eq!(read.len(), 2);
    let as_written = |job: Job| read.get(&job.id) == Some(&job);
    assert!(as_written(job(1)) && as_written(job(3)));
}
