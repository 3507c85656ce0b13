//! Edges: read with the row that they lie beside, and removed only as they were seen.

use chrono::TimeDelta;
use punctual::domain::{Execution, ExecutionId, ExecutionState, JobId, Stamp};
use punctual::port::{Edge, Edges, Executions, Expected, Jobs};
use punctual_tests::Sandbox;

use crate::{job, noon};

fn edge(down: u128) -> Edge {
    Edge {
        up: job(1).id,
        down: JobId::from_random(down),
        written_at: noon() + TimeDelta::milliseconds(73),
    }
}

#[tokio::test]
async fn a_row_and_its_edges_are_read_together_and_listed_apart() {
    let store = Sandbox::new().await.ports.store;
    assert_eq!(
        store.job_and_edges(job(1).id).await.unwrap(),
        (None, vec![])
    );
    store.put_edge(&edge(2)).await.unwrap();
    assert_eq!(
        store.job_and_edges(job(1).id).await.unwrap(),
        (None, vec![edge(2)])
    );
    store.put_job(&job(1)).await.unwrap();
    store.put_edge(&edge(3)).await.unwrap();
    let (row, mut edges) = store.job_and_edges(job(1).id).await.unwrap();
    edges.sort_by_key(|edge| edge.down != JobId::from_random(2));
    assert_eq!((row, edges), (Some(job(1)), vec![edge(2), edge(3)]));
    // Neither a row among rows, nor in the way of one.
    let rows = store.scan_jobs(None, 100).await.unwrap().unwrap();
    assert_eq!(rows.items, [job(1)]);
    assert_eq!(store.job(job(1).id).await.unwrap(), Some(job(1)));
}

#[tokio::test]
async fn an_edge_that_was_written_anew_is_not_removed() {
    let store = Sandbox::new().await.ports.store;
    let again = Edge {
        written_at: noon() + TimeDelta::seconds(1),
        ..edge(2)
    };
    store.put_edge(&edge(2)).await.unwrap();
    store.put_edge(&again).await.unwrap();
    store.remove_edge(&edge(2)).await.unwrap();
    assert_eq!(store.job_and_edges(job(1).id).await.unwrap().1, [again]);
    store.remove_edge(&again).await.unwrap();
    store.remove_edge(&again).await.unwrap();
    assert_eq!(store.job_and_edges(job(1).id).await.unwrap().1, []);
}

#[tokio::test]
async fn what_waits_is_among_what_is_under_way_and_comes_back_whole() {
    let store = Sandbox::new().await.ports.store;
    let id = ExecutionId::scheduled(job(1).id, noon());
    let waiting = Execution {
        waits_until: Some(noon() + TimeDelta::hours(24)),
        ready_at: Some(noon() + TimeDelta::milliseconds(7)),
        cause: Some(ExecutionId::scheduled(job(2).id, noon())),
        ..Execution::new(id, ExecutionState::Waiting, Stamp(1))
    };
    store
        .put_execution(&waiting, Expected::Absent)
        .await
        .unwrap();
    assert_eq!(store.execution(id).await.unwrap().as_ref(), Some(&waiting));
    assert_eq!(store.live_executions(job(1).id).await.unwrap(), [waiting]);
}
